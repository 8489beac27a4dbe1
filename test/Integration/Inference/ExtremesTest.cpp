//===- ExtremesTest.cpp - Numbers at the ends: zeros, infinities, NaN -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <set>

using namespace keel;
using namespace keel::test;

/// Long enough for whole vectors and a rest.
static const std::vector<double> kPoints = {
    0.0,  1e-30, -1e-30, 1e-5, -1e-5,    0.5,       -0.5, 1.0,  -1.0,
    8.0,  -8.0,  20.0,   -20,  87.0,     -87.0,     100,  -100, 1e4,
    -1e4, 1e30,  -1e30,  NAN,  INFINITY, -INFINITY, 3.0,  -3.0, 0.1};

namespace {
class Extremes : public ::testing::TestWithParam<const char *> {
protected:
  /// To the element type.
  double round(double x) const { return element == "f32" ? float(x) : x; }
  std::string element = GetParam();
};
} // namespace

/// What gelu's exponent, which grows with x, makes of its own rounding.
static double getCondition(const std::string &kind, double x) {
  double size = std::min(std::abs(x), 100.0);
  return kind == "gelu"        ? 1 + size * size
         : kind == "gelu_tanh" ? 1 + size * size * size
                               : 1;
}

/// No finite input overflows, and a NaN stays one.
TEST_P(Extremes, Activations) {
  // A few units in the last place, in single precision those of a polynomial;
  // and in absolute terms for what single precision flushes to zero.
  double tolerance = element == "f32" ? 1e-6 : 1e-14;
  for (const std::string &kind : getActivationKinds()) {
    Network network(element, kPoints.size(), Loss::squares);
    network.activation(network.input(), kind);
    auto jit = compile(network.getText(""), {.mode = "infer"});
    ASSERT_TRUE(jit);
    Session session(jit->model());
    Matrix input(2, kPoints.size());
    for (int i = 0; i < input.cols; ++i)
      input.at(0, i) = input.at(1, input.cols - 1 - i) = round(kPoints[i]);
    Matrix output = session.infer(input);
    for (size_t i = 0; i < input.data.size(); ++i) {
      double x = input.data[i], y = output.data[i],
             expected = getActivation(kind).value(x);
      SCOPED_TRACE(kind + " of " + std::to_string(x));
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(y)) << y;
      else if (std::isinf(expected))
        EXPECT_EQ(y, expected);
      else
        EXPECT_NEAR(y, expected,
                    tolerance * getCondition(kind, x) * std::abs(expected) +
                        1e-37);
    }
  }
}

/// The text of a model of x and dy whose result is dx.
static std::string getAdjointText(const std::string &kind,
                                  const std::string &element) {
  Activation activation = getActivation(kind);
  bool fromOutput = std::set<std::string>{"elu",          "selu",    "softsign",
                                          "hard_sigmoid", "sigmoid", "tanh"}
                        .count(kind);
  std::string type =
      "tensor<?x" + std::to_string(kPoints.size()) + "x" + element + ">";
  std::string settings =
      activation.settings.empty() ? "" : " {" + activation.settings + "}";
  // Beta does not enter the derivative.
  std::string gradSettings = settings.substr(0, settings.find(", beta"));
  if (gradSettings != settings)
    gradSettings += "}";
  return "keel.model @m(%x: " + type + ", %dy: " + type + ") -> " + type +
         " {\n  %y = keel." + activation.op + " %x" + settings + " : " + type +
         "\n  %dx = keel." + activation.op + "_grad %dy, " +
         (fromOutput ? "%y" : "%x") + gradSettings + " : " + type +
         "\n  keel.return %dx : " + type + "\n}\n";
}

/// dx for dy = 1 at all points.
template <typename T>
static std::vector<double> runAdjoint(const keel_model &model) {
  std::vector<T> x(kPoints.begin(), kPoints.end()), dy(x.size(), T(1)),
      dx(x.size());
  keel_context context;
  keel_pool_context(nullptr, &context);
  Arena params(model.params_bytes), states(model.states_bytes),
      scratch(model.scratch_bytes);
  const void *inputs[] = {x.data(), dy.data()};
  void *outputs[] = {dx.data()};
  model.infer(&context, params.get(), states.get(), scratch.get(), inputs,
              outputs, 1);
  return {dx.begin(), dx.end()};
}

/// Derivatives are finite everywhere, at infinity too, and a NaN is not hidden.
TEST_P(Extremes, Derivatives) {
  // Those from the output round at its size, up to lambda alpha = 1.76.
  double tolerance = element == "f32" ? 1e-6 : 1e-14;
  for (const std::string &kind : getActivationKinds()) {
    auto jit = compile(getAdjointText(kind, element), {.mode = "infer"});
    ASSERT_TRUE(jit);
    std::vector<double> dx = element == "f32"
                                 ? runAdjoint<float>(jit->model())
                                 : runAdjoint<double>(jit->model());
    for (size_t i = 0; i < dx.size(); ++i) {
      double x = kPoints[i];
      SCOPED_TRACE(kind + "' of " + std::to_string(x));
      if (std::isnan(x))
        EXPECT_NE(dx[i], 0.0);
      else
        EXPECT_NEAR(dx[i], getActivation(kind).derivative(x), tolerance);
    }
  }
}

