//===- NonfiniteTest.cpp - A gradient that is not finite changes nothing --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace keel;
using namespace keel::test;

static void copy(Arena &to, const Arena &from, int64_t bytes) {
  std::memcpy(to.get(), from.get(), bytes);
}

/// Three good steps, one on a batch that holds `bad`, and one good one more.
static void checkStep(const std::string &element, const Optimizer &optimizer,
                      const Clip &clip, double bad) {
  Network network = makeMlp(element, "tanh", "batch", Loss::squares, 5);
  PlainTrainer trainer(network, optimizer, clip);
  auto jit =
      compile(network.getText(trainer.getAttributes()), {.maxRows = kRows});
  ASSERT_TRUE(jit);
  const keel_model &model = jit->model();
  Session session(model);
  session.init(1);
  Draw draw(2);
  for (int t = 0; t < 3; ++t) {
    session.gradStep(draw.batch(network, kRows), t);
    session.applyStep(t);
  }
  Arena params(model.params_bytes), states(model.states_bytes),
      slots(model.slots_bytes);
  copy(params, session.params, model.params_bytes);
  copy(states, session.states, model.states_bytes);
  copy(slots, session.slots, model.slots_bytes);

  Batch batch = draw.batch(network, kRows);
  batch.input.at(kRows / 2, 1) = bad;
  session.gradStep(batch, 3);
  keel_result result = session.applyStep(3);
  EXPECT_EQ(result.flags, KEEL_FLAG_NONFINITE);
  EXPECT_FALSE(std::isfinite(result.value));
  EXPECT_TRUE(session.params == params);
  EXPECT_TRUE(session.states == states);
  EXPECT_TRUE(session.slots == slots);

  session.gradStep(draw.batch(network, kRows), 4);
  result = session.applyStep(4);
  EXPECT_EQ(result.flags & KEEL_FLAG_NONFINITE, 0);
  EXPECT_TRUE(std::isfinite(result.value));
  EXPECT_FALSE(session.params == params);
  EXPECT_FALSE(session.states == states);
  EXPECT_FALSE(session.slots == slots);
}

TEST(Nonfinite, SgdKeepsItsBits) {
  checkStep("f32", {.momentum = 0.9, .weightDecay = 0.1}, {}, INFINITY);
  checkStep("f64", {.momentum = 0.9}, {.kind = Clip::globalNorm}, NAN);
}

TEST(Nonfinite, AdamKeepsItsBitsAndItsCount) {
  checkStep("f32", {.kind = Optimizer::adam},
            {.kind = Clip::value, .limit = 0.1}, NAN);
  checkStep("f64", {.kind = Optimizer::adam}, {.kind = Clip::norm}, -INFINITY);
}
