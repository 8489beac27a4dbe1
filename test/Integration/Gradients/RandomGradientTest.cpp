//===- RandomGradientTest.cpp - Gradients of random networks --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientTest.h"
#include "RandomNetwork.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

static constexpr unsigned kNetworks = 200, kShards = 8;

namespace {
class RandomGradient : public ::testing::TestWithParam<unsigned> {};
} // namespace

/// Two batches each, of sizes that go round from 2 to 9.
TEST_P(RandomGradient, Networks) {
  for (unsigned seed = GetParam(); seed <= kNetworks; seed += kShards) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::unique_ptr<Network> network = drawNetwork(seed, "f64");
    int rows = 2 + seed / kShards % 7;
    checkGradients(*network, seed, rows, rows + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(, RandomGradient, ::testing::Range(1u, kShards + 1));

/// The generator leaves nothing out.
TEST(RandomNetwork, HasEveryOp) {
  std::map<std::string, int> counts;
  for (unsigned seed = 1; seed <= kNetworks; ++seed)
    countOps(drawNetwork(seed, "f64")->getText(""), counts);
  for (const char *op :
       {"dense",       "relu",         "leaky_relu", "prelu",      "elu",
        "selu",        "gelu",         "silu",       "softplus",   "softsign",
        "sigmoid",     "hard_sigmoid", "hard_swish", "tanh",       "softmax",
        "log_softmax", "standardize",  "batch_norm", "layer_norm", "rms_norm",
        "add",         "sub",          "mul",        "concat",     "dropout"})
    EXPECT_GE(counts[std::string("keel.") + op], 5) << op;
}
