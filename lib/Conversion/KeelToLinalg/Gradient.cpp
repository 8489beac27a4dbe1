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

/// Reduces a whole tensor to one number of `type`.
static Value buildTotal(LocBuilder &b, Value input, Type type,
                        ScalarBody body) {
  Value total =
      buildReduction(b, Access::single, {type}, {0.0}, {{input}}, body)[0];
  return tensor::ExtractOp::create(b, total, ValueRange{});
}

static SmallVector<Value> lowerSumOfSquares(LocBuilder &b, SumOfSquaresOp op) {
  return {buildTotal(b, op.getInput(), b.getF64Type(),
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value wide = buildCast(b, x[0], x[1].getType());
                       Value square = arith::MulFOp::create(b, wide, wide);
                       return {arith::AddFOp::create(b, x[1], square)};
                     })};
}

/// Compares magnitudes by their bits: as an integer without its sign a NaN is
/// above infinity, and a maximum of integers is one instruction.
static SmallVector<Value> lowerMaxAbs(LocBuilder &b, MaxAbsOp op) {
  Type element = getElementTypeOrSelf(op.getInput());
  unsigned width = element.getIntOrFloatBitWidth();
  auto bits = b.getIntegerType(width);
  Value largest = buildTotal(
      b, op.getInput(), bits,
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value mask = arith::ConstantOp::create(
            b, b.getIntegerAttr(bits, APInt::getSignedMaxValue(width)));
        Value pattern = arith::BitcastOp::create(b, bits, x[0]);
        Value magnitude = arith::AndIOp::create(b, pattern, mask);
        return {arith::MaxUIOp::create(b, x[1], magnitude)};
      });
  return {buildCast(b, arith::BitcastOp::create(b, element, largest),
                    b.getF64Type())};
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
