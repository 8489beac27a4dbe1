//===- Draw.h - Random sizes, points and labels ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_DRAW_H
#define KEEL_TEST_INTEGRATION_SUPPORT_DRAW_H

#include "Network.h"
#include <algorithm>
#include <cmath>
#include <random>

namespace keel::test {

class Draw {
public:
  explicit Draw(unsigned seed) : engine(seed) {}

  int size(int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(engine);
  }

  double normal(double deviation = 1.0) {
    return std::normal_distribution<double>(0.0, deviation)(engine);
  }

  /// Normal inputs and targets, uniform classes. Numbers are exact in f32.
  /// Targets of signs are 0, 1 or, in a third of cases, between them.
  Batch batch(Network &network, int rows) {
    Batch batch;
    batch.input = Matrix(rows, network.input()->features);
    batch.targets = Matrix(rows, network.getOutputs());
    for (Matrix *matrix : {&batch.input, &batch.targets})
      for (double &value : matrix->data)
        value = float(normal());
    if (network.loss == Loss::signs)
      for (double &value : batch.targets.data)
        value = float(std::clamp(0.5 + value, 0.0, 1.0));
    for (int r = 0; r < rows; ++r)
      batch.classes.push_back(size(0, network.getOutputs() - 1));
    return batch;
  }

  /// New values for all parameters and states; variances are positive.
  void fill(Network &network) {
    for (const auto &held : network.held) {
      bool positive = held->name.ends_with(".variance");
      for (double &value : held->value.data)
        value = float(positive ? std::exp(normal(0.5)) : normal(0.7));
    }
  }

private:
  std::mt19937 engine;
};

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_DRAW_H
