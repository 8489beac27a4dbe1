//===- Mlp.cpp - A random multi-layer network -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mlp.h"
#include "Draw.h"

using namespace keel::test;

Network keel::test::makeMlp(const std::string &element,
                            const std::string &activation,
                            const std::string &norm, Loss loss, unsigned seed) {
  Draw draw(seed);
  Network network(element, draw.size(3, 20), loss);
  Node *x = network.input();
  for (std::string name : {"1", "2"}) {
    // A bias before a batch norm has the gradient 0, of which rounding leaves
    // noise that Adam would scale up.
    x = network.dense(x, "fc" + name, draw.size(5, 35), norm != "batch");
    if (norm == "batch")
      x = network.batchNorm(x, "norm" + name, {.unbiased = name == "2"});
    else if (norm == "layer")
      x = network.layerNorm(x, "norm" + name);
    else if (norm == "rms")
      x = network.rmsNorm(x, "norm" + name);
    x = activation == "leaky_relu" ? network.leakyRelu(x, 0.2)
                                   : network.unary(x, activation, "act" + name);
  }
  network.dense(x, "out", draw.size(2, 10));
  return network;
}
