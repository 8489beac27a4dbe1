//===- RunHistory.h - What a run's page shows of it -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_RUNHISTORY_H
#define KEEL_LIB_DRIVER_RUNHISTORY_H

#include "Layers.h"
#include "TrainRun.h"
#include "llvm/Support/JSON.h"

namespace keel {

/// Collects a run's steps, epochs and telemetry. A number that is not there or
/// not finite is NaN.
class RunHistory : public TrainWatcher {
public:
  explicit RunHistory(size_t numLayers) : numLayers(numLayers) {}

  struct Step {
    int64_t step;
    double loss, learningRate, gradientNorm;
    bool clipped, nonfinite;
  };
  struct Epoch {
    int64_t epoch, step; ///< the last step of it
    double trainLoss, validationLoss, validationAccuracy;
  };
  struct Layer {
    double gradient, update, weight, activation, saturated, dead;
  };
  struct Sample {
    int64_t step;
    std::vector<Layer> layers;
  };

  bool line(llvm::StringRef line) override;
  void step(const keel_model &model, const keel_step_record &record) override;
  /// What the log of a resumed run tells of the steps before.
  void readEarlier(const std::string &log);

  std::vector<Step> steps;
  std::vector<Epoch> epochs;
  std::vector<Sample> samples;

private:
  void add(const llvm::json::Object &line);

  size_t numLayers;
};

/// Writes the page: plots of the run, and gradients of each layer beside what
/// was forecast for batches of `batchSize`.
void printRunPage(const RunHistory &history, const Layers &layers,
                  ModelOp model, int64_t batchSize, llvm::raw_ostream &os);

} // namespace keel

#endif // KEEL_LIB_DRIVER_RUNHISTORY_H
