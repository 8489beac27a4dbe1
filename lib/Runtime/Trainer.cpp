//===- Trainer.cpp - The training loop ------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Trainer.h"
#include "Interrupt.h"
#include "TrainerState.h"
#include "keel/Runtime/Random.h"

#include <unistd.h>

using namespace keel;

namespace {

void copyWeights(const keel_model &model, const keel_weights &from,
                 keel_weights *to) {
  memcpy(to->params, from.params, (size_t)model.params_bytes);
  memcpy(to->states, from.states, (size_t)model.states_bytes);
  memcpy(to->slots, from.slots, (size_t)model.slots_bytes);
}

int allocate(Trainer *trainer) {
  const keel_model &model = trainer->model;
  const keel_train_options &options = trainer->options;
  int64_t rows = trainer->data->rows;
  bool several = options.accumulate > 1;
  trainer->grads = (char *)keel_allocate(model.grads_bytes);
  trainer->scratch = keel_allocate(model.scratch_bytes);
  trainer->sum = (char *)keel_allocate(several ? model.grads_used : 0);
  trainer->chained = (char *)keel_allocate(several ? model.states_bytes : 0);
  if (!trainer->grads || !trainer->scratch || !trainer->sum ||
      !trainer->chained || !trainer->order.reserve(rows))
    return keel_fail_memory(trainer->error, nullptr,
                            model.grads_bytes + model.scratch_bytes);
  if (options.keep_best &&
      keel_weights_create(&model, trainer->best.get(), trainer->error))
    return 1;
  if (keel_trainer_allocate_telemetry(trainer))
    return 1;
  int64_t largest =
      keel_max_batch_rows(rows, options.batch_size, model.min_train_rows);
  return keel_batch_create(trainer->data, largest, trainer->batch.get(),
                           trainer->error);
}

const keel_tensor *findState(const keel_model &model, const char *name) {
  for (int32_t i = 0; i < model.num_states; ++i)
    if (!strcmp(model.states[i].name, name))
      return &model.states[i];
  return nullptr;
}

/// Writes doubles into a state of either float type.
void storeState(const keel_tensor *state, void *arena, const double *values,
                int64_t count) {
  char *to = (char *)arena + state->offset;
  for (int64_t i = 0; i < count; ++i)
    if (state->dtype == KEEL_F64)
      ((double *)to)[i] = values[i];
    else
      ((float *)to)[i] = (float)values[i];
}

/// The state `input.WHAT`, or `input.NAME.WHAT` where there are several inputs.
const keel_tensor *findStatistic(const keel_model &model, int32_t input,
                                 const char *what) {
  char name[512];
  if (model.num_inputs > 1)
    snprintf(name, sizeof name, "input.%s.%s", model.inputs[input].name, what);
  else
    snprintf(name, sizeof name, "input.%s", what);
  return findState(model, name);
}

/// Statistics of one input, by column, into the states made for it.
int standardizeInput(Trainer *trainer, int32_t input,
                     const keel_tensor *const states[2]) {
  const keel_model &model = trainer->model;
  int64_t columns = trainer->data->inputs[input].elements;
  for (int which = 0; which < 2; ++which) {
    int64_t elements = 1;
    for (int32_t i = 0; i < states[which]->rank; ++i)
      elements *= states[which]->shape[i];
    if (elements != columns)
      return keel_fail(trainer->error, nullptr,
                       "model '%s' keeps statistics of %lld elements in '%s', "
                       "its input '%s' has %lld a row",
                       model.name, (long long)elements, states[which]->name,
                       model.inputs[input].name, (long long)columns);
  }
  Vec<double> values;
  if (!values.reserve(2 * columns))
    return keel_fail_memory(trainer->error, nullptr, columns * 16);
  keel_dataset_statistics(trainer->data, input, values.data,
                          values.data + columns);
  storeState(states[0], trainer->weights->states, values.data, columns);
  storeState(states[1], trainer->weights->states, values.data + columns,
             columns);
  return 0;
}

/// Statistics of every input that the model standardizes.
int standardize(Trainer *trainer) {
  const keel_model &model = trainer->model;
  int32_t found = 0;
  for (int32_t input = 0; input < model.num_inputs; ++input) {
    const keel_tensor *states[2] = {findStatistic(model, input, "mean"),
                                    findStatistic(model, input, "variance")};
    if (!states[0] || !states[1])
      continue;
    ++found;
    if (standardizeInput(trainer, input, states))
      return 1;
  }
  if (!found)
    return keel_fail(trainer->error, nullptr,
                     "model '%s' has no states such as input.mean and "
                     "input.variance to standardize with",
                     model.name);
  return 0;
}

/// Initial weights, those of a file, or a checkpoint.
int start(Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  if (keel_init_weights(&trainer->model, options.context, (int64_t)options.seed,
                        trainer->weights.get(), trainer->error))
    return 1;
  if (options.resume)
    return keel_trainer_resume(trainer);
  int32_t statistics = 0;
  if (options.weights) {
    keel_error note;
    int32_t *found = options.standardize ? &statistics : nullptr;
    int failed = options.held
                     ? keel_take_weights(&trainer->model, options.weights,
                                         options.held, trainer->weights.get(),
                                         found, &note, trainer->error)
                     : keel_load_weights(&trainer->model, options.weights,
                                         trainer->weights.get(), found, &note,
                                         trainer->error);
    if (failed)
      return 1;
    if (note.message[0])
      keel_trainer_note(trainer, "%s: note: %s", note.file, note.message);
  }
  // Weights that were trained on standardized data keep their statistics.
  return options.standardize && !statistics ? standardize(trainer) : 0;
}

/// An output that cannot be written is better known before the run.
int checkOutput(Trainer *trainer) {
  if (!trainer->options.output) {
    keel_trainer_note(trainer, "no output is named: nothing is kept");
    return 0;
  }
  keel_output_clean(trainer->options.output);
  OutputFile file;
  if (keel_output_open(&file, trainer->options.output, trainer->error))
    return 1;
  keel_output_discard(&file);
  return 0;
}

bool isDone(const Trainer &trainer) {
  const keel_train_options &options = trainer.options;
  if (options.early_stopping && trainer.at.stale >= options.early_stopping)
    return true;
  return options.steps ? trainer.at.step >= options.steps
                       : trainer.at.epoch >= options.epochs;
}

int validate(Trainer *trainer) {
  if (!trainer->validation)
    return 0;
  return keel_evaluate(&trainer->model, trainer->options.context,
                       trainer->weights.get(), trainer->validation,
                       &trainer->validated, trainer->error);
}

void reportValidation(Trainer *trainer) {
  trainer->report->has_validation = 1;
  trainer->report->validation_loss = trainer->validated.loss;
  trainer->report->validation_accuracy = trainer->validated.accuracy;
}

int finishEpoch(Trainer *trainer) {
  Position &at = trainer->at;
  double loss = at.lossSum / (double)at.lossRows;
  at.row = at.lossRows = 0;
  at.lossSum = 0.0;
  ++at.epoch;
  trainer->report->train_loss = loss;
  if (validate(trainer))
    return 1;
  if (trainer->validation && trainer->validated.loss < at.bestLoss) {
    at.bestLoss = trainer->validated.loss;
    at.bestEpoch = at.epoch;
    at.bestStep = at.step;
    at.bestNonfinite = at.nonfinite;
    at.bestNonfiniteLosses = at.nonfiniteLosses;
    at.bestClipped = at.clipped;
    at.stale = 0;
    if (trainer->options.keep_best)
      copyWeights(trainer->model, trainer->weights.value, trainer->best.get());
    reportValidation(trainer);
  } else if (trainer->validation) {
    ++at.stale;
    if (!trainer->options.keep_best)
      reportValidation(trainer);
  }
  keel_trainer_show_epoch(trainer, loss);
  trainer->epochStart = keel_now();
  trainer->epochSamples = 0;
  return keel_trainer_log_epoch(trainer, loss);
}

int callHook(Trainer *trainer, const keel_step_record *record) {
  const keel_train_options &options = trainer->options;
  if (!options.on_step)
    return 0;
  Scoped<keel_text, keel_text_free> lines;
  options.on_step(options.user, record, lines.get());
  if (trainer->log && lines->length &&
      fwrite(lines->data, 1, (size_t)lines->length, trainer->log) !=
          (size_t)lines->length)
    return keel_fail_errno(trainer->error, options.log, "cannot be written");
  return 0;
}

/// Where an epoch starts, or is taken up again, its order is drawn.
void drawOrder(Trainer *trainer) {
  if (trainer->options.shuffle)
    keel_permutation(trainer->order.data, trainer->data->rows,
                     trainer->options.seed, "shuffle",
                     (uint64_t)trainer->at.epoch + 1);
}

int run(Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  Position &at = trainer->at;
  trainer->epochStart = trainer->lastShown = keel_now();
  drawOrder(trainer);
  while (!isDone(*trainer) && !keel_interrupted()) {
    keel_step_record record;
    int failed = keel_trainer_step(trainer, &record);
    trainer->report->train_loss = record.loss;
    if (keel_trainer_log_step(trainer, &record) ||
        keel_trainer_log_telemetry(trainer, &record) ||
        callHook(trainer, &record) || failed)
      return 1;
    keel_trainer_show_step(trainer, &record);
    if (at.row >= trainer->data->rows) {
      if (finishEpoch(trainer))
        return 1;
      drawOrder(trainer);
    }
    if (options.checkpoint_every && at.step % options.checkpoint_every == 0 &&
        (keel_trainer_sync_log(trainer) || keel_trainer_save(trainer, false)))
      return 1;
  }
  if (!isDone(*trainer))
    trainer->report->interrupted = keel_interrupted();
  return 0;
}

/// The best epoch becomes the current one, as if the run had ended there.
void restoreBest(Trainer *trainer) {
  Position &at = trainer->at;
  if (!trainer->options.keep_best || at.bestEpoch == 0)
    return;
  copyWeights(trainer->model, trainer->best.value, trainer->weights.get());
  at.step = at.bestStep;
  at.nonfinite = at.bestNonfinite;
  at.nonfiniteLosses = at.bestNonfiniteLosses;
  at.clipped = at.bestClipped;
  at.epoch = at.bestEpoch;
  at.row = at.lossRows = at.stale = 0;
  at.lossSum = 0.0;
}

int finish(Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  keel_train_report *report = trainer->report;
  Position &at = trainer->at;
  report->steps = at.step;
  report->epochs = at.epoch;
  report->nonfinite_steps = at.nonfinite;
  report->clipped_steps = at.clipped;
  report->best_epoch = at.bestEpoch;
  report->stopped_early =
      options.early_stopping && at.stale >= options.early_stopping;
  if (at.nonfinite)
    keel_trainer_warn(trainer,
                      "%lld of %lld steps had a gradient that is not finite "
                      "and were skipped",
                      (long long)at.nonfinite, (long long)at.step);
  if (at.nonfiniteLosses)
    keel_trainer_warn(trainer,
                      "%lld of %lld steps had a loss that is not finite and a "
                      "gradient that is, and were taken",
                      (long long)at.nonfiniteLosses, (long long)at.step);
  if (!report->interrupted)
    restoreBest(trainer);
  // A run that ends inside an epoch has not been validated there.
  if (trainer->validation && !report->interrupted &&
      (at.row > 0 || !report->has_validation)) {
    if (validate(trainer))
      return 1;
    reportValidation(trainer);
  }
  if (options.output && keel_trainer_save(trainer, !report->interrupted))
    return 1;
  if (report->interrupted)
    keel_trainer_warn(trainer, "interrupted by %s after step %lld%s%s",
                      report->interrupted == SIGINT    ? "SIGINT"
                      : report->interrupted == SIGTERM ? "SIGTERM"
                                                       : "SIGHUP",
                      (long long)at.step,
                      options.output ? ", go on with --resume="
                                     : "; nothing is kept without an output",
                      options.output ? options.output : "");
  if (trainer->log) {
    int failed = fclose(trainer->log);
    trainer->log = nullptr;
    if (failed)
      return keel_fail_errno(trainer->error, options.log, "cannot be written");
  }
  return 0;
}

int chooseData(Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  trainer->data = options.data;
  trainer->validation = options.validation;
  if (options.validation_fraction == 0.0 || !options.data)
    return 0;
  if (options.validation)
    return keel_fail(trainer->error, nullptr,
                     "validation data and a validation fraction are given, "
                     "expected one of them");
  if (keel_dataset_split(options.data, options.validation_fraction,
                         options.seed, trainer->trainingPart.get(),
                         trainer->validationPart.get(), trainer->error))
    return 1;
  trainer->data = trainer->trainingPart.get();
  trainer->validation = trainer->validationPart.get();
  return 0;
}

} // namespace

void keel_train_options_init(keel_train_options *options) {
  *options = {};
  options->epochs = 1;
  options->batch_size = 32;
  options->accumulate = 1;
  options->shuffle = 1;
}

int keel_train(const keel_model *model, const keel_train_options *options,
               keel_weights *weights, keel_train_report *report,
               keel_error *error) {
  *report = {};
  report->train_loss = (double)NAN;
  if (weights)
    *weights = {};
  double begin = keel_now();
  Trainer trainer(*model, *options, report, error);
  trainer.terminal = !options->quiet && isatty(STDERR_FILENO);
  if (chooseData(&trainer) || keel_trainer_check(&trainer) ||
      keel_trainer_make_settings(&trainer) || allocate(&trainer) ||
      start(&trainer) || checkOutput(&trainer) ||
      keel_trainer_open_log(&trainer))
    return 1;
  InterruptGuard guard;
  int failed = run(&trainer) || finish(&trainer);
  keel_trainer_clear(&trainer);
  report->seconds = keel_now() - begin;
  if (!failed && weights) {
    *weights = trainer.weights.value;
    trainer.weights.value = {};
  }
  return failed;
}
