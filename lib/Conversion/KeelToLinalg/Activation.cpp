//===- Activation.cpp - Lowering of activations and their adjoints --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "llvm/ADT/STLForwardCompat.h"

using namespace mlir;
using namespace keel;
using namespace keel::scalar;
using arith::CmpFPredicate;

/// y = f(x), element by element.
template <typename OpTy>
static SmallVector<Value>
mapInput(LocBuilder &b, OpTy op,
         llvm::function_ref<Value(LocBuilder &, Value)> f) {
  return buildElementwise(
      b, op.getType(), {{op.getInput()}},
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {f(b, x[0])};
      });
}

/// dx = f(dy, saved), element by element.
template <typename OpTy>
static SmallVector<Value>
mapSaved(LocBuilder &b, OpTy op,
         llvm::function_ref<Value(LocBuilder &, Value, Value)> f) {
  return buildElementwise(
      b, op.getType(), {{op.getCotangent()}, {op.getSaved()}},
      [=](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {f(b, x[0], x[1])};
      });
}

//===----------------------------------------------------------------------===//
// Rectifiers
//===----------------------------------------------------------------------===//

static SmallVector<Value> lowerRelu(LocBuilder &b, ReluOp op) {
  return mapInput(b, op,
                  [](LocBuilder &b, Value x) { return atLeast(b, x, 0.0); });
}

// A NaN in x is not below zero, so that it lets dy through.
static SmallVector<Value> lowerReluGrad(LocBuilder &b, ReluGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value x) {
    Value zero = number(b, x, 0.0);
    return select(b, isNotPositive(b, x), zero, dy);
  });
}

static SmallVector<Value> lowerLeakyRelu(LocBuilder &b, LeakyReluOp op) {
  double slope = op.getSlope().convertToDouble();
  return mapInput(b, op, [=](LocBuilder &b, Value x) {
    Value scaled = mul(b, x, slope);
    return select(b, isPositive(b, x), x, scaled);
  });
}

static SmallVector<Value> lowerLeakyReluGrad(LocBuilder &b,
                                             LeakyReluGradOp op) {
  double slope = op.getSlope().convertToDouble();
  return mapSaved(b, op, [=](LocBuilder &b, Value dy, Value x) {
    Value scaled = mul(b, dy, slope);
    return select(b, isNotPositive(b, x), scaled, dy);
  });
}

//===----------------------------------------------------------------------===//
// Exponential units
//===----------------------------------------------------------------------===//

static constexpr double kSeluLambda = 1.0507009873554805;
static constexpr double kSeluAlpha = 1.6732632423543772;

/// scale x where x > 0, else scale alpha (exp(x) - 1).
static Value buildElu(LocBuilder &b, Value x, double scale, double alpha) {
  Value low = mul(b, math::ExpM1Op::create(b, x), scale * alpha);
  Value high = scale == 1.0 ? x : mul(b, x, scale);
  return select(b, isPositive(b, x), high, low);
}

/// scale dy where y > 0, else dy (y + scale alpha).
static Value buildEluGrad(LocBuilder &b, Value dy, Value y, double scale,
                          double alpha) {
  Value low = mul(b, dy, add(b, y, scale * alpha));
  Value high = scale == 1.0 ? dy : mul(b, dy, scale);
  return select(b, isPositive(b, y), high, low);
}

static SmallVector<Value> lowerElu(LocBuilder &b, EluOp op) {
  double alpha = op.getAlpha().convertToDouble();
  return mapInput(b, op, [=](LocBuilder &b, Value x) {
    return buildElu(b, x, 1.0, alpha);
  });
}

static SmallVector<Value> lowerEluGrad(LocBuilder &b, EluGradOp op) {
  double alpha = op.getAlpha().convertToDouble();
  return mapSaved(b, op, [=](LocBuilder &b, Value dy, Value y) {
    return buildEluGrad(b, dy, y, 1.0, alpha);
  });
}

static SmallVector<Value> lowerSelu(LocBuilder &b, SeluOp op) {
  return mapInput(b, op, [](LocBuilder &b, Value x) {
    return buildElu(b, x, kSeluLambda, kSeluAlpha);
  });
}

static SmallVector<Value> lowerSeluGrad(LocBuilder &b, SeluGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value y) {
    return buildEluGrad(b, dy, y, kSeluLambda, kSeluAlpha);
  });
}

//===----------------------------------------------------------------------===//
// Sigmoids
//===----------------------------------------------------------------------===//

namespace {
/// A sigmoid s and 1 - s, neither of which cancels.
struct Sigmoid {
  Value value, rest;
};
} // namespace

// With e = exp(-|x|), which never overflows: s = 1 / (1 + e) for x >= 0, else
// e / (1 + e); 1 - s is the other of the two.
static Sigmoid buildSigmoidAndRest(LocBuilder &b, Value x,
                                   bool withRest = true) {
  Value one = number(b, x, 1.0);
  Value magnitude = math::AbsFOp::create(b, x);
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, magnitude));
  Value atLeastZero = compare(b, x, CmpFPredicate::OGE, 0.0);
  Value numerator = select(b, atLeastZero, one, e);
  Value sum = add(b, one, e);
  Value value = div(b, numerator, sum);
  if (!withRest)
    return {value, {}};
  return {value, div(b, select(b, atLeastZero, e, one), sum)};
}

