//===- Optimizer.cpp - Lowering of parameter updates ----------------------===//
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

/// The condition under which every result of an update replaces the value it
/// updates, where each has one user and that is such a choice: then the choice
/// is made in the update's own loop, and each array is written once.
static Value getGate(Operation *update, ValueRange old) {
  Value gate;
  for (auto [result, before] : llvm::zip_equal(update->getResults(), old)) {
    auto select = result.hasOneUse()
                      ? dyn_cast<arith::SelectOp>(*result.user_begin())
                      : arith::SelectOp();
    if (!select || select.getTrueValue() != result ||
        select.getFalseValue() != before ||
        isa<ShapedType>(select.getCondition().getType()))
      return {};
    if (gate && gate != select.getCondition())
      return {};
    gate = select.getCondition();
  }
  return gate;
}

namespace {

/// Lowers an update, and the choices behind it if there are any, to one loop.
template <typename OpTy> struct LowerUpdate : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  /// The new values from the old ones and the gradient, which comes second.
  virtual SmallVector<Value> compute(OpTy op, LocBuilder &b,
                                     ValueRange x) const = 0;
  virtual SmallVector<Value> getOld(OpTy op) const = 0;
  /// What the body uses of scalars, rounded outside the loop.
  virtual SmallVector<Value> getScalars(OpTy op) const = 0;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> old = getOld(op);
    Value gate = getGate(op, old);
    Operation *condition = gate ? gate.getDefiningOp() : nullptr;
    if (condition && condition->getBlock() == op->getBlock() &&
        op->isBeforeInBlock(condition))
      rewriter.setInsertionPointAfter(condition);
    else
      rewriter.setInsertionPoint(op);
    LocBuilder b(op.getLoc(), rewriter);
    Type element =
        cast<RankedTensorType>(op.getParameter().getType()).getElementType();
    SmallVector<Value> scalars;
    for (Value scalar : getScalars(op))
      scalars.push_back(buildCast(b, scalar, element));
    SmallVector<Input> inputs = {{old.front()}, {op.getGradient()}};
    for (Value slot : ArrayRef(old).drop_front())
      inputs.push_back({slot});
    SmallVector<Value> updated = buildElementwise(
        b, op->getResultTypes(), inputs,
        [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
          SmallVector<Value> before = {x[0]};
          llvm::append_range(before,
                             x.drop_front(2).take_front(old.size() - 1));
          SmallVector<Value> arguments(x.take_front(old.size() + 1));
          llvm::append_range(arguments, scalars);
          SmallVector<Value> values = compute(op, b, arguments);
          if (gate)
            for (auto [value, previous] : llvm::zip_equal(values, before))
              value = arith::SelectOp::create(b, gate, value, previous);
          return values;
        });
    if (gate)
      for (auto [result, value] : llvm::zip_equal(op->getResults(), updated))
        rewriter.replaceOp(*result.user_begin(), value);
    rewriter.replaceOp(op, updated);
    return success();
  }
};

struct LowerSgd : LowerUpdate<SgdUpdateOp> {
  using LowerUpdate::LowerUpdate;

  SmallVector<Value> getOld(SgdUpdateOp op) const override {
    SmallVector<Value> old = {op.getParameter()};
    if (op.getVelocity())
      old.push_back(op.getVelocity());
    return old;
  }
  SmallVector<Value> getScalars(SgdUpdateOp op) const override {
    return {op.getRate()};
  }

  // g += weight_decay p; v' = m v + g; p' = p - rate v', or, with nesterov,
  // p' = p - rate (g + m v').
  SmallVector<Value> compute(SgdUpdateOp op, LocBuilder &b,
                             ValueRange x) const override {
    Value p = x[0], g = x[1], rate = x.back();
    Type type = p.getType();
    if (double decay = op.getWeightDecay().convertToDouble(); decay != 0.0)
      g = arith::AddFOp::create(
          b, g, arith::MulFOp::create(b, buildConstant(b, type, decay), p));
    Value direction = g, velocity;
    if (op.getVelocity()) {
      Value m = buildConstant(b, type, op.getMomentum().convertToDouble());
      velocity = arith::AddFOp::create(b, arith::MulFOp::create(b, m, x[2]), g);
      direction = op.getNesterov()
                      ? arith::AddFOp::create(
                            b, g, arith::MulFOp::create(b, m, velocity))
                            .getResult()
                      : velocity;
    }
    Value change = arith::MulFOp::create(b, rate, direction);
    SmallVector<Value> results = {arith::SubFOp::create(b, p, change)};
    if (velocity)
      results.push_back(velocity);
    return results;
  }
};

