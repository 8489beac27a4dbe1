//===- Loss.cpp - Lowering of losses, accuracy and their adjoints ---------===//
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

static Type getElementType(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

/// Whether the element at hand is that of the row's class.
static Value isClass(LocBuilder &b, Value classOfRow) {
  Value column = linalg::IndexOp::create(b, 1);
  Value narrow = arith::IndexCastOp::create(b, classOfRow.getType(), column);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, narrow, classOfRow);
}

//===----------------------------------------------------------------------===//
// Softmax cross-entropy
//===----------------------------------------------------------------------===//

struct RowExponentials {
  Value largest; ///< the row's largest logit
  Value sum;     ///< of exp(z - largest)
};

static RowExponentials buildExponentials(LocBuilder &b, Value logits) {
  Type element = getElementType(logits);
  Value largest = buildReduction(
      b, Access::perRow, {element}, {-std::numeric_limits<double>::infinity()},
      {{logits}}, [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::MaximumFOp::create(b, x[1], x[0])};
      })[0];
  Value sum =
      buildReduction(b, Access::perRow, {element}, {0.0},
                     {{logits}, {largest, Access::perRow}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value shifted = arith::SubFOp::create(b, x[0], x[1]);
                       return {arith::AddFOp::create(
                           b, x[2], math::ExpOp::create(b, shifted))};
                     })[0];
  return {largest, sum};
}

/// Each row's logit of its class.
static Value buildPicked(LocBuilder &b, Value logits, Value classes) {
  Type element = getElementType(logits);
  return buildReduction(b, Access::perRow, {element}, {0.0},
                        {{logits}, {classes, Access::perRow}},
                        [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                          Value zero = buildConstant(b, x[0].getType(), 0.0);
                          Value picked = arith::SelectOp::create(
                              b, isClass(b, x[1]), x[0], zero);
                          return {arith::AddFOp::create(b, x[2], picked)};
                        })[0];
}

/// A rank-0 tensor divided by a number.
static Value buildQuotient(LocBuilder &b, Value total, Value count) {
  return buildElementwise(
      b, total.getType(), {{total}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::DivFOp::create(b, x[0], count)};
      })[0];
}

// mean over rows of log(sum) + largest - z[class].
static SmallVector<Value> lowerSoftmax(LocBuilder &b,
                                       SoftmaxCrossEntropyOp op) {
  Value logits = op.getLogits();
  RowExponentials rows = buildExponentials(b, logits);
  Value picked = buildPicked(b, logits, op.getClasses());
  Type wide = b.getF64Type();
  Value total = buildReduction(
      b, Access::single, {wide}, {0.0}, {{rows.sum}, {rows.largest}, {picked}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value relative = arith::SubFOp::create(b, x[1], x[2]);
        Value loss =
            arith::AddFOp::create(b, math::LogOp::create(b, x[0]), relative);
        return {arith::AddFOp::create(b, x[3], buildCast(b, loss, wide))};
      })[0];
  return {buildQuotient(b, total, buildRowCount(b, logits, wide))};
}

// dz = dloss / N (exp(z - largest) / sum - onehot).
static SmallVector<Value> lowerSoftmaxGrad(LocBuilder &b,
                                           SoftmaxCrossEntropyGradOp op) {
  Value logits = op.getLogits();
  Type element = getElementType(logits);
  RowExponentials rows = buildExponentials(b, logits);
  Value cotangent =
      tensor::ExtractOp::create(b, op.getCotangent(), ValueRange{});
  Value scale =
      buildCast(b,
                arith::DivFOp::create(b, cotangent,
                                      buildRowCount(b, logits, b.getF64Type())),
                element);
  return buildElementwise(
      b, op.getType(),
      {{logits},
       {rows.largest, Access::perRow},
       {rows.sum, Access::perRow},
       {op.getClasses(), Access::perRow}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value e = math::ExpOp::create(b, arith::SubFOp::create(b, x[0], x[1]));
        Value probability = arith::DivFOp::create(b, e, x[2]);
        Value target = arith::SelectOp::create(b, isClass(b, x[3]),
                                               buildConstant(b, element, 1.0),
                                               buildConstant(b, element, 0.0));
        Value difference = arith::SubFOp::create(b, probability, target);
        return {arith::MulFOp::create(b, difference, scale)};
      });
}

// A row is right when its class's logit is above those before it and not below
// those after it, which no NaN is.
static SmallVector<Value> lowerCountCorrect(LocBuilder &b, CountCorrectOp op) {
  Value logits = op.getLogits();
  Value picked = buildPicked(b, logits, op.getClasses());
  Type whole = b.getI64Type();
  Value right = buildReduction(
      b, Access::perRow, {whole}, {1.0},
      {{logits}, {picked, Access::perRow}, {op.getClasses(), Access::perRow}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value column = arith::IndexCastOp::create(
            b, x[2].getType(), linalg::IndexOp::create(b, 1));
        Value before =
            arith::CmpIOp::create(b, arith::CmpIPredicate::slt, column, x[2]);
        Value below =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x[0], x[1]);
        Value notAbove =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x[0], x[1]);
        Value holds = arith::SelectOp::create(b, before, below, notAbove);
        Value bit = arith::ExtUIOp::create(b, x[3].getType(), holds);
        return {arith::AndIOp::create(b, x[3], bit)};
      })[0];
  return buildReduction(b, Access::single, {whole}, {0.0}, {{right}},
                        [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                          return {arith::AddIOp::create(b, x[1], x[0])};
                        });
}

//===----------------------------------------------------------------------===//
// Mean squared error
//===----------------------------------------------------------------------===//

static SmallVector<Value> lowerSquared(LocBuilder &b, MeanSquaredErrorOp op) {
  Type wide = b.getF64Type();
  Value total = buildReduction(
      b, Access::single, {wide}, {0.0},
      {{op.getPrediction()}, {op.getTarget()}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value difference =
            buildCast(b, arith::SubFOp::create(b, x[0], x[1]), wide);
        Value square = arith::MulFOp::create(b, difference, difference);
        return {arith::AddFOp::create(b, x[2], square)};
      })[0];
  return {
      buildQuotient(b, total, buildElementCount(b, op.getPrediction(), wide))};
}

static SmallVector<Value> lowerSquaredGrad(LocBuilder &b,
                                           MeanSquaredErrorGradOp op) {
  Type wide = b.getF64Type();
  Value cotangent =
      tensor::ExtractOp::create(b, op.getCotangent(), ValueRange{});
  Value twice =
      arith::MulFOp::create(b, cotangent, buildConstant(b, wide, 2.0));
  Value scale =
      buildCast(b,
                arith::DivFOp::create(
                    b, twice, buildElementCount(b, op.getPrediction(), wide)),
                getElementType(op.getPrediction()));
  return buildElementwise(
      b, op.getType(), {{op.getPrediction()}, {op.getTarget()}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value difference = arith::SubFOp::create(b, x[0], x[1]);
        return {arith::MulFOp::create(b, difference, scale)};
      });
}

void keel::populateLossPatterns(RewritePatternSet &patterns) {
  addLowering<SoftmaxCrossEntropyOp>(patterns, lowerSoftmax);
  addLowering<SoftmaxCrossEntropyGradOp>(patterns, lowerSoftmaxGrad);
  addLowering<CountCorrectOp>(patterns, lowerCountCorrect);
  addLowering<MeanSquaredErrorOp>(patterns, lowerSquared);
  addLowering<MeanSquaredErrorGradOp>(patterns, lowerSquaredGrad);
}
