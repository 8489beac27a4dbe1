//===- Softmax.cpp - Lowering of activations by row -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include <limits>

using namespace mlir;
using namespace keel;
using namespace keel::scalar;

// The largest of the numbers: a NaN among the elements is one of the powers,
// and infinity minus itself is a NaN. Such rows have no sum but NaN.
RowExponentials keel::buildExponentials(LocBuilder &b, Value input) {
  Type element = getElementTypeOrSelf(input);
  Value largest = buildReduction(
      b, Access::perRow, {element}, {-std::numeric_limits<double>::infinity()},
      {{input}}, [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::MaxNumFOp::create(b, x[1], x[0])};
      })[0];
  Value powers =
      buildElementwise(b, input.getType(), {{input}, {largest, Access::perRow}},
                       [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                         return {math::ExpOp::create(b, sub(b, x[0], x[1]))};
                       })[0];
  Value sum =
      buildReduction(b, Access::perRow, {element}, {0.0}, {{powers}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       return {add(b, x[1], x[0])};
                     })[0];
  return {largest, powers, sum};
}

Value keel::buildRowReciprocals(LocBuilder &b, Value sum) {
  return buildElementwise(
      b, sum.getType(), {{sum}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {div(b, number(b, x[0], 1.0), x[0])};
      })[0];
}

// exp(x - largest) (1 / sum).
static SmallVector<Value> lowerSoftmax(LocBuilder &b, SoftmaxOp op) {
  RowExponentials rows = buildExponentials(b, op.getInput());
  return {buildInPlace(b, rows.powers,
                       {{buildRowReciprocals(b, rows.sum), Access::perRow}},
                       [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                         return {mul(b, x[1], x[0])};
                       })};
}

// (x - largest) - log(sum).
static SmallVector<Value> lowerLogSoftmax(LocBuilder &b, LogSoftmaxOp op) {
  RowExponentials rows = buildExponentials(b, op.getInput());
  Value log =
      buildElementwise(b, rows.sum.getType(), {{rows.sum}},
                       [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                         return {math::LogOp::create(b, x[0])};
                       })[0];
  return buildElementwise(
      b, op.getType(),
      {{op.getInput()}, {rows.largest, Access::perRow}, {log, Access::perRow}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {sub(b, sub(b, x[0], x[1]), x[2])};
      });
}

// y (dy - sum dy y).
static SmallVector<Value> lowerSoftmaxGrad(LocBuilder &b, SoftmaxGradOp op) {
  Value dy = op.getCotangent(), y = op.getSaved();
  Value sum = buildReduction(
      b, Access::perRow, {getElementTypeOrSelf(y)}, {0.0}, {{dy}, {y}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {add(b, x[2], mul(b, x[0], x[1]))};
      })[0];
  return buildElementwise(
      b, op.getType(), {{dy}, {y}, {sum, Access::perRow}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {mul(b, x[1], sub(b, x[0], x[2]))};
      });
}

// dy - exp(y) sum dy.
static SmallVector<Value> lowerLogSoftmaxGrad(LocBuilder &b,
                                              LogSoftmaxGradOp op) {
  Value dy = op.getCotangent(), y = op.getSaved();
  Value sum = buildReduction(
      b, Access::perRow, {getElementTypeOrSelf(y)}, {0.0}, {{dy}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {add(b, x[1], x[0])};
      })[0];
  return buildElementwise(
      b, op.getType(), {{dy}, {y}, {sum, Access::perRow}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value share = mul(b, math::ExpOp::create(b, x[1]), x[2]);
        return {sub(b, x[0], share)};
      });
}

void keel::populateSoftmaxPatterns(RewritePatternSet &patterns) {
  addLowering<SoftmaxOp>(patterns, lowerSoftmax);
  addLowering<SoftmaxGradOp>(patterns, lowerSoftmaxGrad);
  addLowering<LogSoftmaxOp>(patterns, lowerLogSoftmax);
  addLowering<LogSoftmaxGradOp>(patterns, lowerLogSoftmaxGrad);
}
