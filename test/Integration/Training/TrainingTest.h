//===- TrainingTest.h - Compiled training against plain loops -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_TRAINING_TRAININGTEST_H
#define KEEL_TEST_INTEGRATION_TRAINING_TRAININGTEST_H

#include "Comparison.h"
#include "Compiled.h"
#include "Draw.h"
#include "Mlp.h"
#include "PlainTrainer.h"

namespace keel::test {

inline constexpr int kSteps = 20, kRows = 13, kLastRows = 5;

struct TrainingOptions {
  bool reference = false;
  /// In place of the text that the network writes.
  std::string text = {};
  /// A parameter whose gradient is 0 but for rounding, so that no digit of it
  /// is right: it must stay small instead.
  std::string vanishing = {};
};

/// Takes 20 steps, every fifth on a partial batch, with compiled code and
/// with plain loops, and compares parameters, states, slots, losses, norms and
/// learning rates.
void checkTraining(Network &network, const Optimizer &optimizer,
                   const Clip &clip, unsigned seed,
                   const TrainingOptions &options = {});

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_TRAINING_TRAININGTEST_H
