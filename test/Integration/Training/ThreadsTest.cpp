//===- ThreadsTest.cpp - The same bits on any number of threads -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

static constexpr int kBatch = 64;

static void checkBits(const std::string &element, const std::string &norm,
                      const Optimizer &optimizer) {
  // Wide enough for several blocks of columns, for parallel loops.
  Network network(element, 70, Loss::classes);
  Node *x = network.dense(network.input(), "fc", 200, norm != "batch");
  x = norm == "batch" ? network.batchNorm(x, "norm")
                      : network.layerNorm(x, "norm");
  x = network.dropout(network.activation(x, "sigmoid"), 0.25);
  network.dense(x, "out", 10);
  PlainTrainer trainer(network, optimizer,
                       {.kind = Clip::globalNorm, .limit = 0.2});
  auto jit =
      compile(network.getText(trainer.getAttributes()), {.maxRows = kBatch});
  ASSERT_TRUE(jit);
  std::vector<std::unique_ptr<Session>> sessions;
  for (int threads : {1, 2, 3}) {
    sessions.push_back(std::make_unique<Session>(jit->model(), threads));
    Session &session = *sessions.back();
    session.init(3);
    Draw draw(4);
    for (int t = 0; t < kSteps; ++t) {
      session.gradStep(draw.batch(network, t % 5 == 4 ? kLastRows : kBatch), t);
      session.applyStep(t);
    }
    EXPECT_GT(session.parallelLoops, kSteps);
    EXPECT_TRUE(session.params == sessions.front()->params) << threads;
    EXPECT_TRUE(session.states == sessions.front()->states) << threads;
    EXPECT_TRUE(session.slots == sessions.front()->slots) << threads;
  }
}

TEST(Threads, GiveTheSameBits) {
  checkBits("f32", "batch", {.rate = 0.1, .momentum = 0.9});
  checkBits("f32", "layer", {.kind = Optimizer::adam, .rate = 0.01});
  checkBits("f64", "batch", {.kind = Optimizer::adam, .rate = 0.01});
}
