//===- Loss.cpp - Adjoints of losses --------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

// dz = dloss / N (softmax(z) - onehot(class)).
LogicalResult
SoftmaxCrossEntropyOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SoftmaxCrossEntropyGradOp::create(
      builder, getLoc(), getLogits().getType(), cotangents[0], getLogits(),
      getClasses());
  return success();
}

// dy = dloss 2 / count (y - t).
LogicalResult
MeanSquaredErrorOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                 MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = MeanSquaredErrorGradOp::create(
      builder, getLoc(), getPrediction().getType(), cotangents[0],
      getPrediction(), getTarget());
  return success();
}

// dz = dloss / count (sigmoid(z) - t).
LogicalResult
SigmoidCrossEntropyOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SigmoidCrossEntropyGradOp::create(
      builder, getLoc(), getPrediction().getType(), cotangents[0],
      getPrediction(), getTarget());
  return success();
}

// dy = dloss / count sign(y - t).
LogicalResult
MeanAbsoluteErrorOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                  MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = MeanAbsoluteErrorGradOp::create(
      builder, getLoc(), getPrediction().getType(), cotangents[0],
      getPrediction(), getTarget());
  return success();
}

// dy = dloss / count min(max(y - t, -delta), delta).
LogicalResult HuberOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = HuberGradOp::create(
      builder, getLoc(), getPrediction().getType(), cotangents[0],
      getPrediction(), getTarget(), getDeltaAttr());
  return success();
}
