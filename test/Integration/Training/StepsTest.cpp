//===- StepsTest.cpp - Twenty steps of many networks ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <tuple>

using namespace keel;
using namespace keel::test;

static const Schedule kCosine{
    .kind = Schedule::cosine, .steps = 15, .warmup = 4, .floor = 0.1};
static const Schedule kStep{.kind = Schedule::step, .every = 6, .factor = 0.5};

static const Optimizer kOptimizers[] = {
    {.rate = 0.1, .schedule = kCosine},
    {.rate = 0.05, .momentum = 0.9},
    {.kind = Optimizer::adam, .rate = 0.01, .schedule = kStep},
    {.rate = 0.05, .momentum = 0.8, .nesterov = true, .schedule = kCosine},
    {.rate = 0.1, .weightDecay = 0.05, .schedule = kStep},
    {.kind = Optimizer::adam,
     .rate = 0.02,
     .beta1 = 0.8,
     .beta2 = 0.99,
     .epsilon = 1e-3},
    {.rate = 0.05, .momentum = 0.9, .weightDecay = 0.01, .nesterov = true},
};

/// In f32 with an epsilon that keeps the quotient of two small numbers small:
/// gradients near 0 have few right digits.
static const Optimizer kScaling[] = {
    {.kind = Optimizer::adamw, .rate = 0.02, .epsilon = 1e-4},
    {.kind = Optimizer::adamw,
     .rate = 0.05,
     .weightDecay = 0.3,
     .beta1 = 0.8,
     .beta2 = 0.99,
     .epsilon = 1e-3,
     .schedule = kCosine},
    {.kind = Optimizer::rmsprop, .rate = 0.005, .epsilon = 1e-4},
    {.kind = Optimizer::rmsprop,
     .rate = 0.01,
     .epsilon = 1e-3,
     .decay = 0.7,
     .schedule = kStep},
    {.kind = Optimizer::adagrad, .rate = 0.05, .epsilon = 1e-4},
    {.kind = Optimizer::adagrad,
     .rate = 0.1,
     .epsilon = 1e-2,
     .schedule = kCosine},
};

/// Low enough to change gradients.
static const Clip kClips[] = {
    {},
    {.kind = Clip::value, .limit = 0.02},
    {.kind = Clip::norm, .limit = 0.1, .epsilon = 1e-6},
    {.kind = Clip::globalNorm, .limit = 0.3},
    {.kind = Clip::globalNorm, .limit = 0.3, .epsilon = 0.1},
};

static const char *const kActivations[] = {"relu", "leaky_relu", "sigmoid",
                                           "tanh"};
static const char *const kNorms[] = {"", "batch", "layer"};

namespace {

/// The element type and whether the code is the reference's scalar loops.
class Steps : public ::testing::TestWithParam<std::tuple<std::string, bool>> {
protected:
  std::string element = std::get<0>(GetParam());
  bool reference = std::get<1>(GetParam());
};

} // namespace

/// Twelve networks; optimizers, clips and losses go round, each at another
/// pace, so that they meet in many pairs.
TEST_P(Steps, Mlp) {
  unsigned index = 0;
  for (const char *activation : kActivations)
    for (const char *norm : kNorms) {
      // f32 is what is trained in; half the networks do for f64, and the other
      // half for the scalar loops, which are there to compare with.
      unsigned seed = index++;
      if ((element == "f32" && !reference) || seed % 2 == reference) {
        Loss loss = seed / 2 % 2 ? Loss::squares : Loss::classes;
        Network network = makeMlp(element, activation, norm, loss, seed);
        checkTraining(network, kOptimizers[seed % std::size(kOptimizers)],
                      kClips[seed % std::size(kClips)], seed,
                      {.reference = reference});
      }
    }
}

/// Optimizers that scale each element's step by its past gradients, and losses
/// of elements. AdamW decays a vector that asks.
TEST_P(Steps, Scaling) {
  const Loss losses[] = {Loss::signs, Loss::absolute, Loss::huber};
  unsigned index = 0;
  for (const Optimizer &optimizer : kScaling) {
    unsigned seed = 50 + index++;
    Network network = makeMlp(element, "tanh", seed % 2 ? "layer" : "",
                              losses[seed % std::size(losses)], seed);
    network.delta = 0.5;
    network.find("fc1.bias")->decays = true;
    checkTraining(network, optimizer, kClips[seed % std::size(kClips)], seed,
                  {.reference = reference});
  }
}

/// Running statistics of both kinds, a frozen norm, a shortcut, input
/// statistics, a frozen parameter, and weight decay on a vector that asks.
TEST_P(Steps, Residual) {
  Network network(element, 9, Loss::classes);
  Node *x = network.standardize(network.input(), "input");
  x = network.dense(x, "in", 24);
  for (std::string name : {"a", "b"}) {
    Node *h = network.batchNorm(
        x, name,
        {.decay = 0.7, .unbiased = name == "a", .frozen = name == "b"});
    h = network.dense(network.activation(h, "relu"), name + ".fc", 24);
    x = network.add(x, h);
  }
  network.dense(x, "out", 7);
  network.find("in.weight")->trainable = false;
  network.find("b.gamma")->decays = true;
  checkTraining(network, kOptimizers[6], kClips[3], 31,
                {.reference = reference});
}

/// Dense shortcuts that grow, gates, and two dropouts with masks of their own.
TEST_P(Steps, DenseShortcuts) {
  Network network(element, 9, Loss::classes);
  Node *x = network.dropout(network.input(), 0.2);
  for (std::string name : {"a", "b", "c"}) {
    Node *h = network.dense(x, name, 6);
    Node *gate = network.activation(h, "sigmoid");
    h = network.binary("mul", network.activation(h, "tanh"), gate);
    h = network.binary("sub", h, network.param(name + ".offset", 0, 6));
    x = network.concat({x, h});
  }
  network.dense(network.dropout(x, 0.5), "out", 7);
  checkTraining(network, kOptimizers[1], kClips[0], 37,
                {.reference = reference});
}

INSTANTIATE_TEST_SUITE_P(, Steps,
                         ::testing::Combine(::testing::Values("f32", "f64"),
                                            ::testing::Bool()),
                         [](const auto &info) {
                           return std::get<0>(info.param) +
                                  (std::get<1>(info.param) ? "_reference" : "");
                         });
