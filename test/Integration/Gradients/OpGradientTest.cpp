//===- OpGradientTest.cpp - Each op's adjoint against differences ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// An input's gradient is tested through a parameter that is added to it.

#include "GradientTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

namespace {

/// A network whose input is a parameter plus the batch's, so that what stands
/// upstream of the op under test has a gradient.
struct Upstream : Network {
  Upstream(int features, Loss loss = Loss::squares)
      : Network("f64", features, loss),
        x(addToRows(input(), param("x", 0, features))) {}
  Node *x;
};

} // namespace

static constexpr unsigned kSeeds[] = {1, 2};

TEST(DenseGradient, InputWeightAndBias) {
  for (unsigned seed : kSeeds)
    for (bool bias : {true, false}) {
      Draw draw(seed);
      Upstream network(draw.size(1, 9));
      network.dense(network.x, "fc", draw.size(1, 19), bias);
      checkGradients(network, seed);
    }
}

TEST(ActivationGradient, EachWithItsDefaults) {
  for (unsigned seed : kSeeds)
    for (const std::string &kind : getActivationKinds()) {
      Upstream network(Draw(seed).size(1, 19));
      network.activation(network.x, kind);
      checkGradients(network, seed);
    }
}

TEST(ActivationGradient, LeakyReluOfAnySlope) {
  unsigned seed = 0;
  for (double slope : {0.01, 0.3, -0.5, 1.0, 1.7, 0.0}) {
    Upstream network(Draw(++seed).size(1, 19));
    network.leakyRelu(network.x, slope);
    checkGradients(network, seed);
  }
}

TEST(ActivationGradient, EluOfAnyAlpha) {
  unsigned seed = 0;
  for (double alpha : {0.0, 0.3, 1.0, 2.5}) {
    Upstream network(Draw(++seed).size(1, 19));
    network.activation(network.x, getActivation("elu", alpha));
    checkGradients(network, seed);
  }
}

/// Steep enough for all three pieces, and falling.
TEST(ActivationGradient, HardSigmoidOfAnyLine) {
  unsigned seed = 0;
  for (double alpha : {0.2, 1.0, -0.7})
    for (double beta : {0.5, 0.1}) {
      Upstream network(Draw(++seed).size(1, 19));
      network.activation(network.x, getActivation("hard_sigmoid", alpha, beta));
      checkGradients(network, seed);
    }
}

/// Both outer pieces of hard_swish, which lie beyond normal inputs.
TEST(ActivationGradient, HardSwishFarOut) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 9));
    Node *x = network.dense(network.x, "fc", 15);
    network.activation(network.add(network.add(x, x), x), "hard_swish");
    checkGradients(network, seed);
  }
}

TEST(ActivationGradient, PreluInputAndSlope) {
  for (unsigned seed : kSeeds)
    for (bool shared : {false, true}) {
      Upstream network(Draw(seed).size(1, 19));
      network.prelu(network.x, "act", shared);
      checkGradients(network, seed);
    }
}

TEST(ActivationGradient, SoftmaxAndItsLogarithm) {
  for (unsigned seed : kSeeds)
    for (bool log : {false, true}) {
      Upstream network(Draw(seed).size(1, 19));
      log ? network.logSoftmax(network.x) : network.softmax(network.x);
      checkGradients(network, seed);
    }
}

TEST(AddGradient, OfOneTypeAndOverTheBatch) {
  for (unsigned seed : kSeeds) {
    Draw draw(seed);
    Upstream network(draw.size(1, 9));
    int n = draw.size(1, 9);
    Node *left = network.dense(network.x, "left", n);
    Node *right = network.dense(network.x, "right", n, /*bias=*/false);
    network.addToRows(network.add(left, right), network.param("offset", 0, n));
    checkGradients(network, seed);
  }
}

TEST(AddGradient, OneValueTwice) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 9));
    Node *twice = network.add(network.x, network.x);
    network.add(network.activation(twice, "tanh"), network.x);
    checkGradients(network, seed);
  }
}

TEST(BinaryGradient, OfOneTypeAndOverTheBatch) {
  for (unsigned seed : kSeeds)
    for (const char *kind : {"sub", "mul"}) {
      Draw draw(seed);
      Upstream network(draw.size(1, 9));
      int n = draw.size(1, 9);
      Node *left = network.dense(network.x, "left", n);
      Node *right = network.dense(network.x, "right", n, /*bias=*/false);
      network.binary(kind, network.binary(kind, left, right),
                     network.param("vector", 0, n));
      checkGradients(network, seed);
    }
}

TEST(BinaryGradient, OneValueTwice) {
  for (const char *kind : {"sub", "mul"}) {
    Upstream network(Draw(3).size(1, 9));
    Node *twice = network.binary(kind, network.x, network.x);
    network.add(network.activation(twice, "tanh"), network.x);
    checkGradients(network, 3);
  }
}

