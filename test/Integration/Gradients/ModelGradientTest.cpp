//===- ModelGradientTest.cpp - Gradients of whole models ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

/// Dense, batch norm, relu, dense, as test/Models/classifier.mlir.
TEST(ModelGradient, Classifier) {
  for (unsigned seed : {1, 2}) {
    Draw draw(seed);
    Network network("f64", draw.size(5, 12), Loss::classes);
    Node *h = network.dense(network.input(), "fc1", draw.size(5, 12));
    Node *a = network.activation(network.batchNorm(h, "bn1"), "relu");
    network.dense(a, "fc2", draw.size(3, 10));
    checkGradients(network, seed, /*minRows=*/2);
  }
}

TEST(ModelGradient, Residual) {
  Network network("f64", 6, Loss::squares);
  Node *x = network.dense(network.input(), "in", 7);
  for (std::string name : {"one", "two"}) {
    Node *h = network.activation(network.layerNorm(x, name + ".norm"), "relu");
    x = network.add(x, network.dense(h, name + ".fc", 7));
  }
  network.dense(x, "out", 2);
  checkGradients(network, 3);
}

/// Sixteen shortcuts in a row, as He et al. 2016 order a block: norm, relu,
/// dense. Fewer rows bring the norms' deviations near zero; the third
/// derivative that a central difference cuts off grows as their inverse cube.
TEST(ModelGradient, DeepResidual) {
  Network network("f64", 3, Loss::classes);
  Node *x = network.dense(network.input(), "in", 4);
  for (int i = 0; i < 16; ++i) {
    std::string name = "block" + std::to_string(i);
    Node *h = network.activation(network.batchNorm(x, name + ".norm"), "relu");
    x = network.add(x, network.dense(h, name + ".fc", 4));
  }
  network.dense(x, "out", 3);
  checkGradients(network, 9, /*minRows=*/5);
}

TEST(ModelGradient, SharedWeights) {
  Network network("f64", 5, Loss::classes);
  Held *weight = network.param("weight", 5, 5);
  Held *bias = network.param("bias", 0, 5);
  Node *x = network.input();
  for (int i = 0; i < 3; ++i)
    x = network.activation(network.dense(x, weight, bias), "tanh");
  checkGradients(network, 4);
}

/// Activations with parameters or by row between layers, behind a norm.
TEST(ModelGradient, ActivationsBehindRmsNorm) {
  unsigned seed = 10;
  for (const char *kind :
       {"gelu", "selu", "prelu", "shared_prelu", "softmax"}) {
    Network network("f64", 4, seed % 2 ? Loss::squares : Loss::classes);
    Node *x = network.dense(network.input(), "a", 7);
    x = network.unary(network.rmsNorm(x, "norm"), kind, "act");
    network.dense(x, "b", 3);
    checkGradients(network, seed++);
  }
}

/// A softmax within a model, as a gate's or an attention's is.
TEST(ModelGradient, SoftmaxBetweenLayers) {
  Network network("f64", 5, Loss::squares);
  Node *x = network.softmax(network.dense(network.input(), "a", 7));
  x = network.add(x, network.logSoftmax(network.dense(x, "b", 7)));
  network.dense(x, "out", 3);
  checkGradients(network, 9);
}

TEST(ModelGradient, SeveralActivationsInARow) {
  Network network("f64", 4, Loss::squares);
  Node *x = network.standardize(network.input(), "input");
  x = network.activation(network.dense(x, "a", 7), "sigmoid");
  x = network.leakyRelu(network.dense(x, "b", 8), 0.2);
  x = network.batchNorm(network.dense(x, "c", 5, false), "bn",
                        {.frozen = true});
  x = network.activation(x, "tanh");
  network.layerNorm(network.dense(x, "d", 3), "ln", 1e-2);
  checkGradients(network, 5);
}

/// What is frozen stops no gradient on the way to the others.
TEST(ModelGradient, FrozenParameter) {
  Network network("f64", 4, Loss::squares);
  Node *h = network.activation(network.dense(network.input(), "a", 6), "tanh");
  network.dense(h, "b", 3);
  network.find("b.weight")->trainable = false;
  network.find("a.bias")->trainable = false;
  checkGradients(network, 6);
}

TEST(ModelGradient, ParameterThatTheLossDoesNotDependOn) {
  Network network("f64", 4, Loss::squares);
  network.param("idle", 3, 2);
  // Zero, as the sums that the norm's gradients begin with.
  network.param("idle vector", 0, 6);
  Node *h = network.dense(network.input(), "a", 6);
  h = network.layerNorm(h, "norm");
  network.dense(network.input(), "beside", 5);
  network.activation(h, "sigmoid");
  checkGradients(network, 7);

  auto jit =
      compile(network.getText("optimizer = #keel.sgd<learning_rate = 0.1>"));
  ASSERT_TRUE(jit);
  Session session(jit->model());
  session.load(network);
  session.gradStep(Draw(8).batch(network, 3));
  int found = 0;
  for (int i = 0; i < session.model.num_params; ++i) {
    std::string name = session.model.params[i].name;
    if (!name.starts_with("idle") && !name.starts_with("beside"))
      continue;
    ++found;
    for (double value : read(session.grads, session.model.params[i]))
      EXPECT_EQ(value, 0.0) << name;
  }
  EXPECT_EQ(found, 4);
}