Value keel::buildSigmoid(LocBuilder &b, Value x) {
  return buildSigmoidAndRest(b, x, /*withRest=*/false).value;
}

static SmallVector<Value> lowerSigmoid(LocBuilder &b, SigmoidOp op) {
  return mapInput(b, op,
                  [](LocBuilder &b, Value x) { return buildSigmoid(b, x); });
}

// dy y (1 - y).
static SmallVector<Value> lowerSigmoidGrad(LocBuilder &b, SigmoidGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value y) {
    return mul(b, dy, mul(b, y, sub(b, number(b, y, 1.0), y)));
  });
}

static SmallVector<Value> lowerTanh(LocBuilder &b, TanhOp op) {
  return mapInput(b, op, [](LocBuilder &b, Value x) -> Value {
    return math::TanhOp::create(b, x);
  });
}

// dy (1 - y^2).
static SmallVector<Value> lowerTanhGrad(LocBuilder &b, TanhGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value y) {
    return mul(b, dy, sub(b, number(b, y, 1.0), mul(b, y, y)));
  });
}

// max(x, 0) + log1p(exp(-|x|)).
static SmallVector<Value> lowerSoftplus(LocBuilder &b, SoftplusOp op) {
  return mapInput(b, op, [](LocBuilder &b, Value x) {
    Value magnitude = math::AbsFOp::create(b, x);
    Value e = math::ExpOp::create(b, arith::NegFOp::create(b, magnitude));
    return add(b, atLeast(b, x, 0.0), math::Log1pOp::create(b, e));
  });
}

static SmallVector<Value> lowerSoftplusGrad(LocBuilder &b, SoftplusGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value x) {
    return mul(b, dy, buildSigmoid(b, x));
  });
}

/// Beyond 1e30 the quotient is 1 or -1, which it would not be at infinity.
static SmallVector<Value> lowerSoftsign(LocBuilder &b, SoftsignOp op) {
  return mapInput(b, op, [](LocBuilder &b, Value x) {
    Value finite = atMost(b, atLeast(b, x, -1e30), 1e30);
    return div(b, finite, add(b, math::AbsFOp::create(b, finite), 1.0));
  });
}

// dy (1 - |y|)^2.
static SmallVector<Value> lowerSoftsignGrad(LocBuilder &b, SoftsignGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value y) {
    Value rest = sub(b, number(b, y, 1.0), math::AbsFOp::create(b, y));
    return mul(b, dy, mul(b, rest, rest));
  });
}

static SmallVector<Value> lowerHardSigmoid(LocBuilder &b, HardSigmoidOp op) {
  double alpha = op.getAlpha().convertToDouble();
  double beta = op.getBeta().convertToDouble();
  return mapInput(b, op, [=](LocBuilder &b, Value x) {
    Value line = add(b, mul(b, x, alpha), beta);
    return atMost(b, atLeast(b, line, 0.0), 1.0);
  });
}

/// A NaN in y is neither below nor above, so that it lets dy through.
static SmallVector<Value> lowerHardSigmoidGrad(LocBuilder &b,
                                               HardSigmoidGradOp op) {
  double alpha = op.getAlpha().convertToDouble();
  return mapSaved(b, op, [=](LocBuilder &b, Value dy, Value y) {
    Value isFlat = arith::OrIOp::create(b, isNotPositive(b, y),
                                        compare(b, y, CmpFPredicate::OGE, 1.0));
    return select(b, isFlat, number(b, y, 0.0), mul(b, dy, alpha));
  });
}

//===----------------------------------------------------------------------===//
// x times a sigmoid
//===----------------------------------------------------------------------===//

/// Beyond this the sigmoids of f64 are 0 or 1; at infinity the products with
/// them would be NaN.
static constexpr double kFlat = 1000.0;

static Value cut(LocBuilder &b, Value x) {
  return atMost(b, atLeast(b, x, -kFlat), kFlat);
}

static SmallVector<Value> lowerSilu(LocBuilder &b, SiluOp op) {
  return mapInput(b, op, [](LocBuilder &b, Value x) {
    return mul(b, atLeast(b, x, -kFlat), buildSigmoid(b, x));
  });
}

// dy s (1 + x (1 - s)).
static SmallVector<Value> lowerSiluGrad(LocBuilder &b, SiluGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value x) {
    Sigmoid s = buildSigmoidAndRest(b, x);
    Value factor = add(b, mul(b, cut(b, x), s.rest), 1.0);
    return mul(b, dy, mul(b, s.value, factor));
  });
}

static SmallVector<Value> lowerHardSwish(LocBuilder &b, HardSwishOp op) {
  return mapInput(b, op, [](LocBuilder &b, Value x) {
    Value line = add(b, mul(b, x, 1.0 / 6.0), 0.5);
    return mul(b, atLeast(b, x, -kFlat), atMost(b, atLeast(b, line, 0.0), 1.0));
  });
}

