//===- Activation.cpp - Verification of activations -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

static LogicalResult verifyAlpha(Operation *op, const APFloat &alpha) {
  double value = alpha.convertToDouble();
  if (value < 0.0)
    return op->emitOpError()
           << "alpha must not be negative, got " << formatReal(value);
  return success();
}

LogicalResult EluOp::verify() {
  return verifyAlpha(*this, getAlpha()); // (C1)
}

LogicalResult EluGradOp::verify() {
  return verifyAlpha(*this, getAlpha()); // (C1)
}

static LogicalResult verifyApproximate(Operation *op, StringRef approximate) {
  if (approximate != "none" && approximate != "tanh")
    return op->emitOpError()
           << "approximate must be \"none\" or \"tanh\", got \"" << approximate
           << "\"";
  return success();
}

LogicalResult GeluOp::verify() {
  return verifyApproximate(*this, getApproximate()); // (C1)
}

LogicalResult GeluGradOp::verify() {
  return verifyApproximate(*this, getApproximate()); // (C1)
}

static LogicalResult verifySlope(Operation *op, RankedTensorType input,
                                 Type slope) {
  Type perFeature = getPerFeatureType(input);
  Type single = RankedTensorType::get({1}, input.getElementType());
  if (slope != perFeature && slope != single)
    return op->emitOpError()
           << "slope must be " << perFeature << ", one value a feature, or "
           << single << ", got " << slope;
  return success();
}

LogicalResult PreluOp::verify() {
  return verifySlope(*this, getInput().getType(), getSlope().getType()); // (C1)
}

LogicalResult PreluGradOp::verify() {
  return verifySlope(*this, getInput().getType(), getSlope().getType()); // (C1)
}
