//===- InferTest.cpp - Inference and evaluation against plain loops -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"
#include "Compiled.h"
#include "Draw.h"
#include "Mlp.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace keel;
using namespace keel::test;

static constexpr int kMaxRows = 9;

/// A few hundred roundings of 1e-7 or 1e-16, with room for condition numbers.
static double getTolerance(const std::string &element) {
  return element == "f32" ? 1e-5 : 1e-10;
}

/// Outputs, losses and rows right for every batch size.
static void checkInference(Network &network, unsigned seed) {
  // Training's functions beside those of inference, as one artifact has them.
  std::string text =
      network.getText("optimizer = #keel.sgd<learning_rate = 0.1>");
  SCOPED_TRACE(text);
  auto jit = compile(text, {.mode = "all", .maxRows = kMaxRows});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  Draw draw(seed);
  draw.fill(network);
  session.load(network);
  double tolerance = getTolerance(network.element);
  for (int rows = 1; rows <= kMaxRows; ++rows) {
    SCOPED_TRACE(std::to_string(rows) + " rows");
    Batch batch = draw.batch(network, rows);
    Matrix expected = network.forward(batch.input, /*training=*/false);
    Matrix output = session.infer(batch.input);
    expectClose("outputs", output.data, expected.data, tolerance);
    keel_result result = session.eval(batch);
    expectClose("loss", {result.value}, {network.getLoss(batch)}, tolerance);
    EXPECT_EQ(result.flags, network.countCorrect(batch));
  }
}

namespace {
class Infer : public ::testing::TestWithParam<const char *> {};
} // namespace

TEST_P(Infer, Mlp) {
  unsigned seed = 0;
  for (const char *kind : {"relu", "leaky_relu", "sigmoid", "tanh", "prelu",
                           "selu", "softmax", "gelu"}) {
    const char *norms[] = {"batch", "layer", "", "rms"};
    // A row that is right by a wide margin has a loss of classes near 0, of
    // which rounding leaves no digit.
    Loss loss = seed == 3               ? Loss::signs
                : seed == 2 || seed > 3 ? Loss::squares
                                        : Loss::classes;
    Network network = makeMlp(GetParam(), kind, norms[seed % 4], loss, seed);
    checkInference(network, seed++);
  }
}

/// One op, alone, for every batch size: a few roundings, in f32 also those of
/// a polynomial, in f64 also libm's.
TEST_P(Infer, OpsAlone) {
  double tolerance = GetParam() == std::string("f32") ? 4e-7 : 1e-14;
  std::vector<std::string> ops = getUnaryKinds();
  ops.push_back("rms_norm");
  Draw draw(17);
  for (const std::string &op : ops)
    for (int features : {1, draw.size(2, 8), draw.size(9, 70)}) {
      Network network(GetParam(), features, Loss::squares);
      op == "rms_norm" ? network.rmsNorm(network.input(), "rms")
                       : network.unary(network.input(), op, "act");
      std::string text = network.getText("");
      SCOPED_TRACE(text);
      auto jit = compile(text, {.mode = "infer", .maxRows = kMaxRows});
      ASSERT_TRUE(jit);
      Session session(jit->model());
      for (int rows = 1; rows <= kMaxRows; ++rows) {
        draw.fill(network);
        session.load(network);
        Matrix input = draw.batch(network, rows).input;
        for (double &x : input.data)
          x *= 4; // beyond the kinks of hard_swish
        expectClose(op, session.infer(input).data,
                    network.forward(input, /*training=*/false).data, tolerance);
      }
    }
}

TEST_P(Infer, StandardizedResidual) {
  Network network(GetParam(), 9, Loss::classes);
  Node *x = network.standardize(network.input(), "input");
  x = network.dense(x, "in", 24);
  for (std::string name : {"a", "b"}) {
    Node *h = network.batchNorm(x, name, {.frozen = name == "b"});
    h = network.dense(network.activation(h, "relu"), name + ".fc", 24);
    x = network.add(x, h);
  }
  network.dense(x, "out", 7);
  checkInference(network, 41);
}

TEST_P(Infer, DenseShortcuts) {
  Network network(GetParam(), 5, Loss::classes);
  Node *x = network.dropout(network.input(), 0.5);
  for (std::string name : {"a", "b", "c"}) {
    Node *h = network.activation(network.dense(x, name, 7), "relu");
    h = network.binary("mul", h, network.param(name + ".gate", 0, 7));
    x = network.concat({h, x, network.binary("sub", h, h)});
  }
  network.dense(x, "out", 4);
  checkInference(network, 43);
}

/// Ops of arith and math, each summed into the result.
TEST_P(Infer, UpstreamOps) {
  Network network(GetParam(), 5, Loss::squares);
  Node *left =
      network.activation(network.dense(network.input(), "left", 11), "tanh");
  Node *right =
      network.activation(network.dense(network.input(), "right", 11), "tanh");
  Node *positive = network.elementwise("math.exp", left);
  Node *sum = network.elementwise("math.powf", positive, right);
  auto addUp = [&](Node *term) {
    sum = network.elementwise("arith.addf", sum, term);
  };
  for (const char *op : {"math.log", "math.rsqrt", "math.sqrt"})
    addUp(network.elementwise(op, positive));
  for (const char *op : {"arith.negf", "math.absf", "math.cos", "math.erf",
                         "math.sin", "math.tanh"})
    addUp(network.elementwise(op, right));
  for (const char *op :
       {"arith.subf", "arith.mulf", "arith.maximumf", "arith.minimumf"})
    addUp(network.elementwise(op, left, right));
  addUp(network.elementwise("arith.divf", right, positive));
  checkInference(network, 43);
}

