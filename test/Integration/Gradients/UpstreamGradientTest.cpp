//===- UpstreamGradientTest.cpp - Adjoints of arith and math ops ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each op on numbers at which it has a derivative.

#include "GradientTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

namespace {

/// A network whose input is a parameter plus the batch's, so that what stands
/// upstream of the op under test has a gradient.
struct Upstream : Network {
  explicit Upstream(int features)
      : Network("f64", features, Loss::squares),
        x(addToRows(input(), param("x", 0, features))) {}
  Node *x;
};

} // namespace

static constexpr unsigned kSeeds[] = {1, 2};

TEST(UpstreamGradient, OfOneOperand) {
  for (unsigned seed : kSeeds)
    for (const char *op : {"arith.negf", "math.absf", "math.cos", "math.erf",
                           "math.exp", "math.sin", "math.tanh"}) {
      Upstream network(Draw(seed).size(1, 19));
      network.elementwise(op, network.x);
      checkGradients(network, seed);
    }
}

TEST(UpstreamGradient, OfOnePositiveOperand) {
  for (unsigned seed : kSeeds)
    for (const char *op : {"math.log", "math.rsqrt", "math.sqrt"}) {
      Upstream network(Draw(seed).size(1, 19));
      Node *square = network.elementwise("arith.mulf", network.x, network.x);
      Node *positive = network.elementwise(
          "arith.addf", square, network.elementwise("math.exp", network.x));
      network.elementwise(op, positive);
      checkGradients(network, seed);
    }
}

TEST(UpstreamGradient, OfTwoOperands) {
  for (unsigned seed : kSeeds)
    for (const char *op : {"arith.addf", "arith.subf", "arith.mulf",
                           "arith.maximumf", "arith.minimumf"}) {
      Draw draw(seed);
      Upstream network(draw.size(1, 9));
      int n = draw.size(1, 9);
      Node *left = network.dense(network.x, "left", n);
      network.elementwise(op, left, network.dense(network.x, "right", n));
      checkGradients(network, seed);
    }
}

TEST(UpstreamGradient, QuotientAndPower) {
  for (unsigned seed : kSeeds) {
    Draw draw(seed);
    int features = draw.size(1, 9), n = draw.size(1, 9);
    for (const char *op : {"arith.divf", "math.powf"}) {
      Upstream network(features);
      Node *left =
          network.activation(network.dense(network.x, "left", n), "tanh");
      Node *right =
          network.activation(network.dense(network.x, "right", n), "tanh");
      Node *positive = network.elementwise("math.exp", left);
      if (op == std::string("arith.divf"))
        network.elementwise(op, right, positive);
      else
        network.elementwise(op, positive, right);
      checkGradients(network, seed);
    }
  }
}
