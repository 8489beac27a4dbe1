//===- Activation.cpp - Adjoints of activations ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

// dx = dy where x > 0, else 0.
LogicalResult ReluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                   MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = ReluGradOp::create(builder, getLoc(), getType(),
                                            cotangents[0], getInput());
  return success();
}

// dx = dy where x > 0, else slope dy.
LogicalResult
LeakyReluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                          MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = LeakyReluGradOp::create(
      builder, getLoc(), getType(), cotangents[0], getInput(), getSlopeAttr());
  return success();
}

// y' = y (1 - y).
LogicalResult
SigmoidOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                        MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SigmoidGradOp::create(builder, getLoc(), getType(),
                                               cotangents[0], getResult());
  return success();
}

// y' = 1 - y^2.
LogicalResult TanhOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                   MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = TanhGradOp::create(builder, getLoc(), getType(),
                                            cotangents[0], getResult());
  return success();
}
