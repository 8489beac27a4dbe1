//===- Activation.cpp - Signals through activations -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// A derivative this part of its largest value counts as saturated.
static constexpr double kSaturation = 0.05;

static double sigmoid(double x) {
  double e = std::exp(-std::abs(x));
  return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

static double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

static ScalarFunction makeRectifier(double slope) {
  return {[=](double x) { return x > 0.0 ? x : slope * x; },
          [=](double x) { return x > 0.0 ? 1.0 : slope; },
          {0.0},
          std::nullopt,
          slope == 0.0};
}

static ScalarFunction makeElu(double scale, double alpha) {
  return {
      [=](double x) { return scale * (x > 0.0 ? x : alpha * std::expm1(x)); },
      [=](double x) { return scale * (x > 0.0 ? 1.0 : alpha * std::exp(x)); },
      {0.0}};
}

LogicalResult ReluOp::transferSignal(const SignalQuery &query,
                                     SignalTransfer &transfer) {
  return succeed(transfer, transferElementwise(query, makeRectifier(0.0)));
}

LogicalResult LeakyReluOp::transferSignal(const SignalQuery &query,
                                          SignalTransfer &transfer) {
  return succeed(
      transfer,
      transferElementwise(query, makeRectifier(getSlope().convertToDouble())));
}

// One slope for each unit: taken as its root mean square for all.
LogicalResult PreluOp::transferSignal(const SignalQuery &query,
                                      SignalTransfer &transfer) {
  const Signal &slope = query.operands[1];
  double size = std::sqrt(slope.moments.self);
  return succeed(transfer,
                 transferElementwise(
                     query, makeRectifier(std::copysign(size, slope.mean))));
}

LogicalResult EluOp::transferSignal(const SignalQuery &query,
                                    SignalTransfer &transfer) {
  return succeed(
      transfer,
      transferElementwise(query, makeElu(1.0, getAlpha().convertToDouble())));
}

LogicalResult SeluOp::transferSignal(const SignalQuery &query,
                                     SignalTransfer &transfer) {
  return succeed(transfer,
                 transferElementwise(
                     query, makeElu(1.0507009873554805, 1.6732632423543772)));
}

LogicalResult SigmoidOp::transferSignal(const SignalQuery &query,
                                        SignalTransfer &transfer) {
  return succeed(
      transfer,
      transferElementwise(
          query,
          {.value = sigmoid,
           .derivative = [](double x) { return sigmoid(x) * sigmoid(-x); },
           .saturation = 0.25 * kSaturation}));
}

LogicalResult TanhOp::transferSignal(const SignalQuery &query,
                                     SignalTransfer &transfer) {
  return succeed(transfer,
                 transferElementwise(
                     query, {.value = [](double x) { return std::tanh(x); },
                             .derivative =
                                 [](double x) {
                                   return 4.0 * sigmoid(2.0 * x) *
                                          sigmoid(-2.0 * x);
                                 },
                             .saturation = kSaturation}));
}

LogicalResult GeluOp::transferSignal(const SignalQuery &query,
                                     SignalTransfer &transfer) {
  if (getApproximate() == "none")
    return succeed(
        transfer,
        transferElementwise(
            query,
            {.value =
                 [](double x) { return 0.5 * x * std::erfc(-x * M_SQRT1_2); },
             .derivative =
                 [](double x) {
                   return 0.5 * std::erfc(-x * M_SQRT1_2) +
                          x * std::exp(-0.5 * x * x) / std::sqrt(2.0 * M_PI);
                 }}));
  // The distribution is sigmoid(2 u), u = scale (x + cubic x^3).
  constexpr double scale = 0.7978845608028654, cubic = 0.044715;
  auto u = [=](double x) { return scale * (x + cubic * x * x * x); };
  return succeed(
      transfer,
      transferElementwise(
          query, {.value = [=](double x) { return x * sigmoid(2.0 * u(x)); },
                  .derivative =
                      [=](double x) {
                        double s = sigmoid(2.0 * u(x)),
                               t = sigmoid(-2.0 * u(x));
                        return s + 2.0 * x * scale *
                                       (1.0 + 3.0 * cubic * x * x) * s * t;
                      }}));
}

LogicalResult SiluOp::transferSignal(const SignalQuery &query,
                                     SignalTransfer &transfer) {
  return succeed(transfer,
                 transferElementwise(
                     query, {.value = [](double x) { return x * sigmoid(x); },
                             .derivative =
                                 [](double x) {
                                   return sigmoid(x) * (1.0 + x * sigmoid(-x));
                                 }}));
}

LogicalResult SoftplusOp::transferSignal(const SignalQuery &query,
                                         SignalTransfer &transfer) {
  return succeed(transfer, transferElementwise(query, {.value = softplus,
                                                       .derivative = sigmoid}));
}

LogicalResult SoftsignOp::transferSignal(const SignalQuery &query,
                                         SignalTransfer &transfer) {
  return succeed(
      transfer,
      transferElementwise(
          query, {.value = [](double x) { return x / (1.0 + std::abs(x)); },
                  .derivative =
                      [](double x) {
                        double d = 1.0 + std::abs(x);
                        return 1.0 / (d * d);
                      },
                  .kinks = {0.0},
                  .saturation = kSaturation}));
}

LogicalResult HardSigmoidOp::transferSignal(const SignalQuery &query,
                                            SignalTransfer &transfer) {
  double alpha = getAlpha().convertToDouble(),
         beta = getBeta().convertToDouble();
  auto line = [=](double x) { return alpha * x + beta; };
  ScalarFunction function{
      [=](double x) { return std::clamp(line(x), 0.0, 1.0); },
      [=](double x) { return line(x) > 0.0 && line(x) < 1.0 ? alpha : 0.0; },
      {},
      kSaturation * std::abs(alpha),
      true};
  if (alpha != 0.0)
    function.kinks = {-beta / alpha, (1.0 - beta) / alpha};
  return succeed(transfer, transferElementwise(query, function));
}

LogicalResult HardSwishOp::transferSignal(const SignalQuery &query,
                                          SignalTransfer &transfer) {
  return succeed(
      transfer,
      transferElementwise(
          query,
          {[](double x) { return x * std::clamp(x / 6.0 + 0.5, 0.0, 1.0); },
           [](double x) {
             return x <= -3.0 ? 0.0 : x >= 3.0 ? 1.0 : x / 3.0 + 0.5;
           },
           {-3.0, 3.0},
           std::nullopt,
           true}));
}
