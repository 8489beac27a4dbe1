//===- Fold.cpp - Lowering of what @fold computes with --------------------===//
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

static Value mul(LocBuilder &b, Value x, Value y) {
  return arith::MulFOp::create(b, x, y);
}
static Value add(LocBuilder &b, Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}

/// The operands of a scalar body in f64.
static SmallVector<Value> widen(LocBuilder &b, ValueRange values) {
  return llvm::map_to_vector(
      values, [&](Value value) { return buildCast(b, value, b.getF64Type()); });
}

// s = gamma / sqrt(variance + epsilon), t = beta - mean s.
static SmallVector<Value> lowerFoldNorm(LocBuilder &b, FoldNormOp op) {
  double epsilon = op.getEpsilon().convertToDouble();
  SmallVector<Input> inputs = {{op.getMean()}, {op.getVariance()}};
  for (Value value : op.getAffine())
    inputs.push_back({value});
  return buildElementwise(
      b, op.getResultTypes(), inputs,
      [&](LocBuilder &b, ValueRange arguments) -> SmallVector<Value> {
        SmallVector<Value> x = widen(b, arguments.take_front(inputs.size()));
        Value shifted = add(b, x[1], buildConstant(b, b.getF64Type(), epsilon));
        bool affine = x.size() > 2;
        Value gamma = affine ? x[2] : buildConstant(b, b.getF64Type(), 1.0);
        Value beta = affine ? x[3] : buildConstant(b, b.getF64Type(), 0.0);
        Value scale =
            arith::DivFOp::create(b, gamma, math::SqrtOp::create(b, shifted));
        return {scale, arith::SubFOp::create(b, beta, mul(b, x[0], scale))};
      });
}

/// `shift`, plus the bias where there is one, times the scale if it is given.
static Value buildBias(LocBuilder &b, Type type, Value shift, Value bias,
                       Value scale) {
  SmallVector<Input> inputs = {{shift}};
  if (bias)
    inputs.push_back({bias});
  if (bias && scale)
    inputs.push_back({scale});
  return buildElementwise(
      b, type, inputs,
      [&](LocBuilder &b, ValueRange arguments) -> SmallVector<Value> {
        SmallVector<Value> x = widen(b, arguments.take_front(inputs.size()));
        if (x.size() == 1)
          return {x[0]};
        return {add(b, x.size() > 2 ? mul(b, x[1], x[2]) : x[1], x[0])};
      })[0];
}

static Value buildScaled(LocBuilder &b, Type type, Value weight, Value scale,
                         Access access) {
  return buildElementwise(
      b, type, {{weight}, {scale, access}},
      [](LocBuilder &b, ValueRange arguments) -> SmallVector<Value> {
        SmallVector<Value> x = widen(b, arguments.take_front(2));
        return {mul(b, x[0], x[1])};
      })[0];
}

// W' = W diag(s), b' = b s + t.
static SmallVector<Value> lowerFoldColumns(LocBuilder &b, FoldColumnsOp op) {
  return {buildScaled(b, op.getNewWeight().getType(), op.getWeight(),
                      op.getScale(), Access::perFeature),
          buildBias(b, op.getNewBias().getType(), op.getShift(), op.getBias(),
                    op.getScale())};
}

/// `vector` for rows `first` and on of `rows`, `rest` for the others.
static Value buildForRows(LocBuilder &b, Value vector, int64_t first,
                          int64_t rows, double rest) {
  auto type = cast<RankedTensorType>(vector.getType());
  if (type.getDimSize(0) == rows)
    return vector;
  auto whole = RankedTensorType::get({rows}, type.getElementType());
  SmallVector<OpFoldResult> offsets = {b.getIndexAttr(first)},
                            sizes = {b.getIndexAttr(type.getDimSize(0))},
                            strides = {b.getIndexAttr(1)};
  return tensor::InsertSliceOp::create(
      b, vector, buildFilled(b, whole, vector, rest), offsets, sizes, strides);
}

// W' = diag(s) W, b' = b + sum over i of t[i] W[i, :].
static SmallVector<Value> lowerFoldRows(LocBuilder &b, FoldRowsOp op) {
  int64_t first = op.getFirst(), rows = op.getWeight().getType().getDimSize(0);
  Value scale = buildForRows(b, op.getScale(), first, rows, 1.0);
  Value shift = buildForRows(b, op.getShift(), first, rows, 0.0);
  Value sum = buildReduction(
      b, Access::perFeature, {b.getF64Type()}, {0.0},
      {{op.getWeight()}, {shift, Access::perRow}},
      [](LocBuilder &b, ValueRange arguments) -> SmallVector<Value> {
        SmallVector<Value> x = widen(b, arguments.take_front(2));
        return {add(b, arguments[2], mul(b, x[0], x[1]))};
      })[0];
  return {buildScaled(b, op.getNewWeight().getType(), op.getWeight(), scale,
                      Access::perRow),
          buildBias(b, op.getNewBias().getType(), sum, op.getBias(),
                    /*scale=*/{})};
}

void keel::populateFoldPatterns(RewritePatternSet &patterns) {
  addLowering<FoldNormOp>(patterns, lowerFoldNorm);
  addLowering<FoldColumnsOp>(patterns, lowerFoldColumns);
  addLowering<FoldRowsOp>(patterns, lowerFoldRows);
}
