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

// dx = dy where x > 0, else 0. y > 0 where x > 0: x need not be kept.
LogicalResult ReluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                   MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = ReluGradOp::create(builder, getLoc(), getType(),
                                            cotangents[0], getResult());
  return success();
}

// dx = dy where x > 0, else slope dy. A slope that is not negative keeps x's
// sign in y.
LogicalResult
LeakyReluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                          MutableArrayRef<Value> operandCotangents) {
  Value saved = getSlope().isNegative() ? getInput() : getResult();
  operandCotangents[0] = LeakyReluGradOp::create(
      builder, getLoc(), getType(), cotangents[0], saved, getSlopeAttr());
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

// y' = 1 where x > 0, else alpha exp(x) = y + alpha.
LogicalResult EluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                  MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = EluGradOp::create(
      builder, getLoc(), getType(), cotangents[0], getResult(), getAlphaAttr());
  return success();
}

// y' = lambda where x > 0, else lambda alpha exp(x) = y + lambda alpha.
LogicalResult SeluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                   MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SeluGradOp::create(builder, getLoc(), getType(),
                                            cotangents[0], getResult());
  return success();
}

// y' = P(x) + x P'(x).
LogicalResult GeluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                   MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] =
      GeluGradOp::create(builder, getLoc(), getType(), cotangents[0],
                         getInput(), getApproximateAttr());
  return success();
}

// With s = sigmoid(x), s' = s (1 - s): y' = s + x s (1 - s).
LogicalResult SiluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                   MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SiluGradOp::create(builder, getLoc(), getType(),
                                            cotangents[0], getInput());
  return success();
}

// y' = exp(x) / (1 + exp(x)) = sigmoid(x).
LogicalResult
SoftplusOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                         MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SoftplusGradOp::create(builder, getLoc(), getType(),
                                                cotangents[0], getInput());
  return success();
}

// y' = 1 / (1 + |x|)^2 = (1 - |y|)^2.
LogicalResult
SoftsignOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                         MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SoftsignGradOp::create(builder, getLoc(), getType(),
                                                cotangents[0], getResult());
  return success();
}

// y' = alpha where 0 < y < 1, else 0.
LogicalResult
HardSigmoidOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                            MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = HardSigmoidGradOp::create(
      builder, getLoc(), getType(), cotangents[0], getResult(), getAlphaAttr());
  return success();
}

// y' = 0 where x <= -3, 1 where x >= 3, else (x^2 / 6 + x / 2)' = x / 3 + 1
// / 2.
LogicalResult
HardSwishOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                          MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = HardSwishGradOp::create(builder, getLoc(), getType(),
                                                 cotangents[0], getInput());
  return success();
}

// dx = dy where x > 0, else slope dy; dslope = sum dy x over where x <= 0.
LogicalResult PreluOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  auto grad = PreluGradOp::create(builder, getLoc(),
                                  TypeRange{getType(), getSlope().getType()},
                                  cotangents[0], getInput(), getSlope());
  operandCotangents[0] = grad.getInputGrad();
  operandCotangents[1] = grad.getSlopeGrad();
  return success();
}

// dy_k/dx_j = y_k ([j = k] - y_j): dx_j = y_j (dy_j - sum_k dy_k y_k).
LogicalResult
SoftmaxOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                        MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = SoftmaxGradOp::create(builder, getLoc(), getType(),
                                               cotangents[0], getResult());
  return success();
}

// dy_k/dx_j = [j = k] - exp(y_j): dx_j = dy_j - exp(y_j) sum_k dy_k.
LogicalResult
LogSoftmaxOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                           MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] = LogSoftmaxGradOp::create(builder, getLoc(), getType(),
                                                  cotangents[0], getResult());
  return success();
}