/// The derivatives at kinks, as the ops define them.
TEST_P(Extremes, DerivativesAtKinks) {
  auto check = [&](const std::string &op, std::vector<double> points,
                   std::vector<double> expected) {
    SCOPED_TRACE(op);
    int n = points.size();
    Network network(element, n, Loss::squares);
    Node *x = network.addToRows(network.input(), network.param("offset", 0, n));
    network.activation(x, op);
    auto jit =
        compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.1>"));
    ASSERT_TRUE(jit);
    Session session(jit->model());
    session.load(network); // zeros
    Batch batch;
    batch.input = batch.targets = Matrix(1, n);
    batch.input.data = points;
    // With y - 1 / 2 for targets the cotangents are 1 / n.
    Matrix y = network.forward(batch.input, /*training=*/true);
    for (int i = 0; i < n; ++i)
      batch.targets.data[i] = y.data[i] - 0.5;
    session.gradStep(batch);
    std::vector<double> got = read(session.grads, session.model.params[0]);
    for (int i = 0; i < n; ++i)
      EXPECT_NEAR(got[i] * n, expected[i], 1e-6) << points[i];
  };
  check("relu", {0, -0.0}, {0, 0});
  check("leaky_relu", {0, -0.0}, {0.01, 0.01});
  check("elu", {0, -0.0}, {1, 1});
  check("selu", {0, -0.0}, {1.7580993408473766, 1.7580993408473766});
  check("softsign", {0, -0.0}, {1, 1});
  check("hard_sigmoid", {-3, 3}, {0, 0});
  check("hard_swish", {-3, 3}, {0, 1});
}

/// Rows of softmax: large numbers, a lone infinity below, one above, a NaN.
TEST_P(Extremes, SoftmaxRows) {
  double tolerance = element == "f32" ? 4e-7 : 1e-15;
  for (bool log : {false, true}) {
    Network network(element, 3, Loss::squares);
    log ? network.logSoftmax(network.input())
        : network.softmax(network.input());
    auto jit = compile(network.getText(""), {.mode = "infer"});
    ASSERT_TRUE(jit);
    Session session(jit->model());
    Matrix input(6, 3);
    input.data = {1e30, 1e30, -1e30,     -1e4, -1e4 - 1, -1e4, //
                  0,    0,    -INFINITY, 0,    INFINITY, 0,
                  1,    NAN,  2,         0,    0,        0};
    Matrix output = session.infer(input);
    double sum = 2 + std::exp(-1.0);
    std::vector<double> expected = {0.5,     0.5, 0,   1 / sum, 1 / (sum * M_E),
                                    1 / sum, 0.5, 0.5, 0};
    for (size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE(i);
      double y = expected[i];
      if (!log)
        EXPECT_NEAR(output.data[i], y, tolerance);
      else if (y > 0)
        EXPECT_NEAR(output.data[i], std::log(y), 2 * tolerance);
      else
        EXPECT_LT(output.data[i], -1e30);
    }
    EXPECT_TRUE(log || output.data[8] == 0);
    EXPECT_EQ(std::isinf(output.data[2]), false);
    for (int i = 9; i < 15; ++i)
      EXPECT_TRUE(std::isnan(output.data[i])) << i;
    for (int i = 15; i < 18; ++i)
      EXPECT_NEAR(output.data[i], log ? -std::log(3.0) : 1 / 3.0, tolerance);
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

/// A row of zeros has no root mean square, one of large numbers a finite one,
/// and a NaN row spoils itself alone.
TEST_P(Extremes, RmsNormRows) {
  Network network(element, 5, Loss::squares);
  network.rmsNorm(network.input(), "rms");
  for (double &gamma : network.find("rms.gamma")->value.data)
    gamma = 2;
  auto jit = compile(network.getText(""), {.mode = "infer"});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.load(network);
  Matrix input(4, 5);
  input.data = {0, 0, 0, 0, 0, 1,    NAN,   2,    3,     4,
                1, 2, 3, 4, 5, 1e18, -1e18, 1e18, -1e18, 1e18};
  Matrix output = session.infer(input);
  for (int j = 0; j < 5; ++j) {
    EXPECT_EQ(output.at(0, j), 0.0);
    EXPECT_TRUE(std::isnan(output.at(1, j)));
    EXPECT_NEAR(output.at(2, j), 2 * (j + 1) / std::sqrt(11 + 1e-5), 1e-6);
    EXPECT_NEAR(output.at(3, j), j % 2 ? -2 : 2, 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(, Extremes, ::testing::Values("f32", "f64"),
                         [](const auto &info) { return info.param; });
