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

Network test::makeMlp(const std::string &element, const std::string &activation,
                      const std::string &norm, Loss loss, unsigned seed) {
  Draw draw(seed);
  Network network(element, draw.size(3, 20), loss);
  Node *x = network.input();
  for (std::string name : {"1", "2"}) {
    // A bias before a batch norm has the gradient 0, of which rounding leaves
    // noise that Adam would scale up.
    x = network.dense(x, "fc" + name, draw.size(5, 35), norm != "batch");
    if (norm == "batch")
      x = network.batchNorm(x, "norm" + name, {.unbiased = name == "2"});
    else if (norm == "layer")
      x = network.layerNorm(x, "norm" + name);
    x = activation == "leaky_relu" ? network.leakyRelu(x, 0.2)
                                   : network.activation(x, activation);
  }
  network.dense(x, "out", draw.size(2, 10));
  return network;
}

namespace {

/// Collects the largest difference over the largest value.
class Comparison {
public:
  /// 20 steps add up to a few hundred roundings on the way to a number, and
  /// they mostly cancel: a hundred times the type's precision, 1e-7 or 1e-16,
  /// with room for condition numbers (more of it in f64, where it is free).
  explicit Comparison(const std::string &element)
      : tolerance(element == "f32" ? 1e-5 : 1e-10) {}

  void compare(const std::string &name, const std::vector<double> &got,
               const std::vector<double> &expected) {
    ASSERT_EQ(got.size(), expected.size()) << name;
    double largest = 0, difference = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      largest = std::max(largest, std::abs(expected[i]));
      // Not std::max, which would drop a NaN.
      double here = std::abs(got[i] - expected[i]);
      difference = here > difference || std::isnan(here) ? here : difference;
    }
    double error = largest > 0 ? difference / largest : difference;
    EXPECT_LT(error, tolerance) << name;
    worst = std::max(worst, error);
  }

  const double tolerance;
  double worst = 0;
};

/// The numbers of each step that a run reports.
struct Curves {
  std::vector<double> losses, norms, rates;
};

} // namespace

static void compareTensors(Comparison &comparison, const Session &session,
                           const Network &network,
                           const PlainTrainer &trainer) {
  const keel_model &model = session.model;
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params))
    comparison.compare(t.name, read(session.params, t),
                       network.find(t.name)->value.data);
  for (const keel_tensor &t : llvm::ArrayRef(model.states, model.num_states))
    comparison.compare(t.name, read(session.states, t),
                       network.find(t.name)->value.data);
  ASSERT_EQ(size_t(model.num_slots), trainer.slots.size());
  for (const keel_tensor &t : llvm::ArrayRef(model.slots, model.num_slots)) {
    ASSERT_TRUE(trainer.slots.count(t.name)) << t.name;
    comparison.compare(t.name, read(session.slots, t),
                       trainer.slots.at(t.name));
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
  Comparison comparison(network.element);
  comparison.compare("losses", got.losses, expected.losses);
  comparison.compare("norms", got.norms, expected.norms);
  comparison.compare("learning rates", got.rates, expected.rates);
  compareTensors(comparison, session, network, trainer);
  ::testing::Test::RecordProperty("worst_error", format(comparison.worst));
}