static SmallVector<Value> lowerHardSwishGrad(LocBuilder &b,
                                             HardSwishGradOp op) {
  return mapSaved(b, op, [](LocBuilder &b, Value dy, Value x) {
    Value middle = mul(b, dy, add(b, mul(b, x, 1.0 / 3.0), 0.5));
    Value upper = select(b, compare(b, x, CmpFPredicate::OGE, 3.0), dy, middle);
    return select(b, compare(b, x, CmpFPredicate::OLE, -3.0), number(b, x, 0.0),
                  upper);
  });
}

/// P(x) = erfc(-x / sqrt(2)) / 2.
static Value buildNormalDistribution(LocBuilder &b, Value x) {
  Value scaled = mul(b, x, -llvm::numbers::inv_sqrt2);
  return mul(b, math::ErfcOp::create(b, scaled), 0.5);
}

static constexpr double kGeluSlope = 0.79788456080286535588; // sqrt(2 / pi)
static constexpr double kGeluCube = 0.044715;

/// sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3).
static Sigmoid buildTanhDistribution(LocBuilder &b, Value x, bool withRest) {
  Value factor =
      add(b, mul(b, mul(b, x, x), 2 * kGeluSlope * kGeluCube), 2 * kGeluSlope);
  return buildSigmoidAndRest(b, mul(b, x, factor), withRest);
}

static SmallVector<Value> lowerGelu(LocBuilder &b, GeluOp op) {
  bool isTanh = op.getApproximate() == "tanh";
  return mapInput(b, op, [=](LocBuilder &b, Value x) {
    Value distribution =
        isTanh ? buildTanhDistribution(b, x, /*withRest=*/false).value
               : buildNormalDistribution(b, x);
    return mul(b, atLeast(b, x, -kFlat), distribution);
  });
}

// P(x) + x P'(x), with P'(x) = exp(-x^2 / 2) / sqrt(2 pi) or 2 u' s (1 - s).
static Value buildGeluSlope(LocBuilder &b, Value x, bool isTanh) {
  Value near = cut(b, x);
  Value square = mul(b, near, near);
  if (isTanh) {
    Sigmoid s = buildTanhDistribution(b, near, /*withRest=*/true);
    Value slope =
        add(b, mul(b, square, 6 * kGeluSlope * kGeluCube), 2 * kGeluSlope);
    Value density = mul(b, mul(b, s.value, s.rest), slope);
    return add(b, s.value, mul(b, near, density));
  }
  Value bell = math::ExpOp::create(b, mul(b, square, -0.5));
  Value density = mul(b, bell, 0.5 * kGeluSlope);
  return add(b, buildNormalDistribution(b, x), mul(b, near, density));
}

static SmallVector<Value> lowerGeluGrad(LocBuilder &b, GeluGradOp op) {
  bool isTanh = op.getApproximate() == "tanh";
  return mapSaved(b, op, [=](LocBuilder &b, Value dy, Value x) {
    return mul(b, dy, buildGeluSlope(b, x, isTanh));
  });
}

void keel::populateActivationPatterns(RewritePatternSet &patterns) {
  addLowering<ReluOp>(patterns, lowerRelu);
  addLowering<ReluGradOp>(patterns, lowerReluGrad);
  addLowering<LeakyReluOp>(patterns, lowerLeakyRelu);
  addLowering<LeakyReluGradOp>(patterns, lowerLeakyReluGrad);
  addLowering<EluOp>(patterns, lowerElu);
  addLowering<EluGradOp>(patterns, lowerEluGrad);
  addLowering<SeluOp>(patterns, lowerSelu);
  addLowering<SeluGradOp>(patterns, lowerSeluGrad);
  addLowering<SigmoidOp>(patterns, lowerSigmoid);
  addLowering<SigmoidGradOp>(patterns, lowerSigmoidGrad);
  addLowering<TanhOp>(patterns, lowerTanh);
  addLowering<TanhGradOp>(patterns, lowerTanhGrad);
  addLowering<SoftplusOp>(patterns, lowerSoftplus);
  addLowering<SoftplusGradOp>(patterns, lowerSoftplusGrad);
  addLowering<SoftsignOp>(patterns, lowerSoftsign);
  addLowering<SoftsignGradOp>(patterns, lowerSoftsignGrad);
  addLowering<HardSigmoidOp>(patterns, lowerHardSigmoid);
  addLowering<HardSigmoidGradOp>(patterns, lowerHardSigmoidGrad);
  addLowering<SiluOp>(patterns, lowerSilu);
  addLowering<SiluGradOp>(patterns, lowerSiluGrad);
  addLowering<HardSwishOp>(patterns, lowerHardSwish);
  addLowering<HardSwishGradOp>(patterns, lowerHardSwishGrad);
  addLowering<GeluOp>(patterns, lowerGelu);
  addLowering<GeluGradOp>(patterns, lowerGeluGrad);
}
