//===- TrainingTest.cpp - Compiled training against plain loops -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace keel;
using namespace keel::test;

namespace {

/// The numbers of each step that a run reports.
struct Curves {
  std::vector<double> losses, norms, rates;
};

} // namespace

/// 20 steps add up to a few hundred roundings on the way to a number, and they
/// mostly cancel: a hundred times the type's precision, 1e-7 or 1e-16, with
/// room for condition numbers (more of it in f64, where it is free).
static double getTolerance(const Network &network) {
  return network.element == "f32" ? 1e-5 : 1e-10;
}

static void compareTensors(const Session &session, const Network &network,
                           const PlainTrainer &trainer) {
  double tolerance = getTolerance(network);
  const keel_model &model = session.model;
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params))
    expectClose(t.name, read(session.params, t),
                network.find(t.name)->value.data, tolerance);
  for (const keel_tensor &t : llvm::ArrayRef(model.states, model.num_states))
    expectClose(t.name, read(session.states, t),
                network.find(t.name)->value.data, tolerance);
  ASSERT_EQ(size_t(model.num_slots), trainer.slots.size());
  for (const keel_tensor &t : llvm::ArrayRef(model.slots, model.num_slots)) {
    ASSERT_TRUE(trainer.slots.count(t.name)) << t.name;
    expectClose(t.name, read(session.slots, t), trainer.slots.at(t.name),
                tolerance);
  }
}

void test::checkTraining(Network &network, const Optimizer &optimizer,
                         const Clip &clip, unsigned seed, bool reference) {
  PlainTrainer trainer(network, optimizer, clip);
  std::string text = network.getText(trainer.getAttributes());
  SCOPED_TRACE(text);
  auto jit = compile(text, {.maxRows = kRows, .reference = reference});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.init(seed);
  session.store(network);
  Draw draw(seed);
  Curves got, expected;
  int clipped = 0;
  for (int t = 0; t < kSteps; ++t) {
    Batch batch = draw.batch(network, t % 5 == 4 ? kLastRows : kRows);
    PlainTrainer::Report plain = trainer.step(batch, t);
    got.losses.push_back(session.gradStep(batch, t).value);
    keel_result applied = session.applyStep(t);
    got.norms.push_back(applied.value);
    got.rates.push_back(session.model.learning_rate(t));
    expected.losses.push_back(plain.loss);
    expected.norms.push_back(plain.norm);
    expected.rates.push_back(optimizer.rate * optimizer.schedule.getFactor(t));
    EXPECT_EQ(applied.flags, plain.clipped ? KEEL_FLAG_CLIPPED : 0) << t;
    clipped += plain.clipped;
  }
  EXPECT_EQ(clipped > 0, clip.kind != Clip::none) << "the limit is no test";
  double tolerance = getTolerance(network);
  expectClose("losses", got.losses, expected.losses, tolerance);
  expectClose("norms", got.norms, expected.norms, tolerance);
  expectClose("learning rates", got.rates, expected.rates, tolerance);
  compareTensors(session, network, trainer);
}
