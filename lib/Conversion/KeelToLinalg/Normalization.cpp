//===- Normalization.cpp - Lowering of the norms and their adjoints -------===//
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

/// 1 / sqrt(variance + epsilon).
static Value reciprocal(LocBuilder &b, Value variance, double epsilon) {
  Type type = variance.getType();
  Value sum = add(b, variance, epsilon);
  return div(b, buildConstant(b, type, 1.0), math::SqrtOp::create(b, sum));
}

/// The mean of `input` over all but its last axis (perFeature) or over the
/// last one (perRow).
static Value buildMean(LocBuilder &b, Value input, Access access, Value count) {
  Type element = getElementTypeOrSelf(input);
  Value sum =
      buildReduction(b, access, {element}, {0.0}, {{input}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       return {add(b, x[1], x[0])};
                     })[0];
  return buildElementwise(
      b, sum.getType(), {{sum}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {div(b, x[0], count)};
      })[0];
}

/// The biased variance around `mean`, in a second pass: sum of (x - mean)^2
/// divided by the count, never negative.
static Value buildVariance(LocBuilder &b, Value input, Value mean,
                           Access access, Value count) {
  Type element = getElementTypeOrSelf(input);
  Value sum =
      buildReduction(b, access, {element}, {0.0}, {{input}, {mean, access}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value centered = sub(b, x[0], x[1]);
                       return {add(b, x[2], mul(b, centered, centered))};
                     })[0];
  return buildElementwise(
      b, sum.getType(), {{sum}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {div(b, x[0], count)};
      })[0];
}

static Value buildReciprocal(LocBuilder &b, Value variance, double epsilon) {
  return buildElementwise(
      b, variance.getType(), {{variance}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {reciprocal(b, x[0], epsilon)};
      })[0];
}

/// (x - mean) r gamma + beta.
static Value buildNormalized(LocBuilder &b, Value input, Value mean, Value r,
                             Value gamma, Value beta, Access access) {
  return buildElementwise(
      b, input.getType(),
      {{input},
       {mean, access},
       {r, access},
       {gamma, Access::perFeature},
       {beta, Access::perFeature}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value hat = mul(b, sub(b, x[0], x[1]), x[2]);
        return {add(b, mul(b, hat, x[3]), x[4])};
      })[0];
}

//===----------------------------------------------------------------------===//
// Batch norm
//===----------------------------------------------------------------------===//

/// decay old + (1 - decay) scale batch.
static Value buildRunning(LocBuilder &b, Value old, Value batch, double decay,
                          Value scale) {
  return buildElementwise(
      b, old.getType(), {{old}, {batch}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Type type = x[0].getType();
        Value value = scale ? mul(b, x[1], scale) : x[1];
        return {add(b, mul(b, buildConstant(b, type, decay), x[0]),
                    mul(b, buildConstant(b, type, 1.0 - decay), value))};
      })[0];
}

static SmallVector<Value> lowerTrain(LocBuilder &b, BatchNormTrainOp op) {
  Value input = op.getInput();
  Type element = getElementTypeOrSelf(input);
  Value count = buildRowCount(b, input, element);
  Value mean = buildMean(b, input, Access::perFeature, count);
  Value variance = buildVariance(b, input, mean, Access::perFeature, count);
  Value r = buildReciprocal(b, variance, op.getEpsilon().convertToDouble());
  Value result = buildNormalized(b, input, mean, r, op.getGamma(), op.getBeta(),
                                 Access::perFeature);
  Value scale;
  if (op.getRunningVariance() == "unbiased")
    scale = div(b, count, sub(b, count, buildConstant(b, element, 1.0)));
  double decay = op.getDecay().convertToDouble();
  return {result, buildRunning(b, op.getMean(), mean, decay, {}),
          buildRunning(b, op.getVariance(), variance, decay, scale), mean, r};
}

static SmallVector<Value> lowerInfer(LocBuilder &b, BatchNormInferOp op) {
  Value r =
      buildReciprocal(b, op.getVariance(), op.getEpsilon().convertToDouble());
  return {buildNormalized(b, op.getInput(), op.getMean(), r, op.getGamma(),
                          op.getBeta(), Access::perFeature)};
}

/// dgamma = sum dy (x - mean) r and dbeta = sum dy, over all but the last axis.
static SmallVector<Value> buildAffineGrads(LocBuilder &b, Value cotangent,
                                           Value input, Value mean, Value r,
                                           Access access) {
  Type element = getElementTypeOrSelf(input);
  return buildReduction(b, Access::perFeature, {element, element}, {0.0, 0.0},
                        {{cotangent}, {input}, {mean, access}, {r, access}},
                        [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                          Value hat = mul(b, sub(b, x[1], x[2]), x[3]);
                          return {add(b, x[4], mul(b, x[0], hat)),
                                  add(b, x[5], x[0])};
                        });
}

