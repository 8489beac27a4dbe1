//===- DropoutTest.cpp - Masks by seed, step and row ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The mask shows in the gradient: for the loss `mean (y - t)^2` with y = x m p
// and t = 0, an element is dropped where its part of dp is zero.

#include "Comparison.h"
#include "Compiled.h"
#include "Draw.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

static constexpr int kFeatures = 37, kRows = 24;

namespace {

class Dropout : public ::testing::TestWithParam<const char *> {
protected:
  Dropout() : network(GetParam(), kFeatures, Loss::squares) {
    Node *x = network.binary("mul", network.input(),
                             network.param("p", 0, kFeatures));
    network.dropout(network.dropout(x, 0.3), 0.0);
    jit = compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.1>"),
                  {.mode = "all", .maxRows = kRows});
    batch = Draw(5).batch(network, kRows);
    for (double &target : batch.targets.data)
      target = 0;
    for (double &p : network.find("p")->value.data)
      p = 1;
  }

  std::vector<double> getGradient(Session &session, const Batch &rows,
                                  int64_t step, int64_t firstRow) {
    session.gradStep(rows, step, firstRow);
    return read(session.grads, session.model.params[0]);
  }

  std::vector<double> getExpected(const RandomPosition &position) {
    network.random = position;
    network.forward(batch.input, /*training=*/true);
    network.getLoss(batch, /*withGradient=*/true);
    return network.find("p")->gradient.data;
  }

  /// Sums of a few dozen products.
  double tolerance = GetParam() == std::string("f32") ? 1e-6 : 1e-14;
  Network network;
  std::unique_ptr<JitModule> jit;
  Batch batch;
};

} // namespace

/// The runtime's Philox gives the same masks, for any seed, step and first row.
TEST_P(Dropout, DrawsByPosition) {
  ASSERT_TRUE(jit);
  Session session(jit->model());
  RandomPosition positions[] = {{},
                                {.seed = 1},
                                {.seed = int64_t(1) << 40},
                                {.step = 1},
                                {.step = 77, .firstRow = 1000},
                                {.seed = -3, .step = 5, .firstRow = 8}};
  std::vector<std::vector<double>> gradients;
  for (const RandomPosition &position : positions) {
    session.init(position.seed);
    session.load(network);
    gradients.push_back(
        getGradient(session, batch, position.step, position.firstRow));
    expectClose("dp", gradients.back(), getExpected(position), tolerance);
    for (size_t i = 0; i + 1 < gradients.size(); ++i)
      EXPECT_GT(getError(gradients[i], gradients.back()), 0.01);
  }
}

/// A batch in two halves is dropped as the whole is.
TEST_P(Dropout, IgnoresHowTheBatchIsSplit) {
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.init(9);
  session.load(network);
  std::vector<double> whole = getGradient(session, batch, 3, 0), sum;
  for (int begin : {0, kRows / 2}) {
    Batch half;
    half.input = half.targets = Matrix(kRows / 2, kFeatures);
    std::copy_n(batch.input.data.begin() + begin * kFeatures,
                half.input.data.size(), half.input.data.begin());
    std::vector<double> part = getGradient(session, half, 3, begin);
    sum.resize(part.size());
    for (size_t i = 0; i < part.size(); ++i)
      sum[i] += part[i] / 2;
  }
  expectClose("dp", sum, whole, tolerance);
}

/// Of 888 elements 30 % are dropped, give or take four deviations of a binomial
/// distribution; inference drops none, and a NaN is not hidden.
TEST_P(Dropout, DropsTheRateAndOnlyInTraining) {
  ASSERT_TRUE(jit);
  Session session(jit->model());
  network.random = {.seed = 4};
  network.forward(batch.input, /*training=*/true);
  Matrix dropped = network.forward(batch.input, /*training=*/true);
  double count = std::count(dropped.data.begin(), dropped.data.end(), 0.0);
  double size = kRows * kFeatures;
  EXPECT_NEAR(count / size, 0.3, 4 * std::sqrt(0.3 * 0.7 / size));
  session.load(network);
  expectClose("outputs", session.infer(batch.input).data, batch.input.data,
              tolerance);
  for (double &value : batch.input.data)
    value = NAN;
  for (double value : getGradient(session, batch, 0, 0))
    EXPECT_TRUE(std::isnan(value));
}

INSTANTIATE_TEST_SUITE_P(, Dropout, ::testing::Values("f32", "f64"),
                         [](const auto &info) { return info.param; });
