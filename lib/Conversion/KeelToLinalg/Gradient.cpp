//===- Gradient.cpp - Lowering of norms of gradients and of clipping ------===//
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

/// Reduces a whole tensor to one f64.
static Value buildTotal(LocBuilder &b, Value input, ScalarBody body) {
  Value total = buildReduction(b, Access::single, {b.getF64Type()}, {0.0},
                               {{input}}, body)[0];
  return tensor::ExtractOp::create(b, total, ValueRange{});
}

static SmallVector<Value> lowerSumOfSquares(LocBuilder &b, SumOfSquaresOp op) {
  return {buildTotal(b, op.getInput(),
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value wide = buildCast(b, x[0], x[1].getType());
                       Value square = arith::MulFOp::create(b, wide, wide);
                       return {arith::AddFOp::create(b, x[1], square)};
                     })};
}

static SmallVector<Value> lowerMaxAbs(LocBuilder &b, MaxAbsOp op) {
  return {buildTotal(
      b, op.getInput(), [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value magnitude =
            math::AbsFOp::create(b, buildCast(b, x[0], x[1].getType()));
        return {arith::MaximumFOp::create(b, x[1], magnitude)};
      })};
}

static SmallVector<Value> lowerScale(LocBuilder &b, ScaleOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Value factor = buildCast(b, op.getFactor(), type.getElementType());
  return buildElementwise(
      b, type, {{op.getInput()}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::MulFOp::create(b, x[0], factor)};
      });
}

static SmallVector<Value> lowerClamp(LocBuilder &b, ClampOp op) {
  double limit = op.getLimit().convertToDouble();
  return buildElementwise(
      b, op.getType(), {{op.getInput()}},
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Type type = x[0].getType();
        Value low =
            arith::MaximumFOp::create(b, x[0], buildConstant(b, type, -limit));
        return {
            arith::MinimumFOp::create(b, low, buildConstant(b, type, limit))};
      });
}

void keel::populateGradientPatterns(RewritePatternSet &patterns) {
  addLowering<SumOfSquaresOp>(patterns, lowerSumOfSquares);
  addLowering<MaxAbsOp>(patterns, lowerMaxAbs);
  addLowering<ScaleOp>(patterns, lowerScale);
  addLowering<ClampOp>(patterns, lowerClamp);
}