// dx = gamma r (dy - dbeta / N - xh dgamma / N).
static SmallVector<Value> lowerTrainGrad(LocBuilder &b, BatchNormGradOp op) {
  Value input = op.getInput(), r = op.getReciprocalDeviation();
  Value count = buildRowCount(b, input, getElementTypeOrSelf(input));
  SmallVector<Value> affine = buildAffineGrads(
      b, op.getCotangent(), input, op.getMean(), r, Access::perFeature);
  Value dx =
      buildElementwise(b, input.getType(),
                       {{op.getCotangent()},
                        {input},
                        {op.getMean(), Access::perFeature},
                        {r, Access::perFeature},
                        {op.getGamma(), Access::perFeature},
                        {affine[0], Access::perFeature},
                        {affine[1], Access::perFeature}},
                       [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                         Value hat = mul(b, sub(b, x[1], x[2]), x[3]);
                         Value inner = sub(b, x[0], div(b, x[6], count));
                         inner =
                             sub(b, inner, mul(b, hat, div(b, x[5], count)));
                         return {mul(b, mul(b, x[4], x[3]), inner)};
                       })[0];
  return {dx, affine[0], affine[1]};
}

// dx = dy gamma r.
static SmallVector<Value> lowerInferGrad(LocBuilder &b,
                                         BatchNormInferGradOp op) {
  Value r =
      buildReciprocal(b, op.getVariance(), op.getEpsilon().convertToDouble());
  SmallVector<Value> affine = buildAffineGrads(
      b, op.getCotangent(), op.getInput(), op.getMean(), r, Access::perFeature);
  Value dx =
      buildElementwise(b, op.getInput().getType(),
                       {{op.getCotangent()},
                        {op.getGamma(), Access::perFeature},
                        {r, Access::perFeature}},
                       [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                         return {mul(b, x[0], mul(b, x[1], x[2]))};
                       })[0];
  return {dx, affine[0], affine[1]};
}

//===----------------------------------------------------------------------===//
// Layer norm
//===----------------------------------------------------------------------===//

struct RowStatistics {
  Value mean, reciprocal;
};

static RowStatistics buildRowStatistics(LocBuilder &b, Value input,
                                        double epsilon) {
  auto type = cast<RankedTensorType>(input.getType());
  Value count =
      buildConstant(b, type.getElementType(), double(type.getShape().back()));
  Value mean = buildMean(b, input, Access::perRow, count);
  Value variance = buildVariance(b, input, mean, Access::perRow, count);
  return {mean, buildReciprocal(b, variance, epsilon)};
}

static SmallVector<Value> lowerLayerNorm(LocBuilder &b, LayerNormOp op) {
  RowStatistics rows =
      buildRowStatistics(b, op.getInput(), op.getEpsilon().convertToDouble());
  return {buildNormalized(b, op.getInput(), rows.mean, rows.reciprocal,
                          op.getGamma(), op.getBeta(), Access::perRow)};
}

static SmallVector<Value> lowerLayerNormTrain(LocBuilder &b,
                                              LayerNormTrainOp op) {
  RowStatistics rows =
      buildRowStatistics(b, op.getInput(), op.getEpsilon().convertToDouble());
  Value result = buildNormalized(b, op.getInput(), rows.mean, rows.reciprocal,
                                 op.getGamma(), op.getBeta(), Access::perRow);
  return {result, rows.mean, rows.reciprocal};
}

static SmallVector<Value> lowerNormalize(LocBuilder &b, NormalizeOp op) {
  RowStatistics rows =
      buildRowStatistics(b, op.getInput(), op.getEpsilon().convertToDouble());
  return {
      buildElementwise(b, op.getType(),
                       {{op.getInput()},
                        {rows.mean, Access::perRow},
                        {rows.reciprocal, Access::perRow}},
                       [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                         return {mul(b, sub(b, x[0], x[1]), x[2])};
                       })[0]};
}

// With g = dy gamma: dx = r (g - mean(g) - xh mean(g xh)).
static SmallVector<Value> lowerLayerNormGrad(LocBuilder &b,
                                             LayerNormGradOp op) {
  Value input = op.getInput(), mean = op.getMean(),
        r = op.getReciprocalDeviation(), dy = op.getCotangent();
  auto type = op.getInput().getType();
  Type element = type.getElementType();
  SmallVector<Value> affine =
      buildAffineGrads(b, dy, input, mean, r, Access::perRow);
  SmallVector<Value> sums =
      buildReduction(b, Access::perRow, {element, element}, {0.0, 0.0},
                     {{dy},
                      {input},
                      {mean, Access::perRow},
                      {r, Access::perRow},
                      {op.getGamma(), Access::perFeature}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value hat = mul(b, sub(b, x[1], x[2]), x[3]);
                       Value g = mul(b, x[0], x[4]);
                       return {add(b, x[5], g), add(b, x[6], mul(b, g, hat))};
                     });
  Value count = buildConstant(b, element, double(type.getShape().back()));
  Value dx = buildElementwise(
      b, type,
      {{dy},
       {input},
       {mean, Access::perRow},
       {r, Access::perRow},
       {op.getGamma(), Access::perFeature},
       {sums[0], Access::perRow},
       {sums[1], Access::perRow}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value hat = mul(b, sub(b, x[1], x[2]), x[3]);
        Value inner = sub(b, mul(b, x[0], x[4]), div(b, x[5], count));
        inner = sub(b, inner, mul(b, hat, div(b, x[6], count)));
        return {mul(b, x[3], inner)};
      })[0];
  return {dx, affine[0], affine[1]};
}

