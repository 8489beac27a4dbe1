//===- Trainer.h - The training loop --------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_TRAINER_H
#define KEEL_RUNTIME_TRAINER_H

#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Telemetry.h"
#include "keel/Runtime/Weights.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The version of what a checkpoint's metadata means.
#define KEEL_CHECKPOINT_FORMAT "1"

/// What the name of the checkpoint before the last ends with.
#define KEEL_PREVIOUS ".previous"

/// One step, as the log has it.
typedef struct keel_step_record {
  int64_t step;         ///< from 1
  int64_t epoch;        ///< from 1
  int64_t rows;         ///< in all micro-batches
  double loss;          ///< mean over the rows
  double learning_rate; ///< NaN where the model does not say
  double gradient_norm; ///< of all gradients, before clipping; NaN where
                        ///< neither a log nor on_step asks for it
  double samples_per_second;
  int32_t clipped;
  int32_t nonfinite; ///< a gradient was not finite: nothing was updated
  const keel_weights *weights; ///< after the step
  const void *gradients;       ///< after the step, in the params' layout
  /// Telemetry, one record a layer, in steps that have it; else null.
  const keel_layer_record *layers;
} keel_step_record;

/// The first step whose loss or gradient is not finite, as it was before its
/// update: what it needs to be taken again.
typedef struct keel_nonfinite_step {
  int64_t step; ///< from 1
  int64_t epoch;
  double loss;
  double gradient_norm;        ///< NaN where it is not known
  const keel_weights *weights; ///< before the step
  const keel_batch *batch;     ///< all rows of the step, micro-batches in order
  int64_t rows;
  /// The last steps' losses, oldest first, this one's last.
  const double *losses;
  int32_t num_losses;
  /// Where it was kept, null where it was not.
  const char *path;
} keel_nonfinite_step;

/// How many losses a keel_nonfinite_step has at most.
#define KEEL_LAST_LOSSES 8

/// What keel_train is to do. Start from keel_train_options_init.
typedef struct keel_train_options {
  keel_context *context;
  const keel_dataset *data;
  const keel_dataset *validation; ///< null: none, or a fraction of the data
  double validation_fraction;     ///< 0: none
  int64_t epochs;                 ///< ignored where `steps` is given
  int64_t steps;                  ///< 0: by epochs
  int64_t batch_size;             ///< rows of a micro-batch
  int64_t accumulate;             ///< micro-batches a step
  uint64_t seed;                  ///< of initial weights, split and shuffling
  int32_t shuffle;                ///< a new order every epoch
  int32_t standardize; ///< compute the states input.mean, input.variance
  int32_t keep_best;   ///< the output is the best epoch's, by validation loss
  int64_t early_stopping; ///< epochs without improvement; 0: never
  /// Steps; 0: only at the end. Where the output is written on the way, what
  /// it held before stays beside it, with KEEL_PREVIOUS after its name.
  int64_t checkpoint_every;
  const char *weights;          ///< a file of initial weights, or null
  const keel_safetensors *held; ///< what `weights` names, in memory; or null
  /// A checkpoint to go on from, or null. Where it cannot be read, the one
  /// before it is taken, and that is said.
  const char *resume;
  const char *output; ///< the checkpoint's path; null keeps nothing
  /// JSON lines. Where `resume` is given and the file is this run's log, it is
  /// cut after the checkpoint's step and goes on.
  const char *log;
  const char *model_hash; ///< compared on resuming; null: none
  /// Further settings that change the result: logged, kept in the checkpoint,
  /// and compared on resuming. Names that the trainer uses itself are taken:
  /// batch_size, accumulate, seed, shuffle, standardize, validation_fraction,
  /// keep, early_stopping, data_hash, validation_data_hash.
  const keel_key_value *settings;
  int32_t num_settings;
  /// Further metadata of the checkpoint, neither logged nor compared.
  const keel_key_value *metadata;
  int32_t num_metadata;
  /// Further members of the log's first object, such as paths.
  const keel_key_value *log_settings;
  int32_t num_log_settings;
  /// Names of the classes; null: those of `data`.
  const char *const *class_names;
  int32_t num_class_names;
  int32_t quiet; ///< nothing but warnings on stderr
  /// Called after every step; what it appends to `lines` (whole lines) goes
  /// into the log after the step's. May be null.
  void (*on_step)(void *user, const keel_step_record *record, keel_text *lines);
  /// Called with every line that a log would have, whether there is one or
  /// not; other than 0 ends the run with an error. May be null.
  int (*on_line)(void *user, const char *line);
  void *user;
  /// Measures every `telemetry_every` steps, for the log and the callbacks; 0:
  /// never.
  int64_t telemetry_every;
  const keel_telemetry *telemetry;
  /// Where the first step that is not finite is kept; null: nowhere. A
  /// safetensors file of the weights before it, of its rows as
  /// batch/input/NAME and batch/label/NAME, and in the metadata what it was:
  /// step, seed, batch_size, rows, max_rows, loss_bits, losses, model_hash,
  /// settings.
  const char *nonfinite_path;
  /// Called at that step, after it was kept. May be null.
  void (*on_nonfinite)(void *user, const keel_nonfinite_step *step);
} keel_train_options;

typedef struct keel_train_report {
  int64_t steps;  ///< done in all, those before a resumption too
  int64_t epochs; ///< completed in all
  int64_t nonfinite_steps, clipped_steps;
  int64_t samples; ///< rows trained on by this call
  double seconds;
  double train_loss; ///< of the last complete epoch, else the last step; NaN
                     ///< where nothing was done
  int32_t has_validation;
  double validation_loss, validation_accuracy; ///< of what was kept
  int64_t best_epoch;                          ///< 0: none
  int32_t interrupted;                         ///< the signal that ended it; 0
  int32_t stopped_early;
} keel_train_report;

/// All zero but: 1 epoch, batch size 32, no accumulation, shuffling on.
void keel_train_options_init(keel_train_options *options);

/// Trains a model. On return `weights` (may be null) holds what was kept, to
/// be freed by the caller. SIGINT, SIGTERM or SIGHUP ends the run after the
/// step under way: the checkpoint is written and 0 returned; a second one ends
/// the process. Errors: options that contradict each
/// other or the model, files, a checkpoint of another model or other settings
/// (what differs is listed), a non-finite gradient where the model asks for
/// it. After an error no file is half written, and a checkpoint written before
/// is whole.
int keel_train(const keel_model *model, const keel_train_options *options,
               keel_weights *weights, keel_train_report *report,
               keel_error *error);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_TRAINER_H