/// weight * before + (1 - weight) * now.
static Value buildMix(LocBuilder &b, const APFloat &weight, Value before,
                      Value now) {
  double w = weight.convertToDouble();
  Type type = now.getType();
  return arith::AddFOp::create(
      b, arith::MulFOp::create(b, buildConstant(b, type, w), before),
      arith::MulFOp::create(b, buildConstant(b, type, 1.0 - w), now));
}

/// p - rate g / (sqrt(v) + epsilon).
static Value buildScaledStep(LocBuilder &b, Value p, Value g, Value rate,
                             Value v, const APFloat &epsilon) {
  Value small = buildConstant(b, p.getType(), epsilon.convertToDouble());
  Value scale =
      arith::AddFOp::create(b, math::SqrtOp::create(b, v).getResult(), small);
  Value step = arith::DivFOp::create(b, g, scale);
  return arith::SubFOp::create(b, p, arith::MulFOp::create(b, rate, step));
}

struct LowerAdam : LowerUpdate<AdamUpdateOp> {
  using LowerUpdate::LowerUpdate;

  SmallVector<Value> getOld(AdamUpdateOp op) const override {
    return {op.getParameter(), op.getFirst(), op.getSecond()};
  }
  SmallVector<Value> getScalars(AdamUpdateOp op) const override {
    return {op.getRate(), op.getFirstCorrection(), op.getSecondCorrection()};
  }

  // m' = beta1 m + (1 - beta1) g; v' = beta2 v + (1 - beta2) g^2;
  // p' = p - rate weight_decay p - rate (m' / c1) / (sqrt(v' / c2) + epsilon).
  SmallVector<Value> compute(AdamUpdateOp op, LocBuilder &b,
                             ValueRange x) const override {
    Value p = x[0], g = x[1], rate = x[4], c1 = x[5], c2 = x[6];
    Type type = p.getType();
    if (double decay = op.getWeightDecay().convertToDouble(); decay != 0.0) {
      Value share =
          arith::MulFOp::create(b, rate, buildConstant(b, type, decay));
      p = arith::SubFOp::create(b, p, arith::MulFOp::create(b, share, p));
    }
    Value first = buildMix(b, op.getBeta1(), x[2], g);
    Value second =
        buildMix(b, op.getBeta2(), x[3], arith::MulFOp::create(b, g, g));
    Value unbiased = arith::DivFOp::create(b, first, c1);
    Value square = arith::DivFOp::create(b, second, c2);
    Value next = buildScaledStep(b, p, unbiased, rate, square, op.getEpsilon());
    return {next, first, second};
  }
};

struct LowerRmsprop : LowerUpdate<RmspropUpdateOp> {
  using LowerUpdate::LowerUpdate;

  SmallVector<Value> getOld(RmspropUpdateOp op) const override {
    return {op.getParameter(), op.getAverage()};
  }
  SmallVector<Value> getScalars(RmspropUpdateOp op) const override {
    return {op.getRate()};
  }

  // v' = decay v + (1 - decay) g^2; p' = p - rate g / (sqrt(v') + epsilon).
  SmallVector<Value> compute(RmspropUpdateOp op, LocBuilder &b,
                             ValueRange x) const override {
    Value p = x[0], g = x[1], rate = x[3];
    Value average =
        buildMix(b, op.getDecay(), x[2], arith::MulFOp::create(b, g, g));
    return {buildScaledStep(b, p, g, rate, average, op.getEpsilon()), average};
  }
};

struct LowerAdagrad : LowerUpdate<AdagradUpdateOp> {
  using LowerUpdate::LowerUpdate;

  SmallVector<Value> getOld(AdagradUpdateOp op) const override {
    return {op.getParameter(), op.getSum()};
  }
  SmallVector<Value> getScalars(AdagradUpdateOp op) const override {
    return {op.getRate()};
  }

  // v' = v + g^2; p' = p - rate g / (sqrt(v') + epsilon).
  SmallVector<Value> compute(AdagradUpdateOp op, LocBuilder &b,
                             ValueRange x) const override {
    Value p = x[0], g = x[1], rate = x[3];
    Value sum = arith::AddFOp::create(b, x[2], arith::MulFOp::create(b, g, g));
    return {buildScaledStep(b, p, g, rate, sum, op.getEpsilon()), sum};
  }
};

} // namespace

void keel::populateOptimizerPatterns(RewritePatternSet &patterns) {
  // Before the choices behind them are lowered by themselves.
  patterns.add<LowerSgd, LowerAdam, LowerRmsprop, LowerAdagrad>(
      patterns.getContext(), /*benefit=*/2);
}