INSTANTIATE_TEST_SUITE_P(, Infer, ::testing::Values("f32", "f64"),
                         [](const auto &info) { return info.param; });

/// Running statistics are what inference reads: a step of training moves them,
/// and the outputs with them.
TEST(Inference, FollowsTheRunningStatistics) {
  Network network("f64", 4, Loss::squares);
  Node *x = network.dense(network.input(), "fc", 6, /*bias=*/false);
  network.batchNorm(x, "bn", {.decay = 0.5});
  auto jit = compile(network.getText("optimizer = #keel.sgd<learning_rate = "
                                     "0.1>"),
                     {.mode = "all", .maxRows = kMaxRows});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  Draw draw(3);
  session.init(3);
  Batch batch = draw.batch(network, kMaxRows);
  Matrix before = session.infer(batch.input);
  session.gradStep(batch);
  EXPECT_EQ(session.infer(batch.input).data, before.data)
      << "before the step is applied nothing changes";
  session.applyStep();
  session.store(network);
  Matrix after = session.infer(batch.input);
  expectClose("outputs", after.data,
              network.forward(batch.input, /*training=*/false).data,
              getTolerance("f64"));
  EXPECT_GT(getError(after.data, before.data), 1e-3);
}

/// Of equal logits the first counts; a NaN is never right.
TEST(Inference, CountsRowsRight) {
  Network network("f32", 3, Loss::classes);
  network.addToRows(network.input(), network.param("offset", 0, 3));
  auto jit = compile(network.getText(""), {.mode = "eval", .maxRows = 4});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.load(network); // zeros
  Batch batch;
  batch.input = Matrix(4, 3);
  batch.input.data = {1, 1, 0, 1, 1, 0, 0, NAN, 2, -3, -2, -1};
  batch.classes = {0, 1, 1, 2};
  EXPECT_EQ(session.eval(batch).flags, 2);
  batch.input.data[7] = 0;
  batch.classes = {0, 0, 2, 0};
  EXPECT_EQ(session.eval(batch).flags, 3);
}

/// Flattening moves nothing, wherever it stands.
TEST(Inference, Flatten) {
  auto jit = compile(R"(
    keel.model @m(%x: tensor<?x2x3xf64>) -> (tensor<?x6xf64>, tensor<?x12xf64>) {
      %a = keel.flatten %x : tensor<?x2x3xf64>
      %two = keel.concat %x, %x : tensor<?x2x3xf64>, tensor<?x2x3xf64>
      %b = keel.flatten %two : tensor<?x2x6xf64>
      keel.return %a, %b : tensor<?x6xf64>, tensor<?x12xf64>
    })",
                     {.mode = "infer", .maxRows = 2});
  ASSERT_TRUE(jit);
  keel_context context;
  keel_pool_context(nullptr, &context);
  Arena scratch(jit->model().scratch_bytes);
  std::vector<double> x(12), a(12), b(24);
  std::iota(x.begin(), x.end(), 0.0);
  const void *inputs[] = {x.data()};
  void *outputs[] = {a.data(), b.data()};
  jit->model().infer(&context, nullptr, nullptr, scratch.get(), inputs, outputs,
                     2);
  EXPECT_EQ(a, x);
  std::vector<double> expected = {0, 1, 2, 0, 1, 2, 3, 4,  5,  3, 4,  5,
                                  6, 7, 8, 6, 7, 8, 9, 10, 11, 9, 10, 11};
  EXPECT_EQ(b, expected);
}

/// Ops of arith and math compute on tensors beside Keel's own, and a result
/// may be given twice or be an input.
TEST(Inference, OtherDialectsAndSeveralResults) {
  auto jit = compile(R"(
    keel.model @m(%x: tensor<?x4xf64>)
        -> (tensor<?x4xf64>, tensor<?x4xf64>, tensor<?x4xf64>) {
      %half = arith.constant dense<0.5> : tensor<4xf64>
      %shifted = keel.add %x, %half : tensor<?x4xf64>, tensor<4xf64>
      %squares = arith.mulf %shifted, %x : tensor<?x4xf64>
      %y = math.cos %squares : tensor<?x4xf64>
      keel.return %y, %y, %x : tensor<?x4xf64>, tensor<?x4xf64>, tensor<?x4xf64>
    })",
                     {.mode = "infer", .maxRows = kMaxRows});
  ASSERT_TRUE(jit);
  const keel_model &model = jit->model();
  ASSERT_EQ(model.num_outputs, 3);
  keel_context context;
  keel_pool_context(nullptr, &context);
  Arena params(model.params_bytes), states(model.states_bytes),
      scratch(model.scratch_bytes);
  std::vector<double> x(5 * 4), expected;
  Draw draw(9);
  for (double &value : x) {
    value = draw.normal();
    expected.push_back(std::cos((value + 0.5) * value));
  }
  std::vector<std::vector<double>> results(3, std::vector<double>(x.size()));
  const void *inputs[] = {x.data()};
  void *outputs[] = {results[0].data(), results[1].data(), results[2].data()};
  model.infer(&context, params.get(), states.get(), scratch.get(), inputs,
              outputs, 5);
  expectClose("first", results[0], expected, getTolerance("f64"));
  EXPECT_EQ(results[1], results[0]);
  EXPECT_EQ(results[2], x);
}
