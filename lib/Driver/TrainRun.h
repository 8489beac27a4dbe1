//===- TrainRun.h - One run of training -----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_TRAINRUN_H
#define KEEL_LIB_DRIVER_TRAINRUN_H

#include "CompiledModel.h"
#include "Layers.h"
#include "keel/Runtime/Trainer.h"

namespace keel {

/// What a run is to do, as the flags of `keel train` say it.
struct TrainRequest {
  std::string model, labelColumn;
  std::vector<std::string> data, labels, validationData, validationLabels;
  double validationFraction = 0.0;
  int64_t epochs = 1, steps = 0, batchSize = 32, accumulate = 1;
  uint64_t seed = 0;
  bool standardize = false, shuffle = true, keepBest = false;
  int64_t checkpointEvery = 0, earlyStopping = 0;
  std::string loss, optimizer, schedule, clip;
  std::string weights, output, resume, log, report;
  int64_t telemetryEvery = 0;
};

/// Settings of a model that change what training makes: what a checkpoint
/// keeps.
std::vector<std::pair<std::string, std::string>>
describeSettings(ModelFile &file);

/// Sees a run's lines as its log would have them, and may end it.
class TrainWatcher {
public:
  virtual ~TrainWatcher() = default;
  /// False ends the run.
  virtual bool line(llvm::StringRef line) = 0;
  /// After the line of a step.
  virtual void step(const keel_model &model, const keel_step_record &record) {}
  /// At the first step that is not finite.
  virtual void nonfinite(const keel_nonfinite_step &step) {}
  /// Whether it is called at each line and step at all: a step by one function
  /// has no line.
  virtual bool wantsSteps() const { return true; }
};

/// Opens the model and the data, compiles, and trains.
class TrainRun {
public:
  TrainRun(const TrainRequest &request, const CommonFlags &common,
           TrainWatcher *watcher = nullptr)
      : request(request), common(common), watcher(watcher) {}

  /// The code to exit with. Errors have been printed, unless the watcher has
  /// ended the run.
  int run();

private:
  int prepare(ModelFile &file);
  int describePaths();
  keel_train_options makeOptions(const ModelFile &file);
  int train(ModelFile &file, int64_t minRows, const keel_dataset &data,
            const keel_dataset *validation);
  int record(ModelFile &file, const Layers &layers, const keel_model &model,
             keel_train_options &options);
  int64_t getTelemetryEvery(const keel_dataset &data, int64_t minRows);
  int execute(const keel_model &model, keel_train_options &options,
              llvm::ArrayRef<TrainWatcher *> watchers);
  void reportEnd(const keel_train_report &report);
  int64_t getMaxRows(const keel_dataset &data, int64_t minRows);

  /// Key and value pairs for the trainer, which keeps pointers only.
  class Pairs {
  public:
    void add(llvm::StringRef key, const llvm::Twine &value) {
      texts.emplace_back(key.str(), value.str());
    }
    std::vector<keel_key_value> get() const {
      std::vector<keel_key_value> pairs;
      for (const auto &[key, value] : texts)
        pairs.push_back({key.c_str(), value.c_str()});
      return pairs;
    }

  private:
    std::vector<std::pair<std::string, std::string>> texts;
  };

  const TrainRequest &request;
  const CommonFlags &common;
  TrainWatcher *watcher;
  Pairs settings, paths;
  bool isStandardized = false;
  std::vector<std::string> classNames;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_TRAINRUN_H
