//===- Activations.cpp - Activations by element, as formulas --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each in a form that is exact at the infinities and keeps a NaN, which is
// mostly not the form that is compiled.

#include "Activations.h"
#include "Network.h"
#include <cmath>

using namespace keel::test;

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// x times something that is 0 or 1 far out, or its derivative.
static double product(double x, double factor) {
  return factor == 0 ? 0 : x * factor;
}

static double tanhDistribution(double x) {
  return sigmoid(2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x));
}

static Activation makeRectifier(const std::string &op, double slope) {
  return {
      op,
      op == "relu" ? "" : "slope = " + format(slope),
      [=](double x) { return x > 0 || std::isnan(x) ? x : product(x, slope); },
      [=](double x) { return x > 0 ? 1 : slope; },
      {0}};
}

static Activation makeElu(const std::string &op, double scale, double alpha) {
  return {op,
          op == "selu" ? "" : "alpha = " + format(alpha),
          [=](double x) { return scale * (x > 0 ? x : alpha * std::expm1(x)); },
          [=](double x) { return scale * (x > 0 ? 1 : alpha * std::exp(x)); },
          {0}};
}

static Activation makeGelu() {
  auto distribution = [](double x) { return std::erfc(-x / M_SQRT2) / 2; };
  return {"gelu",
          "approximate = \"none\"",
          [=](double x) { return product(x, distribution(x)); },
          [=](double x) {
            double density = std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
            return distribution(x) + product(x, density);
          },
          {}};
}

// The derivative of the distribution by its own definition, 1 - tanh^2.
static Activation makeGeluTanh() {
  return {"gelu",
          "approximate = \"tanh\"",
          [](double x) { return product(x, tanhDistribution(x)); },
          [](double x) {
            double s = std::sqrt(2 / M_PI);
            double t = std::tanh(s * (x + 0.044715 * x * x * x));
            double slope = s * (1 + 3 * 0.044715 * x * x);
            return 0.5 * (1 + t) + 0.5 * product(x * slope, 1 - t * t);
          },
          {}};
}

static Activation makeHardSigmoid(double alpha, double beta) {
  auto line = [=](double x) { return alpha * x + beta; };
  return {"hard_sigmoid",
          "alpha = " + format(alpha) + ", beta = " + format(beta),
          [=](double x) {
            return line(x) < 0 ? 0.0 : line(x) > 1 ? 1.0 : line(x);
          },
          [=](double x) { return line(x) > 0 && line(x) < 1 ? alpha : 0.0; },
          {-beta / alpha, (1 - beta) / alpha}};
}

static Activation makeHardSwish() {
  return {"hard_swish",
          "",
          [](double x) { return x <= -3  ? 0
                                : x >= 3 ? x
                                         : x * (x + 3) / 6; },
          [](double x) { return x <= -3  ? 0
                                : x >= 3 ? 1
                                         : (2 * x + 3) / 6; },
          {-3, 3}};
}

static Activation makeSmooth(const std::string &op) {
  if (op == "sigmoid")
    return {
        op, "", sigmoid, [](double x) { return sigmoid(x) * sigmoid(-x); }, {}};
  if (op == "silu")
    return {op,
            "",
            [](double x) { return product(x, sigmoid(x)); },
            [](double x) {
              return product(1 + product(x, sigmoid(-x)), sigmoid(x));
            },
            {}};
  if (op == "softplus")
    return {op,
            "",
            [](double x) {
              return x > 0 ? x + std::log1p(std::exp(-x))
                           : std::log1p(std::exp(x));
            },
            sigmoid,
            {}};
  if (op == "softsign")
    return {op,
            "",
            [](double x) {
              return std::isinf(x) ? std::copysign(1.0, x)
                                   : x / (1 + std::abs(x));
            },
            [](double x) { return 1 / std::pow(1 + std::abs(x), 2); },
            {0}};
  return {"tanh",
          "",
          [](double x) { return std::tanh(x); },
          [](double x) { return 1 / std::pow(std::cosh(x), 2); },
          {}};
}

const std::vector<std::string> &keel::test::getActivationKinds() {
  static const std::vector<std::string> kinds = {
      "relu",       "leaky_relu", "elu",      "selu",     "gelu",
      "gelu_tanh",  "silu",       "softplus", "softsign", "hard_sigmoid",
      "hard_swish", "sigmoid",    "tanh"};
  return kinds;
}

Activation keel::test::getActivation(const std::string &kind, double a,
                                     double b) {
  if (kind == "relu" || kind == "leaky_relu")
    return makeRectifier(kind, kind == "relu" ? 0 : a);
  if (kind == "elu")
    return makeElu(kind, 1, a);
  if (kind == "selu")
    return makeElu(kind, 1.0507009873554805, 1.6732632423543772);
  if (kind == "gelu")
    return makeGelu();
  if (kind == "gelu_tanh")
    return makeGeluTanh();
  if (kind == "hard_sigmoid")
    return makeHardSigmoid(a, b);
  if (kind == "hard_swish")
    return makeHardSwish();
  return makeSmooth(kind);
}

Activation keel::test::getActivation(const std::string &kind) {
  return getActivation(kind, kind == "leaky_relu" ? 0.01
                             : kind == "elu"      ? 1.0
                                                  : 1.0 / 6.0);
}
