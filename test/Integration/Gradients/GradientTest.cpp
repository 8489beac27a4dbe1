//===- GradientTest.cpp - Compiled gradients against central differences --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientTest.h"
#include "Comparison.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace keel;
using namespace keel::test;

/// Points nearer to a kink than this are drawn anew: a difference across it
/// would say nothing of either side.
static constexpr double kKink = 1e-3;

/// Near the cube root of f64's epsilon, where the error of cutting the Taylor
/// series (h^2 / 6 times the third derivative) and that of rounding
/// (epsilon f / h) meet, both near 1e-11 for numbers near 1.
static constexpr double kStep = 6e-6;

/// Those errors over gradients of 1e-3 and more, with room for sums and for
/// third derivatives above 1.
static constexpr double kTolerance = 1e-6, kSmall = 1e-3;

static double getNorm(const std::vector<double> &values) {
  double sum = 0;
  for (double value : values)
    sum += value * value;
  return std::sqrt(sum);
}

/// |a - n| / max(|a|, |n|, 1e-3).
static double getNormError(const std::vector<double> &analytic,
                           const std::vector<double> &numeric) {
  std::vector<double> difference(analytic);
  for (size_t i = 0; i < difference.size(); ++i)
    difference[i] -= numeric[i];
  return getNorm(difference) /
         std::max({getNorm(analytic), getNorm(numeric), kSmall});
}

/// The central differences of the loss by each element of a parameter.
static std::vector<double>
differentiate(Session &session, const keel_tensor &param,
              const std::function<double()> &gradStep) {
  std::vector<double> values = read(session.params, param), result;
  for (double &value : values) {
    double middle = value;
    auto lossAt = [&](double at) {
      value = at;
      write(session.params, param, values);
      return gradStep();
    };
    double above = lossAt(middle + kStep), below = lossAt(middle - kStep);
    result.push_back((above - below) / (2 * kStep));
    value = middle;
  }
  write(session.params, param, values);
  return result;
}

void test::checkPoint(Session &session, const std::function<double()> &gradStep,
                      const std::function<bool(const std::string &)> &trains) {
  gradStep();
  // One that does not train has no gradient, and no place for it.
  std::vector<std::vector<double>> analytic(session.model.num_params);
  for (int i = 0; i < session.model.num_params; ++i)
    if (trains(session.model.params[i].name))
      analytic[i] = read(session.grads, session.model.params[i]);
  for (int i = 0; i < session.model.num_params; ++i) {
    const keel_tensor &param = session.model.params[i];
    if (!trains(param.name))
      continue;
    double error =
        getNormError(analytic[i], differentiate(session, param, gradStep));
    EXPECT_LT(error, kTolerance) << param.name;
    recordError(error);
  }
}

void test::checkGradients(Network &network, unsigned seed, int minRows,
                          int maxRows) {
  std::string text =
      network.getText("optimizer = #keel.sgd<learning_rate = 0.1>");
  SCOPED_TRACE(text);
  auto jit = compile(text, {.maxRows = maxRows});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  Draw draw(seed);
  for (int rows = minRows; rows <= maxRows; ++rows) {
    Batch batch;
    int draws = 0;
    do {
      ASSERT_LT(++draws, 1000) << "no point away from the kinks";
      batch = draw.batch(network, rows);
      draw.fill(network);
      network.forward(batch.input, /*training=*/true);
    } while (network.getKinkDistance(batch) < kKink);
    session.load(network);
    SCOPED_TRACE(std::to_string(rows) + " rows");
    checkPoint(
        session, [&] { return session.gradStep(batch).value; },
        [&](const std::string &name) { return network.find(name)->trainable; });
  }
}
