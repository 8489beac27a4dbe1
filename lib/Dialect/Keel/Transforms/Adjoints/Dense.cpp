//===- Dense.cpp - Adjoints of fully connected layers ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

// y = x W + b: dx = dy W^T, dW = x^T dy, db = sum over the batch of dy.
LogicalResult DenseOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  Value dy = cotangents[0];
  operandCotangents[0] =
      DenseInputGradOp::create(builder, getLoc(), dy, getWeight());
  operandCotangents[1] =
      DenseWeightGradOp::create(builder, getLoc(), getInput(), dy);
  if (getBias())
    operandCotangents[2] =
        SumOverBatchOp::create(builder, getLoc(), getBias().getType(), dy);
  return success();
}
