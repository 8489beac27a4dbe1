//===- Emission.cpp - LLVM IR, assembly and objects of a compiled module --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Emission.h"
#include "EmitMachineCode.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"

using namespace keel;

llvm::Expected<CompiledCode> CompiledCode::create(mlir::ModuleOp module,
                                                  const CpuTarget &target) {
  CompiledCode result;
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

llvm::Expected<llvm::SmallVector<char, 0>>
CompiledCode::emit(llvm::CodeGenFileType type) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return llvm::createStringError("cannot emit code for '" +
                                   machine->getTargetTriple().str() + "'");
  passes.run(*module);
  return std::move(bytes);
}

static llvm::Expected<llvm::SmallVector<char, 0>>
emitFile(mlir::ModuleOp module, const CpuTarget &target,
         llvm::CodeGenFileType type) {
  auto compiled = CompiledCode::create(module, target);
  if (!compiled)
    return compiled.takeError();
  return compiled->emit(type);
}

llvm::Expected<std::string> keel::emitLLVMIR(mlir::ModuleOp module,
                                             const CpuTarget &target) {
  auto compiled = CompiledCode::create(module, target);
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