TEST(ConcatGradient, PartsOfManyWidths) {
  for (unsigned seed : kSeeds) {
    Draw draw(seed);
    Upstream network(draw.size(1, 9));
    Node *a = network.dense(network.x, "a", draw.size(1, 9));
    Node *b = network.dense(network.x, "b", draw.size(1, 9));
    Node *y = network.concat({a, network.x, b, a});
    network.dense(network.concat({y, network.activation(y, "tanh")}), "out", 3);
    checkGradients(network, seed);
  }
}

TEST(ConcatGradient, AtTheEndAndOfOnePart) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 9));
    network.concat({network.concat({network.x}),
                    network.activation(network.x, "sigmoid")});
    checkGradients(network, seed);
  }
}

/// Samples of two axes; the mean of the squares is the loss.
TEST(FlattenGradient, AndConcatOfThreeAxes) {
  auto jit = compile(R"(
    keel.model @m(%x: tensor<?x2x3xf64>) -> tensor<?x14xf64>
        attributes {loss = #keel.mean_squared_error,
                    optimizer = #keel.sgd<learning_rate = 0.1>} {
      %p = keel.param "p" init(#keel.normal) : tensor<2x3xf64>
      %a = keel.mul %x, %p : tensor<?x2x3xf64>, tensor<2x3xf64>
      %wide = keel.concat %x, %a : tensor<?x2x3xf64>, tensor<?x2x3xf64>
      %f = keel.flatten %wide : tensor<?x2x6xf64>
      %t = keel.tanh %f : tensor<?x12xf64>
      %g = keel.flatten %a : tensor<?x2x3xf64>
      %w = keel.param "w" init(#keel.normal) : tensor<18x14xf64>
      %c = keel.concat %g, %t : tensor<?x6xf64>, tensor<?x12xf64>
      %y = keel.dense %c, %w : tensor<?x18xf64>, tensor<18x14xf64>
      keel.return %y : tensor<?x14xf64>
    })",
                     {.maxRows = 5});
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.init(1);
  Draw draw(1);
  std::vector<double> x(5 * 6), targets(5 * 14);
  for (std::vector<double> *values : {&x, &targets})
    for (double &value : *values)
      value = draw.normal();
  const void *inputs[] = {x.data()}, *labels[] = {targets.data()};
  for (int rows : {1, 5})
    checkPoint(
        session, [&] { return session.gradStep(inputs, labels, rows).value; },
        [](const std::string &) { return true; });
}

TEST(DropoutGradient, OfAMask) {
  for (unsigned seed : kSeeds)
    for (double rate : {0.0, 0.1, 0.5, 0.9}) {
      Upstream network(Draw(seed).size(1, 19));
      network.dropout(network.activation(network.x, "tanh"), rate);
      checkGradients(network, seed);
    }
}

TEST(BatchNormGradient, OfTheBatch) {
  for (unsigned seed : kSeeds)
    for (bool unbiased : {false, true}) {
      Draw draw(seed);
      Upstream network(draw.size(1, 9));
      // What is added to all rows alike is gone behind the norm: the weight
      // is what the norm's input gradient shows in.
      Node *x = network.dense(network.x, "fc", draw.size(1, 9));
      network.batchNorm(x, "bn", {.epsilon = 1e-3, .unbiased = unbiased});
      checkGradients(network, seed, /*minRows=*/2);
    }
}

TEST(BatchNormGradient, Frozen) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19));
    network.batchNorm(network.x, "bn", {.frozen = true});
    checkGradients(network, seed);
  }
}

TEST(LayerNormGradient, InputGammaAndBeta) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(2, 19));
    network.layerNorm(network.x, "ln", seed == 1 ? 1e-5 : 1e-3);
    checkGradients(network, seed);
  }
}

TEST(RmsNormGradient, InputAndGamma) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19));
    network.rmsNorm(network.x, "rms", seed == 1 ? 1e-5 : 1e-3);
    checkGradients(network, seed);
  }
}

TEST(StandardizeGradient, Upstream) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19));
    network.standardize(network.x, "input");
    checkGradients(network, seed);
  }
}

TEST(LossGradient, SoftmaxCrossEntropy) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19), Loss::classes);
    checkGradients(network, seed);
  }
}

TEST(LossGradient, MeanSquaredError) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19));
    checkGradients(network, seed);
  }
}

TEST(LossGradient, SigmoidCrossEntropy) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19), Loss::signs);
    checkGradients(network, seed);
  }
}

TEST(LossGradient, MeanAbsoluteError) {
  for (unsigned seed : kSeeds) {
    Upstream network(Draw(seed).size(1, 19), Loss::absolute);
    checkGradients(network, seed);
  }
}

TEST(LossGradient, HuberOfAnyDelta) {
  unsigned seed = 0;
  for (double delta : {1.0, 0.25, 3.0}) {
    Upstream network(Draw(++seed).size(1, 19), Loss::huber);
    network.delta = delta;
    checkGradients(network, seed);
  }
}
