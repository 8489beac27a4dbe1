//===- TrainStep.cpp - One step of training -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerState.h"

#include <time.h>

using namespace keel;

double keel_now(void) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// target (+)= weight * gradient for every param's elements.
template <typename T>
static void addScaled(T *target, const T *gradient, int64_t count,
                      double weight, bool first) {
  T factor = (T)weight;
  if (first)
    for (int64_t i = 0; i < count; ++i)
      target[i] = factor * gradient[i];
  else
    for (int64_t i = 0; i < count; ++i)
      target[i] += factor * gradient[i];
}

static void accumulate(Trainer *trainer, double weight, bool first) {
  const keel_model &model = trainer->model;
  for (int32_t i = 0; i < model.num_params; ++i) {
    const keel_tensor &param = model.params[i];
    int64_t count = 1;
    for (int32_t d = 0; d < param.rank; ++d)
      count *= param.shape[d];
    char *target = trainer->sum + param.offset;
    const char *gradient = trainer->grads + param.offset;
    if (param.dtype == KEEL_F64)
      addScaled((double *)target, (const double *)gradient, count, weight,
                first);
    else
      addScaled((float *)target, (const float *)gradient, count, weight, first);
  }
}

/// The rows of the micro-batches that make the next step.
static int64_t stepRows(const Trainer *trainer) {
  int64_t left = trainer->data->rows - trainer->at.row, rows = 0;
  for (int64_t k = 0; k < trainer->options.accumulate && rows < left; ++k)
    rows += keel_next_batch_rows(left - rows, trainer->options.batch_size,
                                 trainer->model.min_train_rows);
  return rows;
}

/// Gathers the rows at the position, `done` of the step's rows before them.
static void takeBatch(Trainer *trainer, int64_t rows, int64_t done) {
  keel_batch_gather(trainer->data,
                    trainer->options.shuffle ? trainer->order.data : nullptr,
                    trainer->at.row, rows, trainer->batch.get());
  keel_context *context = trainer->options.context;
  context->seed = (int64_t)trainer->options.seed;
  context->first_row = done;
}

/// Takes the step by train_step, where it exists and nobody asks for the
/// gradients or their norm. False if nothing was done.
static bool takeFusedStep(Trainer *trainer, int64_t rows, double *loss,
                          keel_result *applied) {
  const keel_model &model = trainer->model;
  const keel_train_options &options = trainer->options;
  if (!model.train_step || options.accumulate > 1 || options.log ||
      options.on_step || options.on_line || keel_trainer_is_measured(trainer))
    return false;
  takeBatch(trainer, rows, 0);
  keel_result result = {};
  model.train_step(options.context, trainer->weights->params,
                   trainer->weights->states, trainer->weights->slots,
                   trainer->scratch, trainer->batch->inputs,
                   trainer->batch->labels, rows, trainer->at.step, &result);
  if (result.flags & KEEL_FLAG_UNDECIDED)
    return false;
  *loss = result.value;
  *applied = {(double)NAN, result.flags};
  trainer->at.row += rows;
  return true;
}

/// Gradients of all micro-batches, averaged weighted by rows; each one starts
/// from the states that the one before it left.
static double computeGradients(Trainer *trainer, int64_t total) {
  const keel_model &model = trainer->model;
  Position &at = trainer->at;
  const void *states = trainer->weights->states;
  char *pending = trainer->grads + model.pending_offset;
  double loss = 0.0;
  bool several = trainer->options.accumulate > 1;
  bool measured = keel_trainer_is_measured(trainer);
  auto gradStep =
      measured ? trainer->options.telemetry->grad_step : model.grad_step;
  // A state that grad_step does not write keeps its value along the chain.
  if (several)
    memcpy(pending, states, (size_t)model.states_bytes);
  int64_t k = 0;
  for (int64_t done = 0; done < total; ++k) {
    int64_t rows =
        keel_next_batch_rows(trainer->data->rows - at.row,
                             trainer->options.batch_size, model.min_train_rows);
    if (k > 0) {
      memcpy(trainer->chained, pending, (size_t)model.states_bytes);
      states = trainer->chained;
    }
    takeBatch(trainer, rows, done);
    keel_result result = {};
    gradStep(trainer->options.context, trainer->weights->params, states,
             trainer->grads, trainer->scratch, trainer->batch->inputs,
             trainer->batch->labels, rows, at.step, &result);
    double weight = (double)rows / (double)total;
    if (measured)
      keel_trainer_add_telemetry(trainer, weight);
    loss += result.value * (rows == total ? 1.0 : weight);
    if (several)
      accumulate(trainer, weight, k == 0);
    done += rows;
    at.row += rows;
  }
  if (several)
    memcpy(trainer->grads, trainer->sum, (size_t)model.grads_used);
  return loss;
}

