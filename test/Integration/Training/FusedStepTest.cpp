//===- FusedStepTest.cpp - One function for a step, the same bits ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"
#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace keel;
using namespace keel::test;

static const Optimizer kOptimizers[] = {
    {.rate = 0.1},
    {.rate = 0.05, .momentum = 0.9, .weightDecay = 0.01, .nesterov = true},
    {.kind = Optimizer::adam, .rate = 0.01},
    {.kind = Optimizer::adamw, .rate = 0.02, .weightDecay = 0.3},
    {.kind = Optimizer::rmsprop, .rate = 0.005},
    {.kind = Optimizer::adagrad,
     .rate = 0.05,
     .schedule = {.kind = Schedule::cosine, .steps = 5, .warmup = 2}},
};
/// No clip, and one that changes gradients.
static const Clip kClips[] = {{}, {.kind = Clip::value, .limit = 0.02}};

static void expectSameBits(const Session &a, const Session &b) {
  EXPECT_TRUE(a.params == b.params);
  EXPECT_TRUE(a.states == b.states);
  EXPECT_TRUE(a.slots == b.slots);
}

/// Six steps by one function and by two, the third and sixth on a partial
/// batch. False where there is no such function.
static bool compare(Network &network, const Optimizer &optimizer,
                    const Clip &clip, unsigned seed,
                    const CompileSettings &settings = {.maxRows = kRows}) {
  SCOPED_TRACE(optimizer.getText() + ", seed " + std::to_string(seed));
  PlainTrainer trainer(network, optimizer, clip);
  auto jit = compile(network.getText(trainer.getAttributes()), settings);
  if (!jit || !jit->model().train_step)
    return false;
  Session one(jit->model(), /*threads=*/2), two(jit->model());
  one.init(seed);
  two.init(seed);
  expectSameBits(one, two);
  Draw draw(seed);
  for (int t = 0; t < 6; ++t) {
    Batch batch = draw.batch(network, t % 3 == 2 ? kLastRows : kRows);
    keel_result fused = one.trainStep(batch, t, /*firstRow=*/3);
    keel_result loss = two.gradStep(batch, t, /*firstRow=*/3);
    keel_result applied = two.applyStep(t);
    EXPECT_EQ(fused.value, loss.value);
    EXPECT_EQ(fused.flags, applied.flags);
    expectSameBits(one, two);
  }
  return true;
}

TEST(FusedStep, GivesTheSameBits) {
  const char *const norms[] = {"batch", "layer", ""};
  unsigned index = 0;
  for (const Optimizer &optimizer : kOptimizers)
    for (const Clip &clip : kClips) {
      unsigned seed = index++;
      Network network =
          makeMlp(seed % 4 < 2 ? "f32" : "f64", seed % 2 ? "relu" : "tanh",
                  norms[seed % std::size(norms)],
                  seed / 2 % 2 ? Loss::squares : Loss::classes, seed);
      EXPECT_TRUE(compare(network, optimizer, clip, seed));
    }
}

TEST(FusedStep, GivesTheSameBitsInScalarLoops) {
  Network network = makeMlp("f32", "sigmoid", "batch", Loss::signs, 3);
  EXPECT_TRUE(compare(network, kOptimizers[1], kClips[0], 3,
                      {.maxRows = kRows, .reference = true}));
}

/// Shared weights, shortcuts, frozen parameters and norms, dropout. Some have a
/// parameter that the loss does not depend on, and no fused function.
TEST(FusedStep, GivesTheSameBitsForRandomNetworks) {
  int compared = 0;
  for (unsigned seed = 0; seed < 6; ++seed) {
    auto network = drawNetwork(seed, seed % 3 ? "f32" : "f64");
    compared +=
        compare(*network, kOptimizers[seed % 6], kClips[seed % 2], seed);
  }
  EXPECT_GE(compared, 4);
}

TEST(FusedStep, GivesTheSameBitsForASharedWeight) {
  for (std::string element : {"f32", "f64"}) {
    Network network(element, 24, Loss::squares);
    Held *weight = network.param("w", 24, 24);
    Node *x = network.input();
    for (int i = 0; i < 3; ++i)
      x = network.activation(network.dense(x, weight), "tanh");
    network.dense(network.dropout(x, 0.25), "out", 5);
    EXPECT_TRUE(compare(network, kOptimizers[2], kClips[0], 8));
  }
}

