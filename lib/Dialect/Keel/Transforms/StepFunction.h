//===- StepFunction.h - Building functions whose arguments have roles -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_STEPFUNCTION_H
#define KEEL_DIALECT_KEEL_TRANSFORMS_STEPFUNCTION_H

#include "keel/Interfaces/Roles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace keel {

/// One argument or result of a step's function.
struct StepValue {
  mlir::Type type;
  llvm::StringRef role;
  std::string name; ///< empty where the role has none
  llvm::SmallVector<mlir::NamedAttribute, 2> extra = {};
};

/// The attributes that say what `value` is.
mlir::DictionaryAttr getStepAttrs(mlir::MLIRContext *context,
                                  const StepValue &value);

/// Makes `func.func @name` with these arguments, no results yet and an empty
/// entry block.
mlir::func::FuncOp createStepFunction(mlir::OpBuilder &builder,
                                      mlir::Location loc, llvm::StringRef name,
                                      llvm::ArrayRef<StepValue> arguments);

/// Appends an argument and returns it. For more than a few, `StepArguments`.
mlir::Value addStepArgument(mlir::func::FuncOp func, const StepValue &value,
                            mlir::Location loc);

/// Appends arguments to a function. A function's type and attributes are lists
/// that are kept once made, so that both are set once, by `finish`: until then
/// only the block has the new arguments.
class StepArguments {
public:
  explicit StepArguments(mlir::func::FuncOp func);

  mlir::Value add(const StepValue &value, mlir::Location loc);
  mlir::Value add(mlir::Type type, mlir::DictionaryAttr attrs,
                  mlir::Location loc);
  void finish();

private:
  mlir::func::FuncOp func;
  llvm::SmallVector<mlir::DictionaryAttr> attrs;
};

/// Ends `func` with a return of `values`, described by `results`.
void setStepResults(mlir::func::FuncOp func, mlir::ValueRange values,
                    llvm::ArrayRef<StepValue> results);

/// The results of `func` and the values it returns for them.
llvm::SmallVector<StepValue> getStepResults(mlir::func::FuncOp func);
llvm::SmallVector<mlir::Value> getReturnedValues(mlir::func::FuncOp func);

/// Values by role and name.
using NamedValues =
    llvm::DenseMap<std::pair<llvm::StringRef, llvm::StringRef>, mlir::Value>;

/// The arguments of `func`, and the values it returns.
NamedValues getNamedArguments(mlir::func::FuncOp func);
NamedValues getNamedResults(mlir::func::FuncOp func);

/// @grad_step and @apply_step of a module; null, after an error, where one is
/// missing.
std::pair<mlir::func::FuncOp, mlir::func::FuncOp>
getStepFunctions(mlir::ModuleOp module);

/// The role or name of an argument, empty where it has none.
llvm::StringRef getArgumentRole(mlir::BlockArgument argument);
llvm::StringRef getArgumentName(mlir::BlockArgument argument);

/// Whether a norm, an f64 that is not negative, is finite: false for a NaN too.
mlir::Value buildFinite(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value norm);

} // namespace keel

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_STEPFUNCTION_H
