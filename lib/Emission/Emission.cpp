//===- Emission.cpp - LLVM IR, assembly and objects of a compiled module --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Emission.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace keel;

namespace {

/// An optimized module with what it needs to live.
struct Compiled {
  std::unique_ptr<llvm::LLVMContext> context =
      std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
};

} // namespace

static llvm::Expected<Compiled> compile(mlir::ModuleOp module,
                                        const CpuTarget &target) {
  Compiled result;
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  result.machine = std::move(*machine);
  auto translated =
      translateToLLVMIR(module, *result.context, target, *result.machine);
  if (!translated)
    return translated.takeError();
  result.module = std::move(*translated);
  optimize(*result.module, *result.machine);
  return std::move(result);
}

static llvm::Expected<llvm::SmallVector<char, 0>>
emitFile(mlir::ModuleOp module, const CpuTarget &target,
         llvm::CodeGenFileType type) {
  auto compiled = compile(module, target);
  if (!compiled)
    return compiled.takeError();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (compiled->machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return llvm::createStringError("cannot emit code for '" + target.triple +
                                   "'");
  passes.run(*compiled->module);
  return std::move(bytes);
}

llvm::Expected<std::string> keel::emitLLVMIR(mlir::ModuleOp module,
                                             const CpuTarget &target) {
  auto compiled = compile(module, target);
  if (!compiled)
    return compiled.takeError();
  std::string text;
  llvm::raw_string_ostream stream(text);
  compiled->module->print(stream, nullptr);
  return text;
}

llvm::Expected<std::string> keel::emitAssembly(mlir::ModuleOp module,
                                               const CpuTarget &target) {
  auto bytes = emitFile(module, target, llvm::CodeGenFileType::AssemblyFile);
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->begin(), bytes->end());
}

llvm::Expected<llvm::SmallVector<char, 0>>
keel::emitObject(mlir::ModuleOp module, const CpuTarget &target) {
  return emitFile(module, target, llvm::CodeGenFileType::ObjectFile);
}
