//===- Activation.cpp - Lowering of activations and their adjoints --------===//
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

static Value isPositive(LocBuilder &b, Value x) {
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x,
                               buildConstant(b, x.getType(), 0.0));
}

/// False for a NaN, so that one in x stays one in the adjoint.
static Value isNotPositive(LocBuilder &b, Value x) {
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x,
                               buildConstant(b, x.getType(), 0.0));
}

static SmallVector<Value> lowerRelu(LocBuilder &b, ReluOp op) {
  return buildElementwise(
      b, op.getType(), {{op.getInput()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::MaximumFOp::create(
            b, x[0], buildConstant(b, x[0].getType(), 0.0))};
      });
}

static SmallVector<Value> lowerReluGrad(LocBuilder &b, ReluGradOp op) {
  return buildElementwise(
      b, op.getType(), {{op.getCotangent()}, {op.getSaved()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value zero = buildConstant(b, x[0].getType(), 0.0);
        return {arith::SelectOp::create(b, isNotPositive(b, x[1]), zero, x[0])};
      });
}

static SmallVector<Value> lowerLeakyRelu(LocBuilder &b, LeakyReluOp op) {
  double slope = op.getSlope().convertToDouble();
  return buildElementwise(
      b, op.getType(), {{op.getInput()}},
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value scaled = arith::MulFOp::create(
            b, x[0], buildConstant(b, x[0].getType(), slope));
        return {arith::SelectOp::create(b, isPositive(b, x[0]), x[0], scaled)};
      });
}

static SmallVector<Value> lowerLeakyReluGrad(LocBuilder &b,
                                             LeakyReluGradOp op) {
  double slope = op.getSlope().convertToDouble();
  return buildElementwise(
      b, op.getType(), {{op.getCotangent()}, {op.getSaved()}},
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value scaled = arith::MulFOp::create(
            b, x[0], buildConstant(b, x[0].getType(), slope));
        return {
            arith::SelectOp::create(b, isNotPositive(b, x[1]), scaled, x[0])};
      });
}

// With e = exp(-|x|), which never overflows: 1 / (1 + e) for x >= 0, else
// e / (1 + e).
Value keel::buildSigmoid(LocBuilder &b, Value x) {
  Type type = x.getType();
  Value one = buildConstant(b, type, 1.0);
  Value magnitude = math::AbsFOp::create(b, x);
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, magnitude));
  Value atLeastZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x,
                                            buildConstant(b, type, 0.0));
  Value numerator = arith::SelectOp::create(b, atLeastZero, one, e);
  return arith::DivFOp::create(b, numerator, arith::AddFOp::create(b, one, e));
}

static SmallVector<Value> lowerSigmoid(LocBuilder &b, SigmoidOp op) {
  return buildElementwise(
      b, op.getType(), {{op.getInput()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {buildSigmoid(b, x[0])};
      });
}

// dy y (1 - y).
static SmallVector<Value> lowerSigmoidGrad(LocBuilder &b, SigmoidGradOp op) {
  return buildElementwise(
      b, op.getType(), {{op.getCotangent()}, {op.getSaved()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value one = buildConstant(b, x[0].getType(), 1.0);
        Value slope =
            arith::MulFOp::create(b, x[1], arith::SubFOp::create(b, one, x[1]));
        return {arith::MulFOp::create(b, x[0], slope)};
      });
}

static SmallVector<Value> lowerTanh(LocBuilder &b, TanhOp op) {
  return buildElementwise(
      b, op.getType(), {{op.getInput()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {math::TanhOp::create(b, x[0])};
      });
}

// dy (1 - y^2).
static SmallVector<Value> lowerTanhGrad(LocBuilder &b, TanhGradOp op) {
  return buildElementwise(
      b, op.getType(), {{op.getCotangent()}, {op.getSaved()}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value one = buildConstant(b, x[0].getType(), 1.0);
        Value slope =
            arith::SubFOp::create(b, one, arith::MulFOp::create(b, x[1], x[1]));
        return {arith::MulFOp::create(b, x[0], slope)};
      });
}

void keel::populateActivationPatterns(RewritePatternSet &patterns) {
  addLowering<ReluOp>(patterns, lowerRelu);
  addLowering<ReluGradOp>(patterns, lowerReluGrad);
  addLowering<LeakyReluOp>(patterns, lowerLeakyRelu);
  addLowering<LeakyReluGradOp>(patterns, lowerLeakyReluGrad);
  addLowering<SigmoidOp>(patterns, lowerSigmoid);
  addLowering<SigmoidGradOp>(patterns, lowerSigmoidGrad);
  addLowering<TanhOp>(patterns, lowerTanh);
  addLowering<TanhGradOp>(patterns, lowerTanhGrad);
}
