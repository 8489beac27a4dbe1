//===- EmbeddedCode.cpp - Bitcode that emitted objects hold ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmbeddedCode.h"
#include "keel/Emission/Artifact.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace keel;

// Files of lib/Runtime as the build makes them.
#define KEEL_INCLUDE_BYTES(NAME, FILE)                                         \
  asm(".pushsection .rodata\n"                                                 \
      ".balign 16\n"                                                           \
      "keel_bytes_of_" #NAME "_begin:\n"                                       \
      ".incbin \"" KEEL_EMBEDDED_DIR "/" FILE "\"\n"                           \
      "keel_bytes_of_" #NAME "_end:\n"                                         \
      ".popsection\n");                                                        \
  extern "C" __attribute__((visibility("hidden")))                             \
  const char keel_bytes_of_##NAME##_begin[],                                   \
      keel_bytes_of_##NAME##_end[]
#define KEEL_BYTES(NAME)                                                       \
  llvm::StringRef(keel_bytes_of_##NAME##_begin,                                \
                  keel_bytes_of_##NAME##_end - keel_bytes_of_##NAME##_begin)

KEEL_INCLUDE_BYTES(native, "Embedded/native.bc");
KEEL_INCLUDE_BYTES(aarch64, "Embedded/aarch64.bc");
KEEL_INCLUDE_BYTES(riscv64, "Embedded/riscv64.bc");
KEEL_INCLUDE_BYTES(wasm32, "Embedded/wasm32.bc");
KEEL_INCLUDE_BYTES(program, "Program/program.a");

static bool isNative(const llvm::Triple &triple) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  return triple.getArch() == host.getArch() && triple.getOS() == host.getOS();
}

static llvm::Expected<llvm::StringRef> findBitcode(llvm::StringRef name) {
  llvm::Triple triple(name);
  if (isNative(triple))
    return KEEL_BYTES(native);
  if (triple.isOSLinux() && triple.getArch() == llvm::Triple::aarch64)
    return KEEL_BYTES(aarch64);
  if (triple.isOSLinux() && triple.getArch() == llvm::Triple::riscv64)
    return KEEL_BYTES(riscv64);
  if (triple.getArch() == llvm::Triple::wasm32)
    return KEEL_BYTES(wasm32);
  return llvm::createStringError(
      "objects and libraries are made for this machine, aarch64-linux-gnu, "
      "riscv64-linux-gnu and wasm32-wasi, not for '" +
      name.str() + "'; llvm-ir and asm know every target of LLVM");
}

llvm::Expected<std::unique_ptr<llvm::Module>>
keel::readEmbeddedCode(llvm::StringRef triple, llvm::LLVMContext &context) {
  auto bitcode = findBitcode(triple);
  if (!bitcode)
    return bitcode.takeError();
  return llvm::parseBitcodeFile(llvm::MemoryBufferRef(*bitcode, "embedded"),
                                context);
}

llvm::Expected<bool> keel::hasWeightsFiles(llvm::StringRef triple) {
  llvm::LLVMContext context;
  auto code = readEmbeddedCode(triple, context);
  if (!code)
    return code.takeError();
  llvm::Function *load = (*code)->getFunction("keel_embedded_load");
  return load && !load->isDeclaration();
}

llvm::StringRef keel::getProgramArchive() { return KEEL_BYTES(program); }
