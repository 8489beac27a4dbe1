//===- Loss.cpp - Lowering of losses, accuracy and their adjoints ---------===//
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

// dz = dloss / N (exp(z - largest) (1 / sum) - onehot).
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
  return {buildInPlace(
      b, rows.powers,
      {{buildRowReciprocals(b, rows.sum), Access::perRow},
       {op.getClasses(), Access::perRow}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value probability = arith::MulFOp::create(b, x[2], x[0]);
        Value target = arith::SelectOp::create(b, isClass(b, x[1]),
                                               buildConstant(b, element, 1.0),
                                               buildConstant(b, element, 0.0));
        Value difference = arith::SubFOp::create(b, probability, target);
        return {arith::MulFOp::create(b, difference, scale)};
      })};
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
// Losses of elements
//===----------------------------------------------------------------------===//

using ElementBody = llvm::function_ref<Value(LocBuilder &, Value, Value)>;

/// The mean over all elements of what `body` makes of prediction and target.
template <typename OpTy>
static SmallVector<Value> buildMean(LocBuilder &b, OpTy op, ElementBody body) {
  Type wide = b.getF64Type();
  Value total =
      buildReduction(b, Access::single, {wide}, {0.0},
                     {{op.getPrediction()}, {op.getTarget()}},
                     [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value loss = buildCast(b, body(b, x[0], x[1]), wide);
                       return {arith::AddFOp::create(b, x[2], loss)};
                     })[0];
  return {
      buildQuotient(b, total, buildElementCount(b, op.getPrediction(), wide))};
}

/// The derivative by the prediction: `factor` dloss / count times what `body`
/// makes of prediction and target.
template <typename OpTy>
static SmallVector<Value> buildMeanGrad(LocBuilder &b, OpTy op, double factor,
                                        ElementBody body) {
  Type wide = b.getF64Type();
  Value cotangent =
      tensor::ExtractOp::create(b, op.getCotangent(), ValueRange{});
  Value multiple =
      arith::MulFOp::create(b, cotangent, buildConstant(b, wide, factor));
  Value scale = buildCast(
      b,
      arith::DivFOp::create(b, multiple,
                            buildElementCount(b, op.getPrediction(), wide)),
      getElementType(op.getPrediction()));
  return buildElementwise(
      b, op.getType(), {{op.getPrediction()}, {op.getTarget()}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::MulFOp::create(b, body(b, x[0], x[1]), scale)};
      });
}

static SmallVector<Value> lowerSquared(LocBuilder &b, MeanSquaredErrorOp op) {
  return buildMean(b, op, [](LocBuilder &b, Value y, Value t) -> Value {
    Value d = buildCast(b, arith::SubFOp::create(b, y, t), b.getF64Type());
    return arith::MulFOp::create(b, d, d);
  });
}

static SmallVector<Value> lowerSquaredGrad(LocBuilder &b,
                                           MeanSquaredErrorGradOp op) {
  return buildMeanGrad(b, op, 2.0,
                       [](LocBuilder &b, Value y, Value t) -> Value {
                         return arith::SubFOp::create(b, y, t);
                       });
}

// max(z, 0) - z t + log1p(exp(-|z|)).
static SmallVector<Value> lowerSigmoidLoss(LocBuilder &b,
                                           SigmoidCrossEntropyOp op) {
  return buildMean(b, op, [](LocBuilder &b, Value z, Value t) -> Value {
    Value zero = buildConstant(b, z.getType(), 0.0);
    Value linear = arith::SubFOp::create(
        b, arith::MaximumFOp::create(b, z, zero).getResult(),
        arith::MulFOp::create(b, z, t).getResult());
    Value magnitude = math::AbsFOp::create(b, z);
    Value e = math::ExpOp::create(b, arith::NegFOp::create(b, magnitude));
    return arith::AddFOp::create(b, linear,
                                 math::Log1pOp::create(b, e).getResult());
  });
}

static SmallVector<Value> lowerSigmoidLossGrad(LocBuilder &b,
                                               SigmoidCrossEntropyGradOp op) {
  return buildMeanGrad(b, op, 1.0,
                       [](LocBuilder &b, Value z, Value t) -> Value {
                         return arith::SubFOp::create(b, buildSigmoid(b, z), t);
                       });
}

static SmallVector<Value> lowerAbsolute(LocBuilder &b, MeanAbsoluteErrorOp op) {
  return buildMean(b, op, [](LocBuilder &b, Value y, Value t) -> Value {
    return math::AbsFOp::create(b, arith::SubFOp::create(b, y, t));
  });
}

