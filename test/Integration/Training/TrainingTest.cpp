//===- TrainingTest.cpp - Compiled training against plain loops -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <functional>

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

/// Compares the tensors of an arena with those that `expect` has for them.
static void
compareTensors(const Arena &arena, llvm::ArrayRef<keel_tensor> tensors,
               const std::function<std::vector<double>(std::string)> &expect,
               double tolerance, const std::string &vanishing) {
  for (const keel_tensor &tensor : tensors) {
    std::string name = tensor.name;
    std::vector<double> got = read(arena, tensor);
    if (vanishing.empty() || !name.ends_with(vanishing))
      expectClose(name, got, expect(name), tolerance);
    else
      EXPECT_LT(getError(got, std::vector<double>(got.size())), tolerance)
          << name;
  }
}

void test::checkTraining(Network &network, const Optimizer &optimizer,
                         const Clip &clip, unsigned seed,
                         const TrainingOptions &options) {
  PlainTrainer trainer(network, optimizer, clip);
  std::string text = options.text.empty()
                         ? network.getText(trainer.getAttributes())
                         : options.text;
  SCOPED_TRACE(text);
  auto jit = compile(text, {.maxRows = kRows, .reference = options.reference});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.init(seed);
  network.random.seed = seed;
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
  const keel_model &model = session.model;
  auto findHeld = [&](const std::string &name) {
    return network.find(name)->value.data;
  };
  auto findSlot = [&](const std::string &name) {
    return trainer.slots.at(name);
  };
  compareTensors(session.params, {model.params, size_t(model.num_params)},
                 findHeld, tolerance, options.vanishing);
  compareTensors(session.states, {model.states, size_t(model.num_states)},
                 findHeld, tolerance, options.vanishing);
  ASSERT_EQ(size_t(model.num_slots), trainer.slots.size());
  compareTensors(session.slots, {model.slots, size_t(model.num_slots)},
                 findSlot, tolerance, options.vanishing);
}
