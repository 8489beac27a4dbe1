//===- TrainStepTest.cpp - A linear model's whole step --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodegenTest.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace keel;
using namespace keel::test;

static constexpr int kIn = 20, kOut = 30, kMaxRows = 16;

namespace {

/// One model with its arenas.
struct Training {
  std::unique_ptr<JitModule> jit;
  SplitContext context;
  Arena params, states, slots, grads, scratch;
  keel_result loss = {}, norm = {};

  explicit Training(int ways, bool reference = false)
      : jit(compile(readTrainStep(), kMaxRows, reference)), context(ways),
        params(jit->model().params_bytes), states(jit->model().states_bytes),
        slots(jit->model().slots_bytes), grads(jit->model().grads_bytes),
        scratch(jit->model().scratch_bytes) {
    jit->model().init(context.get(), params.get(), states.get(), slots.get(),
                      42);
  }

  void gradStep(const std::vector<float> &x, const std::vector<float> &label,
                int64_t rows) {
    const void *inputs[] = {x.data()}, *labels[] = {label.data()};
    jit->model().grad_step(context.get(), params.get(), states.get(),
                           grads.get(), scratch.get(), inputs, labels, rows, 0,
                           &loss);
  }
  void applyStep() {
    jit->model().apply_step(context.get(), params.get(), states.get(),
                            slots.get(), grads.get(), 0, &norm);
  }
};

/// What the step computes, in double.
struct Expected {
  std::vector<double> gw, gb;
  double loss = 0, norm = 0;

  Expected(const float *w, const float *b, const std::vector<float> &x,
           const std::vector<float> &label, int64_t rows)
      : gw(kIn * kOut), gb(kOut) {
    for (int64_t r = 0; r < rows; ++r)
      for (int j = 0; j < kOut; ++j) {
        double d = b[j] - label[r * kOut + j];
        for (int i = 0; i < kIn; ++i)
          d += double(x[r * kIn + i]) * w[i * kOut + j];
        loss += d * d / rows;
        gb[j] += 2 * d / rows;
        for (int i = 0; i < kIn; ++i)
          gw[i * kOut + j] += x[r * kIn + i] * 2 * d / rows;
      }
    for (double g : gw)
      norm += g * g;
    for (double g : gb)
      norm += g * g;
    norm = std::sqrt(norm);
  }
};

} // namespace

static void checkStep(bool reference, int64_t rows) {
  Training t(2, reference);
  const keel_model &model = t.jit->model();
  ASSERT_EQ(model.num_params, 2);
  EXPECT_STREQ(model.params[0].name, "w");
  EXPECT_EQ(model.grads_used, model.params_bytes);
  EXPECT_EQ(model.learning_rate(3), 3.0);
  float *w = t.params.at<float>(model.params[0].offset);
  float *b = t.params.at<float>(model.params[1].offset);
  EXPECT_EQ(b[0], 0.0f);
  auto x = randomValues<float>(rows * kIn, 1);
  auto label = randomValues<float>(rows * kOut, 2);
  Expected expected(w, b, x, label, rows);
  std::vector<float> before(w, w + kIn * kOut);
  t.gradStep(x, label, rows);
  // Sums of at most 30 products of numbers near 1, in single precision.
  EXPECT_NEAR(t.loss.value, expected.loss, 1e-5 * expected.loss);
  float *gw = t.grads.at<float>(model.params[0].offset);
  float *gb = t.grads.at<float>(model.params[1].offset);
  for (int i = 0; i < kIn * kOut; ++i)
    ASSERT_NEAR(gw[i], expected.gw[i], 1e-5) << i;
  for (int i = 0; i < kOut; ++i)
    ASSERT_NEAR(gb[i], expected.gb[i], 1e-5) << i;
  t.applyStep();
  EXPECT_EQ(t.norm.flags, 0);
  EXPECT_NEAR(t.norm.value, expected.norm, 1e-5 * expected.norm);
  double scale = std::min(1.0, expected.norm) / expected.norm;
  for (int i = 0; i < kIn * kOut; ++i)
    ASSERT_NEAR(w[i], before[i] - 0.1 * scale * expected.gw[i], 1e-6) << i;
}

TEST(TrainStep, MatchesPlainLoops) {
  for (int64_t rows : {1, 7, kMaxRows})
    for (bool reference : {true, false})
      checkStep(reference, rows);
}

TEST(TrainStep, NonfiniteGradientChangesNothing) {
  Training t(1);
  Arena params(t.jit->model().params_bytes);
  std::vector<float> x(kMaxRows * kIn, 1.0f), label(kMaxRows * kOut, INFINITY);
  std::memcpy(params.get(), t.params.get(), t.jit->model().params_bytes);
  t.gradStep(x, label, kMaxRows);
  t.applyStep();
  EXPECT_EQ(t.norm.flags, KEEL_FLAG_NONFINITE);
  EXPECT_TRUE(params == t.params);
}

TEST(TrainStep, BitsDoNotDependOnTheSplit) {
  auto x = randomValues<float>(kMaxRows * kIn, 3);
  auto label = randomValues<float>(kMaxRows * kOut, 4);
  Training serial(1), two(2), three(3);
  for (Training *t : {&serial, &two, &three}) {
    for (int step = 0; step < 3; ++step) {
      t->gradStep(x, label, kMaxRows - 3 * step);
      t->applyStep();
    }
    EXPECT_EQ(t->loss.value, serial.loss.value);
    EXPECT_EQ(t->norm.value, serial.norm.value);
    EXPECT_TRUE(t->params == serial.params);
    EXPECT_TRUE(t->slots == serial.slots);
  }
}
