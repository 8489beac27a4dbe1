//===- FlightRecorder.h - Tells of the first step that is not finite ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_FLIGHTRECORDER_H
#define KEEL_LIB_DRIVER_FLIGHTRECORDER_H

#include "Replay.h"
#include "TrainRun.h"

namespace keel {

/// Where a run keeps the first step that is not finite: beside its output, or
/// its log. Empty where it writes neither.
std::string getNonfinitePath(llvm::StringRef output, llvm::StringRef log);

/// Takes that step again, measured, and says on stderr where it fails. Compiles
/// nothing before.
class FlightRecorder : public TrainWatcher {
public:
  FlightRecorder(ModelFile &file, const keel_train_options &options,
                 int64_t maxRows)
      : file(file), options(options), maxRows(maxRows) {}

  bool wantsSteps() const override { return false; }
  bool line(llvm::StringRef) override { return true; }
  void nonfinite(const keel_nonfinite_step &step) override;

private:
  ModelFile &file;
  const keel_train_options &options;
  int64_t maxRows;
};

/// `keel train MODEL --replay=FILE`: takes the step in the file again. Returns
/// the code to exit with.
int replayStep(const std::string &model, const std::string &path,
               const CommonFlags &common);

} // namespace keel

#endif // KEEL_LIB_DRIVER_FLIGHTRECORDER_H
