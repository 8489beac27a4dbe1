//===- RepairUtils.h - What the repair passes share -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DIALECT_KEEL_TRANSFORMS_REPAIR_REPAIRUTILS_H
#define KEEL_LIB_DIALECT_KEEL_TRANSFORMS_REPAIR_REPAIRUTILS_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace keel {

/// One layer: a product, the norm behind it where there is one, and the
/// activation that alone reads it, where there is one.
struct HiddenLayer {
  DenseOp dense;
  mlir::Operation *norm = nullptr;
  mlir::Operation *activation = nullptr;

  mlir::Value getResult() const;
};

/// The layers of a model, in order.
llvm::SmallVector<HiddenLayer> getLayers(ModelOp model);

/// Whether the op is one of Keel's activations, elementwise and of one operand
/// that is not a parameter.
bool isActivation(mlir::Operation *op);

/// Whether another layer reads what `value` leads to.
bool isBeforeALayer(mlir::Value value);

/// `fc1` of the parameter `fc1.weight`; empty where the weight has no name.
std::string getLayerName(DenseOp op);

/// A name for a parameter or state that the model has not got yet: `name`, or
/// with a number behind it.
std::string getFreeName(ModelOp model, llvm::StringRef name);

/// The place of `op`, under its result's name with `suffix` behind it where the
/// text names it: what a printed model calls the new value.
mlir::Location getNamedLoc(mlir::Operation *op, llvm::StringRef suffix);

} // namespace keel

#endif // KEEL_LIB_DIALECT_KEEL_TRANSFORMS_REPAIR_REPAIRUTILS_H
