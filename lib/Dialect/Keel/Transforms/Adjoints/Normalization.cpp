//===- Normalization.cpp - Adjoints of the norms --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

/// Input, gamma and beta come first among a norm's operands and in the
/// results of its adjoint.
static void assign(Operation *adjoint,
                   MutableArrayRef<Value> operandCotangents) {
  for (unsigned index : {0, 1, 2})
    operandCotangents[index] = adjoint->getResult(index);
}

// With xh = (x - m) r: dbeta = sum dy, dgamma = sum dy xh,
// dx = gamma r (dy - dbeta / N - xh dgamma / N). The running statistics do
// not enter y; of an op that reads them behind the norm there is no adjoint.
LogicalResult
BatchNormTrainOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                               MutableArrayRef<Value> operandCotangents) {
  if (cotangents[1] || cotangents[2])
    return emitOpError() << "updates running statistics that another op reads "
                            "on the way to the loss, which has no gradient: "
                            "read them before the norm, or keep a state of "
                            "their own for the other op";
  if (!cotangents[0])
    return success();
  Type vector = getGamma().getType();
  assign(BatchNormGradOp::create(
             builder, getLoc(), TypeRange{getInput().getType(), vector, vector},
             cotangents[0], getInput(), getGamma(), getBatchMean(),
             getReciprocalDeviation()),
         operandCotangents);
  return success();
}

// With r = 1 / sqrt(variance + epsilon): dx = dy gamma r,
// dgamma = sum dy (x - mean) r, dbeta = sum dy.
LogicalResult
BatchNormInferOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                               MutableArrayRef<Value> operandCotangents) {
  Type vector = getGamma().getType();
  assign(BatchNormInferGradOp::create(
             builder, getLoc(), TypeRange{getInput().getType(), vector, vector},
             cotangents[0], getInput(), getGamma(), getMean(), getVariance(),
             getEpsilonAttr()),
         operandCotangents);
  return success();
}

// Training runs the twin that saves the statistics.
LogicalResult
LayerNormOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                          MutableArrayRef<Value> operandCotangents) {
  return emitOpError() << "keeps no statistics for its adjoint: "
                          "keel-specialize{mode=train} turns it into "
                          "keel.layer_norm_train";
}

// With xh = (x - m) r, g = dy gamma and means over the last axis:
// dx = r (g - mean(g) - xh mean(g xh)), dgamma = sum dy xh, dbeta = sum dy.
LogicalResult
LayerNormTrainOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                               MutableArrayRef<Value> operandCotangents) {
  if (!cotangents[0])
    return success();
  Type vector = getGamma().getType();
  assign(LayerNormGradOp::create(
             builder, getLoc(), TypeRange{getInput().getType(), vector, vector},
             cotangents[0], getInput(), getGamma(), getMean(),
             getReciprocalDeviation()),
         operandCotangents);
  return success();
}

// With r = 1 / sqrt(mean(x^2) + epsilon), g = dy gamma and means over the last
// axis: dr/dx_j = -r^3 x_j / n, so dx = r (g - x r^2 mean(g x)), and
// dgamma = sum dy x r.
LogicalResult
RmsNormOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                        MutableArrayRef<Value> operandCotangents) {
  auto grad = RmsNormGradOp::create(
      builder, getLoc(), TypeRange{getType(), getGamma().getType()},
      cotangents[0], getInput(), getGamma(), getEpsilonAttr());
  operandCotangents[0] = grad.getInputGrad();
  operandCotangents[1] = grad.getGammaGrad();
  return success();
}

// dx = dy / sqrt(variance + epsilon).
LogicalResult
StandardizeOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                            MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] =
      StandardizeGradOp::create(builder, getLoc(), getType(), cotangents[0],
                                getVariance(), getEpsilonAttr());
  return success();
}
