//===- PlainTrainer.h - Clipping, schedules and optimizers in plain loops -===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_TRAINING_PLAINTRAINER_H
#define KEEL_TEST_INTEGRATION_TRAINING_PLAINTRAINER_H

#include "Network.h"
#include <map>

namespace keel::test {

struct Schedule {
  enum { none, cosine, step } kind = none;
  int64_t steps = 0, warmup = 0; ///< of cosine
  double floor = 0.0;
  int64_t every = 1; ///< of step
  double factor = 1.0;

  double getFactor(int64_t t) const;
  std::string getText() const;
};

struct Clip {
  enum { none, value, norm, globalNorm } kind = none;
  double limit = 1.0, epsilon = 0.0;

  std::string getText() const;
};

struct Optimizer {
  enum { sgd, adam, adamw, rmsprop, adagrad } kind = sgd;
  double rate = 0.1, momentum = 0.0, weightDecay = 0.0;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double decay = 0.9; ///< of RMSprop
  Schedule schedule = {};

  bool isAdam() const { return kind == adam || kind == adamw; }
  std::string getText() const;
};

/// Trains a network step by step.
class PlainTrainer {
public:
  PlainTrainer(Network &network, const Optimizer &optimizer, const Clip &clip)
      : network(network), optimizer(optimizer), clip(clip) {}

  /// The model's attributes that ask for the same.
  std::string getAttributes() const;

  struct Report {
    double loss = 0, norm = 0;
    bool clipped = false;
  };
  Report step(const Batch &batch, int64_t t);

  /// By the names that a compiled model has for them.
  std::map<std::string, std::vector<double>> slots;

private:
  void clipGradients(Report &report);
  void update(Held &param, double rate);
  double getAdamStep(const Held &param, size_t i);
  double getScaledStep(const Held &param, size_t i);
  double getSgdStep(const Held &param, size_t i, double weightDecay);
  std::vector<double> &getSlot(const std::string &kind, const Held &param);

  Network &network;
  Optimizer optimizer;
  Clip clip;
};

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_TRAINING_PLAINTRAINER_H
