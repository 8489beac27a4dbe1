//===- ValueNames.h - The names that a model file gives its values --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_VALUENAMES_H
#define KEEL_LIB_DRIVER_VALUENAMES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/SourceMgr.h"
#include <string>

namespace keel {

/// Parses a module, and keeps in the location of each op, as a NameLoc, the
/// name that the text gives its results. Bytecode has none.
mlir::OwningOpRef<mlir::ModuleOp> parseWithNames(const llvm::SourceMgr &sources,
                                                 mlir::MLIRContext *context);

/// Names of the results of a model's ops: those of parseWithNames, else the
/// number that the model's text would have.
class ValueNames {
public:
  explicit ValueNames(mlir::Operation *model);
  std::string get(mlir::Value value) const;

private:
  llvm::DenseMap<mlir::Value, std::string> numbers;
};

/// The line of an op in its file, 0 where it is not known.
unsigned getLine(mlir::Operation *op);

} // namespace keel

#endif // KEEL_LIB_DRIVER_VALUENAMES_H
