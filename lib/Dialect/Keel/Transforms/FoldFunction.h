//===- FoldFunction.h - Moving computation of parameters to @fold ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_FOLDFUNCTION_H
#define KEEL_DIALECT_KEEL_TRANSFORMS_FOLDFUNCTION_H

#include "StepFunction.h"
#include "mlir/IR/BuiltinOps.h"

namespace keel {

/// A module's @fold, which computes parameters of @infer: made by the first
/// pass that folds something, extended by the next. A folding pass makes one,
/// adds what it computes, and ends with `finish`.
class FoldFunction {
public:
  explicit FoldFunction(mlir::ModuleOp module);

  /// Null where the module has none.
  mlir::func::FuncOp getInfer() { return infer; }

  /// Whether @fold has, or can be given, what @infer reads as `value`: a
  /// parameter, trained or folded, or a state.
  bool has(mlir::Value value);

  /// What stands for such a `value` in @fold: not yet rounded where it was
  /// folded.
  mlir::Value get(mlir::Value value);

  /// Appends to @fold.
  mlir::OpBuilder getBuilder();

  /// A new argument of @infer for `value`, which @fold computes from the
  /// arguments `from` of @infer and rounds to `elementType`.
  mlir::Value add(mlir::Value value, mlir::Type elementType, std::string name,
                  llvm::ArrayRef<mlir::Value> from);

  /// The name of what replaces a use of the parameter `old`: its own, unless
  /// it has other uses, which keep it.
  std::string getNameAfter(mlir::Value old);
  /// `base`, or with a number where a parameter has that name.
  std::string getFreshName(const std::string &base);

  /// Passes the other parameters through @fold, so that all parameters of
  /// @infer come from it, and drops arguments that nothing reads any more.
  void finish();

private:
  /// What @fold returns for an argument of @infer, before it is rounded.
  struct Result {
    mlir::BlockArgument argument;
    mlir::Value value;
    mlir::ArrayAttr from;
  };

  void open();
  void readResults();
  Result *find(mlir::BlockArgument argument);
  void eraseDeadArguments();
  void setResults();

  mlir::ModuleOp module;
  mlir::func::FuncOp infer, fold;
  llvm::SmallVector<Result> results;
  bool isOpen = false;
};

} // namespace keel

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_FOLDFUNCTION_H
