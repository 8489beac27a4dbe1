//===- Outlining.h - Making functions of parts of a function --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_OUTLINING_H
#define KEEL_LIB_CODEGEN_OUTLINING_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace keel {

/// Splits what code uses from outside into operations that are repeated in
/// the outlined function and values that become its arguments.
///
/// Offsets into arenas become arguments, so that equal layers at other places
/// share one function.
class Captures {
public:
  /// The context, the first argument of `func`, is passed on in any case.
  explicit Captures(mlir::func::FuncOp func) {
    arguments.insert(func.getArgument(0));
  }

  /// Makes arguments of integer constants but for these, so that code that
  /// differs in them alone gets equal functions.
  void passIntegersBut(const llvm::DenseSet<mlir::Value> &kept) {
    keptIntegers = &kept;
  }

  void add(mlir::Value value);
  /// Fails where a memref is neither repeated nor an arena.
  mlir::LogicalResult verify(mlir::Operation *op) const;

  /// The values to pass, in the order of the outlined function's arguments.
  mlir::SmallVector<mlir::Value> getOperands() const;
  /// Repeats the operations at `b` and maps what stands for the captured
  /// values in a function whose first arguments are `args`.
  void rematerialize(mlir::OpBuilder &b, mlir::IRMapping &mapping,
                     mlir::ValueRange args) const;

private:
  bool isRepeated(mlir::Value value) const;

  /// Null where all are repeated.
  const llvm::DenseSet<mlir::Value> *keptIntegers = nullptr;
  llvm::SetVector<mlir::Operation *> rematerialized;
  llvm::SetVector<mlir::Value> arguments;
  /// One for each of the views among the rematerialized operations, in order.
  mlir::SmallVector<mlir::Value> offsets;
};

/// The functions that were outlined, to find equal ones.
class OutlinedFunctions {
public:
  /// A function that is equal to `func` but for its name, or `func` itself,
  /// which is then known.
  mlir::func::FuncOp insert(mlir::func::FuncOp func);

private:
  llvm::DenseMap<llvm::hash_code, mlir::SmallVector<mlir::func::FuncOp, 1>>
      functions;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_OUTLINING_H
