//===- RepairTrial.h - A few steps that show whether a cure helped --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_REPAIRTRIAL_H
#define KEEL_LIB_DRIVER_REPAIRTRIAL_H

#include "CompiledModel.h"
#include "Measure.h"
#include <vector>

namespace keel {

/// What every trial does alike.
struct TrialSettings {
  int64_t steps = 300, batchSize = 64;
  uint64_t seed = 0;
  bool standardize = false;
};

struct TrialResult {
  std::vector<double> losses; ///< one a step; not finite where they were not
  double lastLosses = 0.0;    ///< mean over the last quarter of the steps
  double loss = 0.0; ///< after the last one, on rows that were not trained on
  std::optional<double> accuracy; ///< on these
  int64_t skippedSteps = 0;       ///< a gradient was not finite
  int interrupted = 0;            ///< the signal that ended it

  /// What trials are compared by: a loss that leaps while it is trained counts
  /// as well as the one that is left at the end. Infinite where either is not
  /// finite.
  double getScore() const;
};

/// Rows that a trial learns from, and others that it is measured on.
class TrialData {
public:
  /// Reads files, or where there are none makes `kRows` rows up: inputs
  /// independent and normal, labels by a random linear map of them. Errors have
  /// been printed on failure.
  llvm::LogicalResult open(ModelFile &file, const DataFiles &files,
                           uint64_t seed);

  const keel_dataset &getTraining() const { return training; }
  const keel_dataset &getValidation() const { return validation; }
  bool isMadeUp() const { return !made.empty(); }
  llvm::ArrayRef<InputSize> getInputSizes() const { return sizes; }

  static constexpr int64_t kRows = 4096;

private:
  llvm::LogicalResult makeUp(const keel_model &model, uint64_t seed);
  void makeUpLabel(const keel_model &model, int32_t index, uint64_t seed);
  void allocate(keel_rows &rows);

  Dataset all;
  std::vector<keel_rows> inputs, labels;
  std::vector<InputSize> sizes;
  std::vector<std::unique_ptr<char, void (*)(char *)>> made;
  Dataset training, validation; // views of `all`, freed first
};

/// Trains the file's model from its initial values. Errors have been printed on
/// failure.
llvm::FailureOr<TrialResult> runTrial(ModelFile &file, const TrialData &data,
                                      const TrialSettings &settings);

} // namespace keel

#endif // KEEL_LIB_DRIVER_REPAIRTRIAL_H