// What is neither above nor below 0 is its own sign: 0, or NaN.
static SmallVector<Value> lowerAbsoluteGrad(LocBuilder &b,
                                            MeanAbsoluteErrorGradOp op) {
  return buildMeanGrad(
      b, op, 1.0, [](LocBuilder &b, Value y, Value t) -> Value {
        Type type = y.getType();
        Value d = arith::SubFOp::create(b, y, t);
        Value zero = buildConstant(b, type, 0.0);
        Value above =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, d, zero);
        Value below =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, d, zero);
        Value sign =
            arith::SelectOp::create(b, below, buildConstant(b, type, -1.0), d);
        return arith::SelectOp::create(b, above, buildConstant(b, type, 1.0),
                                       sign);
      });
}

// d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2).
static SmallVector<Value> lowerHuber(LocBuilder &b, HuberOp op) {
  double delta = op.getDelta().convertToDouble();
  return buildMean(b, op, [=](LocBuilder &b, Value y, Value t) -> Value {
    Type wide = b.getF64Type();
    Value d = buildCast(b, arith::SubFOp::create(b, y, t), wide);
    Value half = arith::MulFOp::create(b, buildConstant(b, wide, 0.5), d);
    Value squared = arith::MulFOp::create(b, half, d);
    Value magnitude = math::AbsFOp::create(b, d);
    Value limit = buildConstant(b, wide, delta);
    Value past = arith::SubFOp::create(b, magnitude,
                                       buildConstant(b, wide, delta / 2.0));
    Value absolute = arith::MulFOp::create(b, limit, past);
    Value isNear =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, magnitude, limit);
    return arith::SelectOp::create(b, isNear, squared, absolute);
  });
}

// min(max(d, -delta), delta).
static SmallVector<Value> lowerHuberGrad(LocBuilder &b, HuberGradOp op) {
  double delta = op.getDelta().convertToDouble();
  return buildMeanGrad(
      b, op, 1.0, [=](LocBuilder &b, Value y, Value t) -> Value {
        Type type = y.getType();
        Value d = arith::SubFOp::create(b, y, t);
        Value low =
            arith::MaximumFOp::create(b, d, buildConstant(b, type, -delta));
        return arith::MinimumFOp::create(b, low, buildConstant(b, type, delta));
      });
}

// z > 0 where t > 1/2, z <= 0 elsewhere; no NaN is either.
static SmallVector<Value> lowerCountSigns(LocBuilder &b,
                                          CountCorrectSignsOp op) {
  Type whole = b.getI64Type();
  return buildReduction(
      b, Access::single, {whole}, {0.0}, {{op.getLogits()}, {op.getTargets()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Type type = x[0].getType();
        Value zero = buildConstant(b, type, 0.0);
        Value above =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[0], zero);
        Value notAbove =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x[0], zero);
        Value isSet = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x[1],
                                            buildConstant(b, type, 0.5));
        Value right = arith::SelectOp::create(b, isSet, above, notAbove);
        Value one = arith::ExtUIOp::create(b, x[2].getType(), right);
        return {arith::AddIOp::create(b, x[2], one)};
      });
}

void keel::populateLossPatterns(RewritePatternSet &patterns) {
  addLowering<SoftmaxCrossEntropyOp>(patterns, lowerSoftmax);
  addLowering<SoftmaxCrossEntropyGradOp>(patterns, lowerSoftmaxGrad);
  addLowering<CountCorrectOp>(patterns, lowerCountCorrect);
  addLowering<MeanSquaredErrorOp>(patterns, lowerSquared);
  addLowering<MeanSquaredErrorGradOp>(patterns, lowerSquaredGrad);
  addLowering<SigmoidCrossEntropyOp>(patterns, lowerSigmoidLoss);
  addLowering<SigmoidCrossEntropyGradOp>(patterns, lowerSigmoidLossGrad);
  addLowering<CountCorrectSignsOp>(patterns, lowerCountSigns);
  addLowering<MeanAbsoluteErrorOp>(patterns, lowerAbsolute);
  addLowering<MeanAbsoluteErrorGradOp>(patterns, lowerAbsoluteGrad);
  addLowering<HuberOp>(patterns, lowerHuber);
  addLowering<HuberGradOp>(patterns, lowerHuberGrad);
}
