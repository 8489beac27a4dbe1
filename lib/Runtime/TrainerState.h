//===- TrainerState.h - What the parts of the trainer share ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_TRAINERSTATE_H
#define KEEL_LIB_RUNTIME_TRAINERSTATE_H

#include "Support.h"
#include "keel/Runtime/Evaluate.h"
#include "keel/Runtime/Trainer.h"

#include <math.h>

namespace keel {

/// Where a run stands: all that a checkpoint must hold beside the tensors for
/// the run to go on as if it had never stopped.
struct Position {
  int64_t step = 0;  ///< steps done
  int64_t epoch = 0; ///< epochs done
  int64_t row = 0;   ///< rows done of the epoch under way
  double lossSum = 0.0;
  int64_t lossRows = 0;
  int64_t nonfinite = 0, clipped = 0;
  int64_t nonfiniteLosses = 0; ///< of steps that were taken
  double bestLoss = INFINITY;
  int64_t bestEpoch = 0, bestStep = 0;
  /// The counts as they were then.
  int64_t bestNonfinite = 0, bestNonfiniteLosses = 0, bestClipped = 0;
  int64_t stale = 0; ///< epochs since the best
};

struct Trainer {
  const keel_model &model;
  const keel_train_options &options;
  keel_train_report *report;
  keel_error *error;

  const keel_dataset *data = nullptr, *validation = nullptr;
  Scoped<keel_dataset, keel_dataset_free> trainingPart, validationPart;
  Scoped<keel_weights, keel_weights_free> weights, best;
  Scoped<keel_batch, keel_batch_free> batch;
  char *grads = nullptr, *sum = nullptr, *chained = nullptr;
  void *scratch = nullptr;
  Vec<int64_t> order;
  Scoped<keel_text, keel_text_free> settings; ///< a JSON object
  Position at;

  FILE *log = nullptr;
  Scoped<keel_text, keel_text_free> line;
  double lastFlush = 0.0;

  int64_t savedStep = -1;      ///< that of the checkpoint this run wrote last
  bool newestIsBroken = false; ///< the run goes on from the one before it

  bool terminal = false;
  double lastShown = 0.0, epochStart = 0.0;
  int64_t epochSamples = 0;             ///< since epochStart
  double losses[KEEL_LAST_LOSSES] = {}; ///< of the last steps, oldest first
  int32_t numLosses = 0;
  bool nonfiniteKept = false;
  Vec<double> values;            ///< telemetry's, summed over micro-batches
  int64_t calls = 0;             ///< that these are of
  Vec<keel_layer_record> layers; ///< of the last step that has telemetry
  keel_evaluation validated = {};

  Trainer(const keel_model &model, const keel_train_options &options,
          keel_train_report *report, keel_error *error)
      : model(model), options(options), report(report), error(error) {}
  ~Trainer() {
    free(grads);
    free(sum);
    free(chained);
    free(scratch);
    if (log)
      fclose(log);
  }
};

} // namespace keel

extern "C" {

/// Seconds of a clock that never goes back.
double keel_now(void);

/// TrainStep.cpp: one step from the rows at the position. Advances step and
/// row, not the epoch.
int keel_trainer_step(keel::Trainer *trainer, keel_step_record *record);

/// TrainTelemetry.cpp: memory for what layers have.
int keel_trainer_allocate_telemetry(keel::Trainer *trainer);
/// Whether the next step is measured.
bool keel_trainer_is_measured(const keel::Trainer *trainer);
/// Before the first and after each micro-batch, of `weight` of the step's rows.
void keel_trainer_start_telemetry(keel::Trainer *trainer);
void keel_trainer_add_telemetry(keel::Trainer *trainer, double weight);
/// With all gradients in place, before the update.
void keel_trainer_measure_update(keel::Trainer *trainer, int64_t rows);
/// Nothing was updated.
void keel_trainer_clear_updates(keel::Trainer *trainer);
int keel_trainer_log_telemetry(keel::Trainer *trainer,
                               const keel_step_record *record);

/// Nonfinite.cpp: keeps the first step that is not finite, before its update,
/// and tells of it. `rows` stand before the position.
void keel_trainer_keep_nonfinite(keel::Trainer *trainer, int64_t rows,
                                 double loss, double norm);

/// TrainSettings.cpp: checks the options; makes `settings`.
int keel_trainer_check(keel::Trainer *trainer);
int keel_trainer_make_settings(keel::Trainer *trainer);
/// Compares the settings of a checkpoint: an error that lists what differs.
int keel_trainer_compare_settings(keel::Trainer *trainer, const char *stored);

/// Whether `line`, an object, lacks a setting of the run or has it otherwise;
/// appends the first one's name.
bool keel_trainer_find_difference(keel::Trainer *trainer, const keel_json *line,
                                  keel_text *name);

/// Checkpoint.cpp: writes `options.output`; `final` leaves out what only a run
/// that goes on needs.
int keel_trainer_save(keel::Trainer *trainer, bool final);
/// Reads `options.resume`.
int keel_trainer_resume(keel::Trainer *trainer);

/// TrainLog.cpp
int keel_trainer_open_log(keel::Trainer *trainer);
/// Puts on disk what was logged.
int keel_trainer_sync_log(keel::Trainer *trainer);
/// LogResume.cpp: cuts the log after the position; `goesOn` if its first line
/// is there already.
int keel_trainer_cut_log(keel::Trainer *trainer, bool *goesOn);
int keel_trainer_log_step(keel::Trainer *trainer,
                          const keel_step_record *record);
int keel_trainer_log_epoch(keel::Trainer *trainer, double train_loss);

/// Progress.cpp: what stderr shows of a run.
void keel_trainer_note(keel::Trainer *trainer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void keel_trainer_warn(keel::Trainer *trainer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void keel_trainer_show_step(keel::Trainer *trainer,
                            const keel_step_record *record);
void keel_trainer_show_epoch(keel::Trainer *trainer, double train_loss);
/// Removes the bar.
void keel_trainer_clear(keel::Trainer *trainer);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_TRAINERSTATE_H
