//===- Prelu.cpp - Lowering of the activation with a trained slope --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;
using namespace keel::scalar;

/// The single slope of a vector of one that stands for all features.
static Value getShared(LocBuilder &b, TypedValue<RankedTensorType> slope,
                       RankedTensorType type) {
  if (slope.getType() == getPerFeatureType(type))
    return {};
  Value zero = arith::ConstantIndexOp::create(b, 0);
  return tensor::ExtractOp::create(b, slope, zero);
}

static SmallVector<Value> lowerPrelu(LocBuilder &b, PreluOp op) {
  Value shared = getShared(b, op.getSlope(), op.getType());
  SmallVector<Input> inputs = {{op.getInput()}};
  if (!shared)
    inputs.push_back({op.getSlope(), Access::perFeature});
  return buildElementwise(
      b, op.getType(), inputs,
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value scaled = mul(b, x[0], shared ? shared : x[1]);
        return {select(b, isPositive(b, x[0]), x[0], scaled)};
      });
}

// dx = dy where x > 0, else slope dy.
static Value buildPreluInputGrad(LocBuilder &b, PreluGradOp op, Value shared) {
  SmallVector<Input> inputs = {{op.getCotangent()}, {op.getInput()}};
  if (!shared)
    inputs.push_back({op.getSlope(), Access::perFeature});
  return buildElementwise(
      b, op.getInput().getType(), inputs,
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value scaled = mul(b, x[0], shared ? shared : x[2]);
        return {select(b, isNotPositive(b, x[1]), scaled, x[0])};
      })[0];
}

// dslope = sum dy x over where x is not positive, or a NaN.
static SmallVector<Value> lowerPreluGrad(LocBuilder &b, PreluGradOp op) {
  RankedTensorType type = op.getInput().getType();
  Value shared = getShared(b, op.getSlope(), type);
  Value dslope = buildReduction(
      b, shared ? Access::single : Access::perFeature, {type.getElementType()},
      {0.0}, {{op.getCotangent()}, {op.getInput()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value part = select(b, isPositive(b, x[1]), number(b, x[1], 0.0),
                            mul(b, x[0], x[1]));
        return {add(b, x[2], part)};
      })[0];
  if (shared) {
    Value sum = tensor::ExtractOp::create(b, dslope, ValueRange{});
    Value empty = buildEmpty(b, op.getSlope().getType(), {});
    dslope = linalg::FillOp::create(b, sum, empty).getResult(0);
  }
  return {buildPreluInputGrad(b, op, shared), dslope};
}

void keel::populatePreluPatterns(RewritePatternSet &patterns) {
  addLowering<PreluOp>(patterns, lowerPrelu);
  addLowering<PreluGradOp>(patterns, lowerPreluGrad);
}
