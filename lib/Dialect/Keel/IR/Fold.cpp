//===- Fold.cpp - Verification of what @fold computes with ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

LogicalResult FoldNormOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon()))) // (C1)
    return failure();
  if (size_t count = getAffine().size(); count != 0 && count != 2) // (C2)
    return emitOpError() << "affine must be gamma and beta or nothing, got "
                         << count << " operands";
  return success();
}

/// One value a column of the weight, in any element type.
static LogicalResult verifyPerColumn(Operation *op, StringRef name,
                                     RankedTensorType type,
                                     RankedTensorType weight) {
  int64_t columns = weight.getDimSize(1);
  if (type.getDimSize(0) == columns)
    return success();
  return op->emitOpError() << name << " must have " << columns
                           << " values, one for each column of the weight, got "
                           << type;
}

LogicalResult FoldColumnsOp::verify() {
  RankedTensorType weight = getWeight().getType();
  if (failed(verifyPerColumn(*this, "scale", getScale().getType(),
                             weight))) // (C1)
    return failure();
  if (!getBias())
    return success();
  return verifyPerColumn(*this, "bias", getBias().getType(), weight); // (C2)
}

LogicalResult FoldRowsOp::verify() {
  RankedTensorType weight = getWeight().getType();
  int64_t count = getScale().getType().getDimSize(0);
  int64_t first = getFirst(), rows = weight.getDimSize(0);
  if (first < 0 || first > rows - count) // (C1)
    return emitOpError() << "scale must be for rows of the weight, which has "
                         << rows << ", got " << count << " from row " << first
                         << " on";
  if (!getBias())
    return success();
  return verifyPerColumn(*this, "bias", getBias().getType(), weight); // (C2)
}
