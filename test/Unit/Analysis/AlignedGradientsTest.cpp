//===- AlignedGradientsTest.cpp - Gradients along 1 and the value ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forecasts.h"

using namespace mlir;
using namespace keel;
using namespace keel::test;

namespace {

constexpr int64_t kUnits = 256;
const char *const kType = "tensor<?x256xf32>";

/// `%rI = relu(W %x)`, of LeCun's weights.
std::string makeBranch(int i, const std::string &x) {
  std::string k = std::to_string(i), type = kType;
  return "  %w" + k + " = keel.param \"w" + k +
         "\" init(#keel.lecun_normal) : tensor<256x256xf32>\n  %h" + k +
         " = keel.dense " + x + ", %w" + k + " : " + type +
         ", tensor<256x256xf32>\n  %r" + k + " = keel.relu %h" + k + " : " +
         type + "\n";
}

std::string makeSum(const std::string &y, const std::string &a,
                    const std::string &b) {
  return "  " + y + " = keel.add " + a + ", " + b + " : " + kType + "\n";
}

std::string makeModel(const std::string &body, const std::string &result) {
  std::string type = kType;
  return "keel.model @m(%x: " + type + ") -> " + type + " {\n" + body +
         "  keel.return " + result + " : " + type + "\n}\n";
}

double getShare(Forecast &f, Value value) {
  Cotangent g = f.forecast->getCotangent(value);
  return getInnerProduct(g.aligned, f.forecast->getSignal(value).getGram()) /
         g.getSquare();
}

// A gradient that depends on nothing lies in two of n directions by chance, and
// a dense layer's weights, known along its input, do not change its size.
TEST(AlignedGradients, NoiseLiesInTwoDirections) {
  Forecast f(makeModel(makeBranch(1, "%x"), "%h1"));
  EXPECT_NEAR(getShare(f, f.getOutput()), 2.0 / kUnits, 1e-12);
  EXPECT_NEAR(f.forecast->getCotangent(f.getInput()).excess, 1.0, 1e-12);
  Forecast g(makeModel(makeBranch(1, "%x"), "%r1"));
  EXPECT_NEAR(getShare(g, g.getOutput()), 2.0 / kUnits, 1e-12);
}

// s' = s + relu(W s), g noise: W = y s^T / |s|^2 + a rest gives
// E |g + W^T relu'(y) g|^2 = n (1 + 1/2) + 2 E s E y relu'(y) / E s^2.
TEST(AlignedGradients, ShortcutOnceAroundAMean) {
  Forecast f(makeModel(makeBranch(1, "%x") + makeSum("%s1", "%x", "%r1") +
                           makeBranch(2, "%s1") + makeSum("%s2", "%s1", "%r2"),
                       "%s2"));
  Value s = f.getOutput().getDefiningOp()->getOperand(0);
  double m = std::sqrt(1.0 / (2.0 * M_PI)), q = 1.5;
  double excess = 2.0 * m * std::sqrt(q / (2.0 * M_PI)) / (q * kUnits);
  EXPECT_NEAR(f.forecast->getCotangent(s).getSquare(), 1.5 + excess,
              0.01 * excess); // the next term is another n times smaller
}

// Of many, what they share takes over: without it the square grows by 3/2 each.
TEST(AlignedGradients, ManyShortcutsAlignTheGradient) {
  std::string body, value = "%x";
  for (int i = 1; i <= 40; ++i) {
    std::string sum = "%s" + std::to_string(i);
    body +=
        makeBranch(i, value) + makeSum(sum, value, "%r" + std::to_string(i));
    value = sum;
  }
  Forecast f(makeModel(body, value));
  EXPECT_LT(getShare(f, f.getOutput()), 0.01);
  EXPECT_GT(getShare(f, f.getInput()), 0.2);
  Cotangent g = f.forecast->getCotangent(f.getInput());
  EXPECT_GT(g.getSquare(), 100.0 * g.moments.self);
  EXPECT_GT(g.alignedShare, 0.99);
  EXPECT_NEAR(g.moments.self / std::pow(1.5, 40), 1.0, 1e-9);
}

// A layer norm takes all of it off.
TEST(AlignedGradients, LayerNormRemovesIt) {
  std::string type = kType;
  Forecast f(
      makeModel("  %g = keel.param \"g\" init(#keel.ones) : tensor<256xf32>\n"
                "  %e = keel.param \"e\" init(#keel.zeros) : tensor<256xf32>\n"
                "  %n = keel.layer_norm %x, %g, %e {epsilon = 0.0} : " +
                    type + "\n",
                "%n"));
  EXPECT_NEAR(getShare(f, f.getInput()), 0.0, 1e-12);
  EXPECT_NEAR(f.forecast->getCotangent(f.getInput()).excess, 1.0, 1e-9);
}

// Ways that part and meet far from each other, one within the other.
TEST(AlignedGradients, NestedShortcuts) {
  constexpr int depth = 400;
  std::string body;
  auto name = [](const char *kind, int i) {
    return "%" + (kind + std::to_string(i));
  };
  for (int i = 1; i <= depth; ++i)
    body += makeBranch(i, i == 1 ? "%x" : name("r", i - 1));
  std::string value = name("r", depth);
  for (int i = depth - 1; i >= 1; --i) {
    body += makeSum(name("s", i), value, name("r", i));
    value = name("s", i);
  }
  Forecast f(makeModel(body, value));
  EXPECT_TRUE(std::isfinite(f.forecast->getGradientRms(f.getInput())));
}

} // namespace
