//===- FoldTest.cpp - Folded inference against unfolded -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FoldTest.h"
#include "Comparison.h"
#include "Compiled.h"
#include "Draw.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

/// Folding moves roundings, it adds a handful: as for the unfolded network, a
/// hundred times the type's precision, with more room in f64.
static double getTolerance(const Network &network) {
  return network.element == "f32" ? 1e-5 : 1e-12;
}

static std::set<std::string> getFoldedNames(const keel_model &model) {
  std::set<std::string> names;
  for (const keel_tensor &t : llvm::ArrayRef(model.folded, model.num_folded))
    names.insert(t.name);
  return names;
}

std::set<std::string> test::checkFolding(Network &network, unsigned seed,
                                         int maxRows) {
  std::string text = network.getText("");
  SCOPED_TRACE(text);
  auto folded =
      compile(text, {.mode = "infer", .maxRows = maxRows, .fold = true});
  auto unfolded =
      compile(text, {.mode = "infer", .maxRows = maxRows, .fold = false});
  if (!folded || !unfolded)
    return {};
  EXPECT_EQ(unfolded->model().fold, nullptr);
  EXPECT_EQ(unfolded->model().num_folded, 0);
  Session left(folded->model()), right(unfolded->model());
  Draw draw(seed);
  for (int rows = 1; rows <= maxRows; ++rows) {
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

/// Norms that fold either way beside one that must not: where the dense layer
/// and the norm have other users.
TEST_P(Fold, LeavesWhatItMayNotTouch) {
  Network network(GetParam(), 8, Loss::squares);
  Node *x = network.dense(network.input(), "fc", 12);
  x = network.activation(network.batchNorm(x, "backwards"), "relu");
  x = network.batchNorm(x, "forwards");
  Node *h = network.dense(x, "shared", 12);
  network.add(h, network.batchNorm(h, "beside"));
  std::set<std::string> names = checkFolding(network, 2);
  EXPECT_TRUE(names.count("beside.gamma"));
  EXPECT_FALSE(names.count("backwards.gamma"));
  EXPECT_FALSE(names.count("forwards.gamma"));
}

/// The norm behind an activation goes into each layer that reads it, with and
/// without a bias.
TEST_P(Fold, BatchNormForwards) {
  Network network(GetParam(), 9, Loss::squares);
  Node *x = network.activation(network.input(), "sigmoid");
  x = network.batchNorm(x, "bn", {.epsilon = 1e-3});
  Node *a = network.dense(x, "a", 13, /*bias=*/true);
  network.add(a, network.dense(x, "b", 13, /*bias=*/false));
  std::set<std::string> expected = {"a.weight", "a.bias", "b.weight",
                                    "b.weight.folded_bias"};
  EXPECT_EQ(checkFolding(network, 4), expected);
}

TEST_P(Fold, Standardize) {
  Network network(GetParam(), 7, Loss::squares);
  Node *x = network.standardize(network.input(), "in", 1e-3);
  network.dense(x, "fc", 10, /*bias=*/false);
  std::set<std::string> expected = {"fc.weight", "fc.weight.folded_bias"};
  EXPECT_EQ(checkFolding(network, 5), expected);
}

TEST_P(Fold, LayerNormAffine) {
  Network network(GetParam(), 7, Loss::squares);
  Node *x = network.layerNorm(network.input(), "ln", 1e-3);
  network.dense(x, "fc", 10);
  std::set<std::string> expected = {"fc.weight", "fc.bias"};
  EXPECT_EQ(checkFolding(network, 6), expected);
}

/// Four norms in one layer: before it standardization and a batch norm, behind
/// it two.
TEST_P(Fold, Chain) {
  Network network(GetParam(), 6, Loss::squares);
  Node *x = network.standardize(network.input(), "in");
  x = network.dense(network.batchNorm(x, "before"), "fc", 8);
  network.batchNorm(network.batchNorm(x, "first"), "second");
  std::set<std::string> expected = {"fc.weight", "fc.bias"};
  EXPECT_EQ(checkFolding(network, 7), expected);
}

/// Into ranges of rows, in and between those of other values.
TEST_P(Fold, ThroughConcat) {
  Network network(GetParam(), 5, Loss::squares);
  Node *x = network.input();
  Node *a = network.batchNorm(x, "a"), *b = network.standardize(x, "b");
  Node *c = network.concat({a, network.activation(x, "relu"), b});
  network.dense(network.concat({x, c, a}), "fc", 17);
  std::set<std::string> expected = {"fc.weight", "fc.bias"};
  EXPECT_EQ(checkFolding(network, 9), expected);
}

/// Three layers of one weight: two take up a norm, the third keeps it.
TEST_P(Fold, SharedWeight) {
  Network network(GetParam(), 6, Loss::squares);
  Held *weight = network.param("weight", 6, 6),
       *bias = network.param("bias", 0, 6);
  Node *x =
      network.batchNorm(network.dense(network.input(), weight, bias), "a");
  x = network.activation(x, "tanh");
  x = network.dense(network.batchNorm(x, "b"), weight, bias);
  network.dense(network.activation(x, "tanh"), weight, bias);
  std::set<std::string> expected = {"weight.folded", "weight.folded.2",
                                    "weight",        "bias.folded",
                                    "bias.folded.2", "bias"};
  EXPECT_EQ(checkFolding(network, 8), expected);
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
              {.mode = "all", .maxRows = 9, .fold = true});
  ASSERT_TRUE(jit);
  ASSERT_NE(jit->model().fold, nullptr);
  Session session(jit->model());
  session.init(4);
  Draw draw(4);
  for (int t = 0; t < 3; ++t) {
    Batch batch = draw.batch(network, 9);
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
