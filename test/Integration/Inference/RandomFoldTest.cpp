//===- RandomFoldTest.cpp - Random networks, folded and unfolded ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Draw.h"
#include "FoldTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

namespace {

/// Grows a network of what folds, what does not, and shared weights, in random
/// order.
class RandomNetwork {
public:
  RandomNetwork(const std::string &element, unsigned seed)
      : draw(seed), network(element, draw.size(4, 9), Loss::squares),
        values{network.input()} {
    for (int left = draw.size(6, 12); left > 0; --left)
      values.push_back(grow());
  }

  Draw draw;
  Network network;

private:
  Node *grow() {
    // Often the last value, so that chains come up.
    int last = int(values.size()) - 1;
    Node *x = values[draw.size(0, 2) ? last : draw.size(0, last)];
    std::string name = "n" + std::to_string(last);
    switch (draw.size(0, 9)) {
    case 0:
    case 1:
      return addDense(x, name);
    case 2:
    case 3:
    case 4:
      return network.batchNorm(x, name, {.epsilon = 1e-3});
    case 5:
      return network.standardize(x, name);
    case 6:
      return network.layerNorm(x, name, 1e-2);
    case 7:
      return network.activation(x, draw.size(0, 1) ? "relu" : "tanh");
    case 8:
      return addConcat(x, values[draw.size(0, last)], name);
    default:
      return addSum(x);
    }
  }

  /// Half of the time by a weight that is there already, if one fits.
  Node *addDense(Node *x, const std::string &name) {
    for (Held *weight : weights)
      if (weight->value.rows == x->features && draw.size(0, 1))
        return network.dense(x, weight);
    Node *y = network.dense(x, name, draw.size(4, 9), draw.size(0, 1));
    weights.push_back(network.find(name + ".weight"));
    return y;
  }

  /// With norms of its own, that only what is concatenated reads, and that only
  /// a dense layer.
  Node *addConcat(Node *x, Node *y, const std::string &name) {
    Node *first = network.batchNorm(x, name + ".first");
    Node *second = network.layerNorm(y, name + ".second", 1e-2);
    Node *both = network.concat({first, x, second});
    return addDense(draw.size(0, 3) ? both : network.concat({y, both}), name);
  }

  Node *addSum(Node *x) {
    for (Node *other : values)
      if (other != x && other->features == x->features)
        return network.add(x, other);
    return network.leakyRelu(x, 0.2);
  }

  std::vector<Node *> values;
  std::vector<Held *> weights;
};

class RandomFold : public ::testing::TestWithParam<const char *> {};

} // namespace

/// Seeds are fixed, so that a failure comes again.
TEST_P(RandomFold, FoldedIsUnfolded) {
  int folded = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomNetwork random(GetParam(), seed);
    folded += !checkFolding(random.network, seed, /*maxRows=*/2).empty();
  }
  // Most have something to fold.
  EXPECT_GT(folded, 50);
}

INSTANTIATE_TEST_SUITE_P(, RandomFold, ::testing::Values("f32", "f64"),
                         [](const auto &info) { return info.param; });