/// Stops the run where the model asks for it, else says so the first time.
static int handleNonfinite(Trainer *trainer, const keel_step_record *record) {
  const Position &at = trainer->at;
  const char *what = record->nonfinite ? "a gradient" : "the loss";
  if (trainer->model.nonfinite_is_error)
    return keel_fail(
        trainer->error, nullptr,
        "step %lld: %s is not finite (loss %g), %s and the run stops here; "
        "lower the learning rate, clip the gradients, or set on_nonfinite = "
        "\"skip\"",
        (long long)at.step, what, record->loss,
        record->nonfinite ? "the step was not taken"
                          : "its gradient is finite");
  if (record->nonfinite && at.nonfinite == 1)
    keel_trainer_warn(trainer,
                      "step %lld: a gradient is not finite (loss %g), the step "
                      "is skipped; further ones are counted",
                      (long long)at.step, record->loss);
  if (!record->nonfinite && at.nonfiniteLosses == 1)
    keel_trainer_warn(trainer,
                      "step %lld: the loss is not finite (%g), its gradient is "
                      "and the step is taken; further ones are counted",
                      (long long)at.step, record->loss);
  return 0;
}

static void keepLoss(Trainer *trainer, double loss) {
  if (trainer->numLosses == KEEL_LAST_LOSSES)
    memmove(trainer->losses, trainer->losses + 1,
            sizeof(double) * --trainer->numLosses);
  trainer->losses[trainer->numLosses++] = loss;
}

int keel_trainer_step(Trainer *trainer, keel_step_record *record) {
  const keel_model &model = trainer->model;
  Position &at = trainer->at;
  double start = keel_now();
  int64_t rows = stepRows(trainer);
  *record = {};
  keel_result applied = {};
  bool measured = keel_trainer_is_measured(trainer);
  if (measured)
    keel_trainer_start_telemetry(trainer);
  if (!takeFusedStep(trainer, rows, &record->loss, &applied)) {
    record->loss = computeGradients(trainer, rows);
    if (measured)
      keel_trainer_measure_update(trainer, rows);
    if (!isfinite(record->loss))
      keel_trainer_keep_nonfinite(trainer, rows, record->loss, (double)NAN);
    model.apply_step(trainer->options.context, trainer->weights->params,
                     trainer->weights->states, trainer->weights->slots,
                     trainer->grads, at.step, &applied);
  }
  if (applied.flags & KEEL_FLAG_NONFINITE)
    keel_trainer_keep_nonfinite(trainer, rows, record->loss, applied.value);
  keepLoss(trainer, record->loss);
  record->learning_rate =
      model.learning_rate ? model.learning_rate(at.step) : (double)NAN;
  record->epoch = at.epoch + 1;
  record->step = ++at.step;
  record->rows = rows;
  record->gradient_norm = applied.value;
  record->nonfinite = (applied.flags & KEEL_FLAG_NONFINITE) != 0;
  record->clipped = (applied.flags & KEEL_FLAG_CLIPPED) != 0;
  double seconds = keel_now() - start;
  record->samples_per_second = (double)rows / (seconds > 1e-9 ? seconds : 1e-9);
  record->weights = trainer->weights.get();
  record->gradients = trainer->grads;
  record->layers = measured ? trainer->layers.data : nullptr;
  if (measured && record->nonfinite)
    keel_trainer_clear_updates(trainer);
  at.lossSum += record->loss * (double)rows;
  at.lossRows += rows;
  at.nonfinite += record->nonfinite;
  at.clipped += record->clipped;
  bool lossOnly = !record->nonfinite && !isfinite(record->loss);
  at.nonfiniteLosses += lossOnly;
  trainer->report->samples += rows;
  trainer->epochSamples += rows;
  return lossOnly || record->nonfinite ? handleNonfinite(trainer, record) : 0;
}