//===----------------------------------------------------------------------===//
// RMS norm
//===----------------------------------------------------------------------===//

/// 1 / sqrt(mean(x^2) + epsilon) of rows, from the sums of their squares.
static Value buildRowReciprocal(LocBuilder &b, Value squares, int64_t size,
                                double epsilon) {
  return buildElementwise(
      b, squares.getType(), {{squares}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {reciprocal(b, div(b, x[0], number(b, x[0], double(size))),
                           epsilon)};
      })[0];
}

static SmallVector<Value> lowerRmsNorm(LocBuilder &b, RmsNormOp op) {
  Value input = op.getInput();
  Value squares = buildReduction(
      b, Access::perRow, {getElementTypeOrSelf(input)}, {0.0}, {{input}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {add(b, x[1], mul(b, x[0], x[0]))};
      })[0];
  Value r =
      buildRowReciprocal(b, squares, op.getInput().getType().getShape().back(),
                         op.getEpsilon().convertToDouble());
  return buildElementwise(
      b, op.getType(),
      {{input}, {r, Access::perRow}, {op.getGamma(), Access::perFeature}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {mul(b, mul(b, x[0], x[1]), x[2])};
      });
}

// With g = dy gamma: dx = r (g - x r^2 mean(g x)), dgamma = sum dy x r.
static SmallVector<Value> lowerRmsNormGrad(LocBuilder &b, RmsNormGradOp op) {
  Value input = op.getInput(), dy = op.getCotangent(), gamma = op.getGamma();
  Type element = getElementTypeOrSelf(input);
  int64_t size = op.getInput().getType().getShape().back();
  SmallVector<Value> sums =
      buildReduction(b, Access::perRow, {element, element}, {0.0, 0.0},
                     {{input}, {dy}, {gamma, Access::perFeature}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value g = mul(b, x[1], x[2]);
                       return {add(b, x[3], mul(b, x[0], x[0])),
                               add(b, x[4], mul(b, g, x[0]))};
                     });
  Value r =
      buildRowReciprocal(b, sums[0], size, op.getEpsilon().convertToDouble());
  Value dx = buildElementwise(
      b, op.getInput().getType(),
      {{input},
       {dy},
       {gamma, Access::perFeature},
       {r, Access::perRow},
       {sums[1], Access::perRow}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value hat = mul(b, x[0], x[3]);
        Value mean = div(b, mul(b, x[3], x[4]), number(b, x[4], double(size)));
        Value inner = sub(b, mul(b, x[1], x[2]), mul(b, hat, mean));
        return {mul(b, x[3], inner)};
      })[0];
  Value dgamma =
      buildReduction(b, Access::perFeature, {element}, {0.0},
                     {{dy}, {input}, {r, Access::perRow}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value hat = mul(b, x[1], x[2]);
                       return {add(b, x[3], mul(b, x[0], hat))};
                     })[0];
  return {dx, dgamma};
}

//===----------------------------------------------------------------------===//
// Standardization
//===----------------------------------------------------------------------===//

static SmallVector<Value> lowerStandardize(LocBuilder &b, StandardizeOp op) {
  Value r =
      buildReciprocal(b, op.getVariance(), op.getEpsilon().convertToDouble());
  return buildElementwise(
      b, op.getType(),
      {{op.getInput()},
       {op.getMean(), Access::perFeature},
       {r, Access::perFeature}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {mul(b, sub(b, x[0], x[1]), x[2])};
      });
}

static SmallVector<Value> lowerStandardizeGrad(LocBuilder &b,
                                               StandardizeGradOp op) {
  Value r =
      buildReciprocal(b, op.getVariance(), op.getEpsilon().convertToDouble());
  return buildElementwise(
      b, op.getType(), {{op.getCotangent()}, {r, Access::perFeature}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {mul(b, x[0], x[1])};
      });
}

void keel::populateNormalizationPatterns(RewritePatternSet &patterns) {
  addLowering<BatchNormTrainOp>(patterns, lowerTrain);
  addLowering<BatchNormInferOp>(patterns, lowerInfer);
  addLowering<BatchNormGradOp>(patterns, lowerTrainGrad);
  addLowering<BatchNormInferGradOp>(patterns, lowerInferGrad);
  addLowering<LayerNormOp>(patterns, lowerLayerNorm);
  addLowering<LayerNormTrainOp>(patterns, lowerLayerNormTrain);
  addLowering<LayerNormGradOp>(patterns, lowerLayerNormGrad);
  addLowering<NormalizeOp>(patterns, lowerNormalize);
  addLowering<RmsNormOp>(patterns, lowerRmsNorm);
  addLowering<RmsNormGradOp>(patterns, lowerRmsNormGrad);
  addLowering<StandardizeOp>(patterns, lowerStandardize);
  addLowering<StandardizeGradOp>(patterns, lowerStandardizeGrad);
}
