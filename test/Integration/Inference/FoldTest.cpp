//===- FoldTest.cpp - Folded inference against unfolded -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"
#include "Compiled.h"
#include "Draw.h"
#include "gtest/gtest.h"
#include <set>

using namespace keel;
using namespace keel::test;

static constexpr int kMaxRows = 9;

/// Folding moves roundings, it adds a handful: as for the unfolded network, a
/// hundred times the type's precision, with more room in f64.
static double getTolerance(const Network &network) {
  return network.element == "f32" ? 1e-5 : 1e-10;
}

static std::set<std::string> getFoldedNames(const keel_model &model) {
  std::set<std::string> names;
  for (const keel_tensor &t : llvm::ArrayRef(model.folded, model.num_folded))
    names.insert(t.name);
  return names;
}

/// Outputs with and without folding, at points with statistics far from 0 and
/// 1, for every batch size. Returns the folded parameters' names.
static std::set<std::string> checkFolding(Network &network, unsigned seed) {
  std::string text = network.getText("");
  SCOPED_TRACE(text);
  auto folded =
      compile(text, {.mode = "infer", .maxRows = kMaxRows, .fold = true});
  auto unfolded =
      compile(text, {.mode = "infer", .maxRows = kMaxRows, .fold = false});
  if (!folded || !unfolded)
    return {};
  EXPECT_EQ(unfolded->model().fold, nullptr);
  EXPECT_EQ(unfolded->model().num_folded, 0);
  Session left(folded->model()), right(unfolded->model());
  Draw draw(seed);
  for (int rows = 1; rows <= kMaxRows; ++rows) {
    SCOPED_TRACE(std::to_string(rows) + " rows");
    draw.fill(network);
    left.load(network);
    right.load(network);
    Matrix input = draw.batch(network, rows).input;
    Matrix expected = right.infer(input), got = left.infer(input);
    expectClose("folded", got.data, expected.data, getTolerance(network));
    expectClose("unfolded", expected.data,
                network.forward(input, /*training=*/false).data,
                getTolerance(network));
  }
  return getFoldedNames(folded->model());
}

namespace {
class Fold : public ::testing::TestWithParam<const char *> {};
} // namespace

TEST_P(Fold, DenseWithAndWithoutBias) {
  Network network(GetParam(), 11, Loss::squares);
  Node *x = network.input();
  for (bool bias : {true, false}) {
    std::string name = bias ? "a" : "b";
    x = network.dense(x, "fc." + name, 17, bias);
    x = network.batchNorm(x, "bn." + name, {.epsilon = 1e-3});
    x = network.activation(x, "tanh");
  }
  network.dense(x, "out", 5);
  std::set<std::string> expected = {"fc.a.weight", "fc.a.bias",
                                    "fc.b.weight", "fc.b.weight.folded_bias",
                                    "out.weight",  "out.bias"};
  EXPECT_EQ(checkFolding(network, 1), expected);
}

/// A norm that folds beside those that must not: behind an activation, and
/// where the dense layer has another user.
TEST_P(Fold, LeavesWhatItMayNotTouch) {
  Network network(GetParam(), 8, Loss::squares);
  Node *x = network.dense(network.input(), "fc", 12);
  x = network.activation(network.batchNorm(x, "folds"), "relu");
  x = network.batchNorm(x, "behind.relu");
  Node *h = network.dense(x, "shared", 12);
  network.add(h, network.batchNorm(h, "beside"));
  std::set<std::string> names = checkFolding(network, 2);
  EXPECT_TRUE(names.count("behind.relu.gamma"));
  EXPECT_TRUE(names.count("beside.gamma"));
  EXPECT_FALSE(names.count("folds.gamma"));
}

/// Where nothing folds there is no fold, and `infer` takes the parameters.
TEST_P(Fold, NothingToFold) {
  Network network(GetParam(), 6, Loss::squares);
  network.batchNorm(network.activation(network.input(), "sigmoid"), "bn");
  EXPECT_TRUE(checkFolding(network, 3).empty());
}

INSTANTIATE_TEST_SUITE_P(, Fold, ::testing::Values("f32", "f64"),
                         [](const auto &info) { return info.param; });

/// One artifact that trains and infers: folded anew, `infer` follows.
TEST(FoldAndTrain, InferFollowsTheTrainedParameters) {
  Network network("f64", 6, Loss::squares);
  Node *x = network.dense(network.input(), "fc", 10, /*bias=*/false);
  x = network.activation(network.batchNorm(x, "bn", {.decay = 0.5}), "relu");
  network.dense(x, "out", 3);
  auto jit =
      compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.2>"),
              {.mode = "all", .maxRows = kMaxRows, .fold = true});
  ASSERT_TRUE(jit);
  ASSERT_NE(jit->model().fold, nullptr);
  Session session(jit->model());
  session.init(4);
  Draw draw(4);
  for (int t = 0; t < 3; ++t) {
    Batch batch = draw.batch(network, kMaxRows);
    Matrix before = session.infer(batch.input);
    session.gradStep(batch, t);
    session.applyStep(t);
    session.store(network);
    Matrix after = session.infer(batch.input);
    expectClose("outputs", after.data,
                network.forward(batch.input, /*training=*/false).data,
                getTolerance(network));
    EXPECT_GT(getError(after.data, before.data), 1e-3);
    // Evaluation takes the parameters as they are.
    double loss = session.eval(batch).value;
    EXPECT_NEAR(loss, network.getLoss(batch), 1e-10 * loss);
  }
}
