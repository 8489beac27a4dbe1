//===- BoundsTest.cpp - No access of generated code is out of bounds ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"
#include "TrainingTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

/// Trains and runs a network by code that checks each access, which ends the
/// process where one is wrong. To be checked changes no bit.
static void checkNetwork(Network &network, unsigned seed,
                         const Optimizer &optimizer, int rows) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::string text =
      network.getText(PlainTrainer(network, optimizer, {}).getAttributes());
  for (const char *mode : {"train", "infer"}) {
    bool trains = mode == std::string("train");
    CompileSettings settings = {.mode = mode, .maxRows = rows, .fold = !trains};
    auto plain = compile(text, settings);
    settings.checkBounds = true;
    auto checked = compile(text, settings);
    ASSERT_TRUE(plain && checked);
    Session one(plain->model()), two(checked->model(), /*threads=*/2);
    Draw draw(seed), values(seed + 1);
    if (!trains) {
      values.fill(network);
      for (Session *session : {&one, &two})
        session->load(network);
      // All rows, and fewer than a tile of a product has.
      for (int count : {rows, 1}) {
        Matrix input = draw.batch(network, count).input;
        EXPECT_TRUE(one.infer(input).data == two.infer(input).data);
      }
      continue;
    }
    for (Session *session : {&one, &two})
      session->init(seed);
    for (int t = 0; t < 3; ++t) {
      Batch batch = draw.batch(network, t == 1 ? std::max(2, rows / 2) : rows);
      for (Session *session : {&one, &two}) {
        session->gradStep(batch, t);
        session->applyStep(t);
        if (session->model.train_step)
          session->trainStep(batch, t);
      }
      EXPECT_EQ(one.eval(batch).value, two.eval(batch).value);
    }
    EXPECT_TRUE(one.params == two.params);
    EXPECT_TRUE(one.states == two.states);
    EXPECT_TRUE(one.slots == two.slots);
  }
}

TEST(Bounds, RandomNetworksKeepThem) {
  for (unsigned seed = 300; seed < 306; ++seed) {
    auto network = drawNetwork(seed, seed % 3 ? "f32" : "f64");
    checkNetwork(*network, seed, {.rate = 0.1, .momentum = 0.9}, kRows);
  }
}

/// Widths around those of tiles and panels, and more rows than a block has.
TEST(Bounds, WideNetworksKeepThem) {
  unsigned seed = 0;
  for (auto [in, width, out, rows] :
       {std::array{70, 200, 10, 40}, {33, 129, 65, 7}, {256, 256, 1, 17}}) {
    Network network("f32", in, out > 1 ? Loss::classes : Loss::squares);
    Node *x = network.activation(
        network.batchNorm(network.dense(network.input(), "fc", width), "norm"),
        "gelu");
    network.dense(network.concat({x, network.dropout(x, 0.25)}), "out", out);
    checkNetwork(network, ++seed,
                 {.kind = Optimizer::adamw, .rate = 0.01, .weightDecay = 0.1},
                 rows);
  }
}

/// Reads the element that another one names, which no bound holds back.
static constexpr char kGather[] = R"(
#id = affine_map<(d0, d1) -> (d0, d1)>
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %table = keel.param "table" init(#keel.ones) : tensor<4xf32>
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x4xf32>
  %empty = tensor.empty(%rows) : tensor<?x4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%empty : tensor<?x4xf32>) {
    ^bb0(%e: f32, %o: f32):
      %i = arith.fptosi %e : f32 to i64
      %at = arith.index_cast %i : i64 to index
      %v = tensor.extract %table[%at] : tensor<4xf32>
      linalg.yield %v : f32
  } -> tensor<?x4xf32>
  keel.return %y : tensor<?x4xf32>
})";

TEST(BoundsDeathTest, AnAccessBeyondAnEndAborts) {
  auto jit =
      compile(kGather, {.mode = "infer", .maxRows = 2, .checkBounds = true});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  std::memset(session.params.get(), 0, 16);
  Matrix input(2, 4);
  for (double good : {0.0, 3.0}) {
    input.at(1, 2) = good;
    EXPECT_EQ(session.infer(input).at(1, 2), 0.0);
  }
  for (double bad : {4.0, -1.0}) {
    input.at(1, 2) = bad;
    EXPECT_DEATH(session.infer(input),
                 "error: memref.load in infer.* is out of bounds");
  }
}