/// Wide enough for parallel loops over blocks.
TEST(FusedStep, GivesTheSameBitsOnTwoThreads) {
  Network network("f32", 70, Loss::classes);
  Node *x = network.dense(network.input(), "fc", 200);
  x = network.dropout(network.activation(x, "relu"), 0.25);
  network.dense(x, "out", 10);
  EXPECT_TRUE(compare(network, kOptimizers[1], kClips[0], 5));
}

TEST(FusedStep, IsLeftOutWhereClippingNeedsAllGradients) {
  for (Clip clip : {Clip{.kind = Clip::norm}, Clip{.kind = Clip::globalNorm}}) {
    Network network = makeMlp("f32", "tanh", "", Loss::squares, 5);
    PlainTrainer trainer(network, {}, clip);
    auto jit = compile(network.getText(trainer.getAttributes()));
    ASSERT_TRUE(jit);
    EXPECT_TRUE(jit->model().grad_step);
    EXPECT_FALSE(jit->model().train_step);
  }
}

namespace {

/// Two sessions of one model, after a good step.
class Undecided {
public:
  Undecided(const std::string &element, const Clip &clip)
      : network(element, 6, Loss::squares), draw(7) {
    // Without a norm, which would scale a large value away.
    Node *x = network.dense(network.input(), "fc", 20);
    network.dense(network.activation(x, "relu"), "out", 3);
    PlainTrainer trainer(network, kOptimizers[1], clip);
    jit = compile(network.getText(trainer.getAttributes()), {.maxRows = kRows});
  }

  /// The flags of both ways to take a step on a batch with `value` in its
  /// input. The fused one changes nothing where it does not decide.
  std::pair<int64_t, int64_t> step(double value) {
    SCOPED_TRACE(value);
    Session one(jit->model()), two(jit->model());
    one.init(7);
    two.init(7);
    Batch batch = draw.batch(network, kRows);
    EXPECT_EQ(one.trainStep(batch, 0).flags & KEEL_FLAG_UNDECIDED, 0);
    two.gradStep(batch, 0);
    two.applyStep(0);
    expectSameBits(one, two);
    batch.input.at(kRows / 2, 1) = value;
    int64_t flags = one.trainStep(batch, 1).flags;
    if (flags & KEEL_FLAG_UNDECIDED)
      expectSameBits(one, two);
    two.gradStep(batch, 1);
    int64_t exact = two.applyStep(1).flags;
    if (!(flags & KEEL_FLAG_UNDECIDED))
      expectSameBits(one, two);
    return {flags, exact};
  }

  std::unique_ptr<JitModule> jit;

private:
  Network network;
  Draw draw;
};

} // namespace

TEST(FusedStep, LeavesWhatIsNotFiniteToTheOthers) {
  for (std::string element : {"f32", "f64"})
    for (const Clip &clip : kClips) {
      Undecided subject(element, clip);
      ASSERT_TRUE(subject.jit);
      for (double bad : {double(INFINITY), -double(INFINITY), double(NAN)})
        EXPECT_EQ(subject.step(bad), std::pair(int64_t(KEEL_FLAG_UNDECIDED),
                                               int64_t(KEEL_FLAG_NONFINITE)));
    }
}

/// From gradients that are finite for sure to those that are not: the bound
/// gives up before they overflow.
TEST(FusedStep, LeavesWhatMayOverflowToTheOthers) {
  for (auto [element, first, last] :
       {std::tuple("f32", 1e17, 1e21), {"f64", 1e68, 1e80}}) {
    SCOPED_TRACE(element);
    Undecided subject(element, {});
    ASSERT_TRUE(subject.jit);
    int decided = 0, finite = 0, overflowed = 0;
    for (double value = first; value < last; value *= 2) {
      auto [flags, exact] = subject.step(value);
      if (exact) {
        EXPECT_EQ(exact, KEEL_FLAG_NONFINITE);
        EXPECT_EQ(flags, KEEL_FLAG_UNDECIDED);
        ++overflowed;
      } else if (flags) {
        EXPECT_EQ(flags, KEEL_FLAG_UNDECIDED);
        ++finite;
      } else {
        ++decided;
      }
    }
    EXPECT_GT(decided, 0);
    EXPECT_GT(finite, 0);
    EXPECT_GT(overflowed, 0);
  }
}
