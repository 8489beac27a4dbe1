//===- EmitMachineCode.h - From optimized LLVM IR to a file's bytes -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_EMISSION_EMITMACHINECODE_H
#define KEEL_LIB_EMISSION_EMITMACHINECODE_H

#include "keel/Emission/Emission.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Target/TargetMachine.h"

namespace keel {

/// An optimized module with what it needs to live.
struct CompiledCode {
  /// Translates a module at stage llvm and optimizes it.
  static llvm::Expected<CompiledCode> create(mlir::ModuleOp module,
                                             const CpuTarget &target);
  /// An object or assembly of it, once.
  llvm::Expected<llvm::SmallVector<char, 0>> emit(llvm::CodeGenFileType type);

  std::unique_ptr<llvm::LLVMContext> context =
      std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
};

} // namespace keel

#endif // KEEL_LIB_EMISSION_EMITMACHINECODE_H
