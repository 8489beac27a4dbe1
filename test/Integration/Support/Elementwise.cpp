//===- Elementwise.cpp - Ops of arith and math in plain loops -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nodes.h"
#include <cmath>
#include <cstdlib>
#include <numbers>

using namespace keel::test;

namespace {

/// A function of one or two numbers and its derivatives by them.
struct Function {
  const char *name;
  double (*value)(double a, double b);
  double (*byFirst)(double a, double b);
  double (*bySecond)(double a, double b);
};

constexpr double kBell = 2 * std::numbers::inv_sqrtpi;

const Function kFunctions[] = {
    {"arith.addf", [](double a, double b) { return a + b; },
     [](double, double) { return 1.0; }, [](double, double) { return 1.0; }},
    {"arith.subf", [](double a, double b) { return a - b; },
     [](double, double) { return 1.0; }, [](double, double) { return -1.0; }},
    {"arith.mulf", [](double a, double b) { return a * b; },
     [](double, double b) { return b; }, [](double a, double) { return a; }},
    {"arith.divf", [](double a, double b) { return a / b; },
     [](double, double b) { return 1 / b; },
     [](double a, double b) { return -a / (b * b); }},
    {"arith.maximumf", [](double a, double b) { return a > b ? a : b; },
     [](double a, double b) { return a > b ? 1.0 : 0.0; },
     [](double a, double b) { return a > b ? 0.0 : 1.0; }},
    {"arith.minimumf", [](double a, double b) { return a < b ? a : b; },
     [](double a, double b) { return a < b ? 1.0 : 0.0; },
     [](double a, double b) { return a < b ? 0.0 : 1.0; }},
    {"math.powf", [](double a, double b) { return std::pow(a, b); },
     [](double a, double b) { return b * std::pow(a, b - 1); },
     [](double a, double b) { return std::pow(a, b) * std::log(a); }},
    {"arith.negf", [](double a, double) { return -a; },
     [](double, double) { return -1.0; }, nullptr},
    {"math.absf", [](double a, double) { return std::abs(a); },
     [](double a, double) { return a > 0 ? 1.0 : -1.0; }, nullptr},
    {"math.cos", [](double a, double) { return std::cos(a); },
     [](double a, double) { return -std::sin(a); }, nullptr},
    {"math.erf", [](double a, double) { return std::erf(a); },
     [](double a, double) { return kBell * std::exp(-a * a); }, nullptr},
    {"math.exp", [](double a, double) { return std::exp(a); },
     [](double a, double) { return std::exp(a); }, nullptr},
    {"math.log", [](double a, double) { return std::log(a); },
     [](double a, double) { return 1 / a; }, nullptr},
    {"math.rsqrt", [](double a, double) { return 1 / std::sqrt(a); },
     [](double a, double) { return -0.5 / (a * std::sqrt(a)); }, nullptr},
    {"math.sin", [](double a, double) { return std::sin(a); },
     [](double a, double) { return std::cos(a); }, nullptr},
    {"math.sqrt", [](double a, double) { return std::sqrt(a); },
     [](double a, double) { return 0.5 / std::sqrt(a); }, nullptr},
    {"math.tanh", [](double a, double) { return std::tanh(a); },
     [](double a, double) { return 1 - std::tanh(a) * std::tanh(a); }, nullptr},
};

} // namespace

static const Function &find(const std::string &op) {
  for (const Function &function : kFunctions)
    if (op == function.name)
      return function;
  std::abort();
}

void ElementwiseNode::forward(bool) {
  const Function &function = find(op);
  value = a->value;
  for (size_t i = 0; i < value.data.size(); ++i)
    value.data[i] = function.value(a->value.data[i], b ? b->value.data[i] : 0);
}

void ElementwiseNode::backward() {
  const Function &function = find(op);
  for (size_t i = 0; i < value.data.size(); ++i) {
    double x = a->value.data[i], y = b ? b->value.data[i] : 0;
    a->gradient.data[i] += gradient.data[i] * function.byFirst(x, y);
    if (b)
      b->gradient.data[i] += gradient.data[i] * function.bySecond(x, y);
  }
}

std::string ElementwiseNode::getText(const std::string &element) const {
  return op + " " + a->ssa + (b ? ", " + b->ssa : "") + " : " +
         getType(element);
}

double ElementwiseNode::getKinkDistance() const {
  double distance = Node::getKinkDistance();
  bool hasKink =
      op == "math.absf" || op == "arith.maximumf" || op == "arith.minimumf";
  if (hasKink)
    for (size_t i = 0; i < a->value.data.size(); ++i)
      distance = std::min(
          distance, std::abs(a->value.data[i] - (b ? b->value.data[i] : 0)));
  return distance;
}
