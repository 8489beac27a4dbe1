//===- ModelFileTest.cpp - The model file that all know, trained ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <fstream>
#include <sstream>

using namespace keel;
using namespace keel::test;

/// test/Models/classifier.mlir as it stands, with its 784 pixels, against the
/// network that it describes.
TEST(ModelFile, Classifier) {
  std::ifstream file(KEEL_SOURCE_DIR "/test/Models/classifier.mlir");
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_FALSE(text.str().empty());
  Network network("f32", 784, Loss::classes);
  Node *h = network.dense(network.input(), "fc1", 128);
  Node *a = network.activation(network.batchNorm(h, "bn1"), "relu");
  network.dense(a, "fc2", 10);
  // A batch norm takes back what the bias before it adds.
  checkTraining(network, {.rate = 0.1, .momentum = 0.9},
                {.kind = Clip::globalNorm, .limit = 1.0}, 1,
                {.text = text.str(), .vanishing = "fc1.bias"});
}
