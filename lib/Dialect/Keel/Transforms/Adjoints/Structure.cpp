//===- Structure.cpp - Adjoints of shortcuts, shapes and dropout ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace keel;

/// What the right side of a binary op receives: summed over the batch where it
/// has none.
static Value toRightSide(OpBuilder &builder, Location loc, Value cotangent,
                         Value rhs) {
  if (rhs.getType() == cotangent.getType())
    return cotangent;
  return SumOverBatchOp::create(builder, loc, rhs.getType(), cotangent);
}

// y = a + b: da = dy, db = dy.
LogicalResult AddOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                  MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = cotangents[0];
  operandCotangents[1] =
      toRightSide(builder, getLoc(), cotangents[0], getRhs());
  return success();
}

// y = a - b: da = dy, db = -dy.
LogicalResult SubOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                  MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = cotangents[0];
  Value sum = toRightSide(builder, getLoc(), cotangents[0], getRhs());
  operandCotangents[1] = arith::NegFOp::create(builder, getLoc(), sum);
  return success();
}

// y = a b: da = dy b, db = dy a.
LogicalResult MulOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                  MutableArrayRef<Value> operandCotangents) {
  Value dy = cotangents[0];
  operandCotangents[0] =
      MulOp::create(builder, getLoc(), getType(), dy, getRhs());
  Value product = MulOp::create(builder, getLoc(), getType(), dy, getLhs());
  operandCotangents[1] = toRightSide(builder, getLoc(), product, getRhs());
  return success();
}

// The columns that came from an operand go back to it.
LogicalResult ConcatOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                     MutableArrayRef<Value> operandCotangents) {
  Value dy = cotangents[0];
  int64_t begin = 0;
  for (auto [input, cotangent] : llvm::zip(getInputs(), operandCotangents)) {
    auto type = cast<RankedTensorType>(input.getType());
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, getLoc(), input);
    SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
    offsets.back() = builder.getIndexAttr(begin);
    cotangent = tensor::ExtractSliceOp::create(builder, getLoc(), type, dy,
                                               offsets, sizes, strides);
    begin += type.getShape().back();
  }
  return success();
}

// dx = dy in x's shape.
LogicalResult
FlattenOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                        MutableArrayRef<Value> operandCotangents) {
  auto type = cast<RankedTensorType>(getInput().getType());
  operandCotangents[0] = tensor::ExpandShapeOp::create(
      builder, getLoc(), type, cotangents[0], getReassociation(),
      tensor::getMixedSizes(builder, getLoc(), getInput()));
  return success();
}

// y = x m / (1 - rate): dx = dy m / (1 - rate).
LogicalResult
DropoutTrainOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                             MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = DropoutTrainOp::create(
      builder, getLoc(), cotangents[0], getSeed(), getStep(), getFirstRow(),
      getRateAttr(), getOrdinalAttr());
  return success();
}

// The gradient is measured as well, at the next index.
LogicalResult ProbeOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = ProbeOp::create(builder, getLoc(), cotangents[0],
                                         int64_t(getIndex()) + 1);
  return success();
}
