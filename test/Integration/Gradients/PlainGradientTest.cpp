//===- PlainGradientTest.cpp - Adjoints in both precisions ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Differences need double precision; these are the same adjoints in single
// precision and in scalar loops, against the plain ones.

#include "Comparison.h"
#include "GradientTest.h"
#include "gtest/gtest.h"
#include <tuple>

using namespace keel;
using namespace keel::test;

static constexpr int kMaxRows = 9;

namespace {

/// The element type and whether the code is the reference's scalar loops.
class PlainGradient
    : public ::testing::TestWithParam<std::tuple<std::string, bool>> {
protected:
  std::string element = std::get<0>(GetParam());
  bool reference = std::get<1>(GetParam());

  /// A layer below the op, so that its input has a gradient, and one above.
  Network makeNetwork(const std::string &op, Draw &draw) const;
  void check(const std::string &op, unsigned seed) const;
};

} // namespace

// Gradients of several numbers each: a lone one may cancel to nothing, and no
// digit of it is right then.
Network PlainGradient::makeNetwork(const std::string &op, Draw &draw) const {
  Network network(element, draw.size(3, 9), Loss::squares);
  Node *x = network.dense(network.input(), "below", draw.size(8, 40),
                          /*bias=*/false);
  x = op == "rms_norm" ? network.rmsNorm(x, "op") : network.unary(x, op, "op");
  network.dense(x, "above", draw.size(3, 5), /*bias=*/false);
  return network;
}

/// All parameters' gradients for every batch size, at points that are away
/// from kinks, where a rounding would change sides.
void PlainGradient::check(const std::string &op, unsigned seed) const {
  // Sums of up to 40 products on each of two layers: a hundred times the
  // type's precision, with more room in f64.
  double tolerance = element == "f32" ? 1e-5 : 1e-12;
  Draw draw(seed);
  Network network = makeNetwork(op, draw);
  std::string text =
      network.getText("optimizer = #keel.sgd<learning_rate = 0.1>");
  SCOPED_TRACE(text);
  auto jit = compile(text, {.maxRows = kMaxRows, .reference = reference});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  for (int rows = 1; rows <= kMaxRows; ++rows) {
    Batch batch;
    do {
      batch = draw.batch(network, rows);
      draw.fill(network);
      network.forward(batch.input, /*training=*/true);
    } while (network.getKinkDistance(batch) < 1e-5);
    session.load(network);
    double loss = session.gradStep(batch).value;
    double expected = network.getLoss(batch, /*withGradient=*/true);
    expectClose("loss", {loss}, {expected}, tolerance);
    for (int i = 0; i < session.model.num_params; ++i) {
      const keel_tensor &param = session.model.params[i];
      expectClose(param.name, read(session.grads, param),
                  network.find(param.name)->gradient.data, tolerance);
    }
  }
}

TEST_P(PlainGradient, Activations) {
  unsigned seed = 1;
  for (const std::string &kind : getUnaryKinds())
    check(kind, seed++);
}

TEST_P(PlainGradient, RmsNorm) {
  for (unsigned seed : {41, 42})
    check("rms_norm", seed);
}

INSTANTIATE_TEST_SUITE_P(, PlainGradient,
                         ::testing::Combine(::testing::Values("f32", "f64"),
                                            ::testing::Bool()),
                         [](const auto &info) {
                           return std::get<0>(info.param) +
                                  (std::get<1>(info.param) ? "_reference" : "");
                         });
