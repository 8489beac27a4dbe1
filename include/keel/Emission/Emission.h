//===- Emission.h - LLVM IR, assembly and objects of a compiled module ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EMISSION_EMISSION_H
#define KEEL_EMISSION_EMISSION_H

#include "keel/Codegen/CpuTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace keel {

/// Translates a module at stage llvm to LLVM IR: triple, data layout and each
/// function's CPU attributes are the target's. LLVM may not contract, or
/// otherwise change, floating-point arithmetic.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(mlir::ModuleOp module, llvm::LLVMContext &context,
                  const CpuTarget &target, llvm::TargetMachine &machine);

/// Cleans up after translation. Vector code is in its final shape already, so
/// neither unrolling nor vectorization runs.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// What emission makes of a module at stage llvm.
llvm::Expected<std::string> emitLLVMIR(mlir::ModuleOp module,
                                       const CpuTarget &target);
llvm::Expected<std::string> emitAssembly(mlir::ModuleOp module,
                                         const CpuTarget &target);
llvm::Expected<llvm::SmallVector<char, 0>> emitObject(mlir::ModuleOp module,
                                                      const CpuTarget &target);

} // namespace keel

#endif // KEEL_EMISSION_EMISSION_H
