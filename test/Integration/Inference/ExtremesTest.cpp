//===- ExtremesTest.cpp - Numbers at the ends: zeros, infinities, NaN -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace keel;
using namespace keel::test;

/// Long enough for whole vectors and a rest.
static const std::vector<double> kPoints = {
    0.0,  1e-30, -1e-30, 1e-5, -1e-5,    0.5,       -0.5, 1.0,  -1.0,
    8.0,  -8.0,  20.0,   -20,  87.0,     -87.0,     100,  -100, 1e4,
    -1e4, 1e30,  -1e30,  NAN,  INFINITY, -INFINITY, 3.0,  -3.0, 0.1};

static double evaluate(const std::string &kind, double x) {
  if (kind == "relu")
    return std::isnan(x) ? x : std::max(x, 0.0);
  if (kind == "leaky_relu")
    return x <= 0 ? 0.2 * x : x;
  if (kind == "tanh")
    return std::tanh(x);
  return 1 / (1 + std::exp(-x));
}

namespace {
class Extremes : public ::testing::TestWithParam<const char *> {
protected:
  std::string element = GetParam();
};
} // namespace

/// No finite input overflows, and a NaN stays one.
TEST_P(Extremes, Activations) {
  // A few units in the last place, in single precision those of a polynomial;
  // and in absolute terms for what single precision flushes to zero.
  double tolerance = element == "f32" ? 1e-6 : 1e-14;
  for (std::string kind : {"relu", "leaky_relu", "sigmoid", "tanh"}) {
    Network network(element, kPoints.size(), Loss::squares);
    if (kind == "leaky_relu")
      network.leakyRelu(network.input(), 0.2);
    else
      network.activation(network.input(), kind);
    auto jit = compile(network.getText(""), {.mode = "infer"});
    ASSERT_TRUE(jit);
    Session session(jit->model());
    Matrix input(2, kPoints.size());
    for (int i = 0; i < input.cols; ++i)
      input.at(0, i) = input.at(1, input.cols - 1 - i) = kPoints[i];
    Matrix output = session.infer(input);
    for (size_t i = 0; i < input.data.size(); ++i) {
      double x = input.data[i], y = output.data[i],
             expected = evaluate(kind, x);
      SCOPED_TRACE(kind + " of " + std::to_string(x));
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(y)) << y;
      else if (std::isinf(expected))
        EXPECT_EQ(y, expected);
      else
        EXPECT_NEAR(y, expected, tolerance * std::abs(expected) + 1e-37);
    }
  }
}

/// log sum exp takes the largest logit out first.
TEST_P(Extremes, LargeLogits) {
  Network network(element, 3, Loss::classes);
  network.addToRows(network.input(), network.param("offset", 0, 3));
  auto jit =
      compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.1>"));
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.load(network); // zeros
  Batch batch;
  batch.input = Matrix(2, 3);
  batch.input.data = {1e4, -1e4, 0, -5e4, -5e4, -1e5};
  batch.classes = {1, 0};
  // Exact but for log 2: (2e4 + log 2) / 2.
  double expected = 1e4 + std::log(2.0) / 2;
  double tolerance = expected * (element == "f32" ? 1e-7 : 1e-15);
  EXPECT_NEAR(session.eval(batch).value, expected, tolerance);
  EXPECT_NEAR(session.gradStep(batch).value, expected, tolerance);
  // (softmax - onehot) / 2, summed over the rows.
  std::vector<double> gradient = read(session.grads, session.model.params[0]);
  EXPECT_NEAR(gradient[0], 0.5 - 0.25, 1e-7);
  EXPECT_NEAR(gradient[1], -0.5 + 0.25, 1e-7);
  EXPECT_NEAR(gradient[2], 0, 1e-7);
}

/// Neither side of the sigmoid overflows; a soft target is no class.
TEST_P(Extremes, LargeLogitsOfSigmoid) {
  Network network(element, 3, Loss::signs);
  network.addToRows(network.input(), network.param("offset", 0, 3));
  auto jit =
      compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.1>"));
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.load(network); // zeros
  Batch batch;
  batch.input = batch.targets = Matrix(2, 3);
  batch.input.data = {1e4, -1e4, 0, 5e4, -5e4, -1e4};
  batch.targets.data = {0, 1, 0, 1, 0, 0.25};
  // Exact but for log 2.
  double expected = (1e4 + 1e4 + std::log(2.0) + 2500) / 6;
  double tolerance = expected * (element == "f32" ? 1e-7 : 1e-15);
  keel_result evaluated = session.eval(batch);
  EXPECT_NEAR(evaluated.value, expected, tolerance);
  EXPECT_EQ(evaluated.flags, 4); // 0 is not above 0
  EXPECT_NEAR(session.gradStep(batch).value, expected, tolerance);
  // (sigmoid - t) / 6, summed over the rows.
  std::vector<double> gradient = read(session.grads, session.model.params[0]);
  EXPECT_NEAR(gradient[0], 1.0 / 6, 1e-7);
  EXPECT_NEAR(gradient[1], -1.0 / 6, 1e-7);
  EXPECT_NEAR(gradient[2], (0.5 - 0.25) / 6, 1e-7);
}

/// A NaN stays one in the loss and in its own gradient; where prediction and
/// target are equal the absolute error's derivative is 0.
TEST_P(Extremes, NanInLosses) {
  for (Loss loss : {Loss::signs, Loss::absolute, Loss::huber}) {
    Network network(element, 3, loss);
    network.addToRows(network.input(), network.param("offset", 0, 3));
    auto jit =
        compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.1>"));
    ASSERT_TRUE(jit);
    Session session(jit->model());
    session.load(network); // zeros
    Batch batch;
    batch.input = batch.targets = Matrix(1, 3);
    batch.input.data = {NAN, 1, -5};
    batch.targets.data = {0, 1, 0};
    EXPECT_TRUE(std::isnan(session.gradStep(batch).value));
    std::vector<double> gradient = read(session.grads, session.model.params[0]);
    EXPECT_TRUE(std::isnan(gradient[0]));
    EXPECT_TRUE(std::isfinite(gradient[1]));
    EXPECT_LT(std::abs(gradient[2]), 1);
    if (loss != Loss::signs) {
      EXPECT_EQ(gradient[1], 0);
      EXPECT_NEAR(gradient[2], -1.0 / 3, 1e-7);
    } else {
      EXPECT_EQ(session.eval(batch).flags, 2); // no NaN is right
    }
  }
}

/// A constant row has no deviation, and a NaN row spoils itself alone.
TEST_P(Extremes, LayerNormRows) {
  Network network(element, 5, Loss::squares);
  network.layerNorm(network.input(), "ln");
  for (double &gamma : network.find("ln.gamma")->value.data)
    gamma = 1;
  for (double &beta : network.find("ln.beta")->value.data)
    beta = 0.25;
  auto jit = compile(network.getText(""), {.mode = "infer"});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.load(network);
  Matrix input(3, 5);
  input.data = {7, 7, 7, 7, 7, 1, NAN, 2, 3, 4, 1, 2, 3, 4, 5};
  Matrix output = session.infer(input);
  for (int j = 0; j < 5; ++j) {
    EXPECT_EQ(output.at(0, j), 0.25);
    EXPECT_TRUE(std::isnan(output.at(1, j)));
    EXPECT_NEAR(output.at(2, j), (j - 2) / std::sqrt(2.0 + 1e-5) + 0.25, 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(, Extremes, ::testing::Values("f32", "f64"),
                         [](const auto &info) { return info.param; });
