//===- TrainTelemetry.cpp - What measured steps tell of each layer --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerState.h"

using namespace keel;

bool keel_trainer_is_measured(const Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  return options.telemetry && options.telemetry_every > 0 &&
         (trainer->at.step + 1) % options.telemetry_every == 0;
}

int keel_trainer_allocate_telemetry(Trainer *trainer) {
  const keel_telemetry *telemetry = trainer->options.telemetry;
  int64_t count = telemetry ? telemetry->num_layers : 0;
  if (trainer->values.reserve(count * KEEL_LAYER_VALUES) &&
      trainer->layers.reserve(count))
    return 0;
  return keel_fail_memory(trainer->error, nullptr, count * 128);
}

void keel_trainer_start_telemetry(Trainer *trainer) {
  int64_t count =
      (int64_t)trainer->options.telemetry->num_layers * KEEL_LAYER_VALUES;
  for (int64_t i = 0; i < count; ++i)
    trainer->values.data[i] = 0.0;
  trainer->calls = 0;
}

void keel_telemetry_add(const keel_telemetry *telemetry, const void *grads,
                        double weight, double *values) {
  const double *from =
      (const double *)((const char *)grads + telemetry->values_offset);
  // A gradient is that of the micro-batch's mean loss, its units die by
  // themselves.
  double weights[KEEL_LAYER_VALUES];
  weights[KEEL_SUM_VALUE] = weights[KEEL_COUNT_SATURATED] = 1.0;
  weights[KEEL_SUM_GRADIENT] = weight * weight;
  weights[KEEL_COUNT_DEAD] = weight;
  for (int32_t layer = 0; layer < telemetry->num_layers; ++layer)
    for (int32_t i = 0; i < KEEL_LAYER_VALUES; ++i, ++from, ++values)
      *values = *from == -1.0 ? -1.0 : *values + weights[i] * *from;
}

void keel_trainer_add_telemetry(Trainer *trainer, double weight) {
  keel_telemetry_add(trainer->options.telemetry, trainer->grads, weight,
                     trainer->values.data);
  ++trainer->calls;
}

/// The root of a mean square, -1 where there is none.
static double rms(double sum, double count) {
  return sum == -1.0 ? -1.0 : sqrt(sum / count);
}

void keel_telemetry_summarize(const keel_telemetry *telemetry,
                              const void *grads, const double *values,
                              int64_t rows, int64_t calls,
                              keel_layer_record *records) {
  const double *updates =
      (const double *)((const char *)grads + telemetry->updates_offset);
  for (int32_t i = 0; i < telemetry->num_layers; ++i) {
    const keel_layer &layer = telemetry->layers[i];
    double count = layer.fixed_elements
                       ? (double)layer.fixed_elements * (double)calls
                       : (double)rows * (double)layer.units;
    double weights = (double)layer.weights;
    keel_layer_record *record = &records[i];
    record->activation_rms = rms(values[KEEL_SUM_VALUE], count);
    record->result_gradient_rms = rms(values[KEEL_SUM_GRADIENT], count);
    record->gradient_rms =
        updates[KEEL_SUM_WEIGHT_GRADIENT] == -1.0
            ? record->result_gradient_rms
            : rms(updates[KEEL_SUM_WEIGHT_GRADIENT], weights);
    record->update_rms = rms(updates[KEEL_SUM_CHANGE], weights);
    record->weight_rms = rms(updates[KEEL_SUM_WEIGHT], weights);
    double saturated = values[KEEL_COUNT_SATURATED],
           dead = values[KEEL_COUNT_DEAD];
    record->saturated = saturated == -1.0 ? -1.0 : saturated / count;
    record->dead = dead == -1.0 ? -1.0 : dead / (double)layer.units;
    values += KEEL_LAYER_VALUES;
    updates += KEEL_LAYER_UPDATES;
  }
}

void keel_trainer_measure_update(Trainer *trainer, int64_t rows) {
  const keel_telemetry *telemetry = trainer->options.telemetry;
  keel_result unused = {};
  telemetry->apply_step(trainer->options.context, trainer->weights->params,
                        trainer->weights->states, trainer->weights->slots,
                        trainer->grads, trainer->at.step, &unused);
  keel_telemetry_summarize(telemetry, trainer->grads, trainer->values.data,
                           rows, trainer->calls, trainer->layers.data);
}

void keel_trainer_clear_updates(Trainer *trainer) {
  for (int32_t i = 0; i < trainer->options.telemetry->num_layers; ++i)
    if (trainer->layers.data[i].update_rms != -1.0)
      trainer->layers.data[i].update_rms = 0.0;
}
