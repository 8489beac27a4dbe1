//===- Replay.h - A step taken again, to find what is not finite ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_REPLAY_H
#define KEEL_LIB_DRIVER_REPLAY_H

#include "CompiledModel.h"
#include "Layers.h"
#include "keel/Execution/Session.h"
#include "keel/Runtime/Trainer.h"

namespace keel {

/// A step as it began.
struct RecordedStep {
  const keel_weights *weights;
  const keel_batch *batch; ///< all its rows
  int64_t step;            ///< from 1
  int64_t rows, batchSize;
  uint64_t seed;
  double loss; ///< what it was
  std::vector<double> losses;
};

/// Where a step is not finite first: forward in the model's order, then the
/// loss, then backward.
struct Culprit {
  enum Kind { none, value, loss, gradient, update };
  Kind kind = none;
  size_t layer = 0;
  std::string parameter; ///< of update: whose gradient it is
};

/// Takes steps of one model again by functions that measure them.
class Replay {
public:
  /// `maxRows` is that of the model that took the step.
  Replay(ModelFile &file, keel_context *context, int64_t maxRows)
      : file(file), context(*context), maxRows(maxRows),
        layers(file.getModel()) {}

  /// Compiles the model. Errors have been printed on failure.
  llvm::LogicalResult compile();
  const keel_model &getModel() const { return jit->model(); }

  void run(const RecordedStep &step);
  double getLoss() const { return loss; }

  /// Says where in the model's file, and what led there.
  void report(const RecordedStep &step, llvm::raw_ostream &os, bool isWhole);

private:
  void runBatch(const keel_batch &batch, int64_t rows, double weight,
                const RecordedStep &step);
  Culprit findCulprit(const double *values) const;
  std::string findParameter(mlir::Operation *op) const;
  std::string describe(const RecordedStep &step) const;
  void printTable(llvm::raw_ostream &os, bool isWhole) const;

  ModelFile &file;
  keel_context context;
  int64_t maxRows;
  Layers layers;
  std::unique_ptr<JitModule> jit;
  keel_telemetry telemetry = {};
  std::optional<ArenaMemory> grads, scratch, states;
  Culprit culprit;
  std::vector<keel_layer_record> records; ///< of the micro-batch it is in
  double loss = 0.0;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_REPLAY_H
