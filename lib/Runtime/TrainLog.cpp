//===- TrainLog.cpp - A run as lines of JSON ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerState.h"

#include <unistd.h>

using namespace keel;

static void integer(keel_text *line, const char *key, int64_t value) {
  keel_json_append_key(line, key);
  keel_text_append(line, "%lld", (long long)value);
}

/// A number that may be null; returns whether it is not finite.
static bool number(keel_text *line, const char *key, double value) {
  keel_json_append_key(line, key);
  keel_json_append_number(line, value);
  return !isfinite(value);
}

static int finishLine(Trainer *trainer, bool nonfinite) {
  keel_text *line = trainer->line.get();
  if (nonfinite)
    keel_text_append(line, ", \"nonfinite\": true");
  keel_text_append(line, "}\n");
  if (line->failed)
    return keel_fail_memory(trainer->error, trainer->options.log, line->length);
  size_t length = (size_t)line->length;
  const keel_train_options &options = trainer->options;
  if (options.on_line && options.on_line(options.user, line->data))
    return keel_fail(trainer->error, nullptr, "stopped by the caller");
  if (!trainer->log)
    return 0;
  bool good = fwrite(line->data, 1, length, trainer->log) == length;
  double now = keel_now();
  if (now - trainer->lastFlush > 1.0) {
    good = fflush(trainer->log) == 0 && good;
    trainer->lastFlush = now;
  }
  return good ? 0
              : keel_fail_errno(trainer->error, trainer->options.log,
                                "cannot be written");
}

/// Of all that the model learns and keeps: what decides the next step.
static void hash(Trainer *trainer) {
  keel_json_append_key(trainer->line.get(), "weights_hash");
  keel_text_append(trainer->line.get(), "\"%016llx\"",
                   (unsigned long long)keel_weights_hash(
                       &trainer->model, trainer->weights.get()));
}

static bool isLogged(const Trainer &trainer) {
  return trainer.options.log || trainer.options.on_line;
}

static keel_text *startLine(Trainer *trainer) {
  keel_text *line = trainer->line.get();
  line->length = 0;
  keel_text_append(line, "{");
  return line;
}

static void pairs(keel_text *line, const keel_key_value *list, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    keel_json_append_key(line, list[i].key);
    keel_json_append_string(line, list[i].value);
  }
}

int keel_trainer_open_log(Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  if (!isLogged(*trainer))
    return 0;
  bool goesOn = false;
  if (options.log) {
    if (options.resume && keel_trainer_cut_log(trainer, &goesOn))
      return 1;
    trainer->log = fopen(options.log, options.resume ? "ae" : "we");
    if (!trainer->log)
      return keel_fail_errno(trainer->error, options.log, "cannot be written");
  }
  if (goesOn)
    return 0;
  keel_text *line = startLine(trainer);
  keel_json_append_key(line, "model");
  keel_json_append_string(line, trainer->model.name);
  keel_json_append_key(line, "model_hash");
  keel_json_append_string(line, options.model_hash ? options.model_hash : "");
  integer(line, "rows", trainer->data->rows);
  if (trainer->validation)
    integer(line, "validation_rows", trainer->validation->rows);
  integer(line, "epochs", options.epochs);
  integer(line, "steps", options.steps);
  if (options.resume)
    integer(line, "resumed_at_step", trainer->at.step);
  pairs(line, options.log_settings, options.num_log_settings);
  // The settings are an object: its members, without the braces.
  const char *settings = trainer->settings->data;
  keel_text_append(line, ", %.*s", (int)trainer->settings->length - 2,
                   settings + 1);
  return finishLine(trainer, false) || keel_trainer_sync_log(trainer);
}

int keel_trainer_sync_log(Trainer *trainer) {
  if (!trainer->log)
    return 0;
  if (fflush(trainer->log) != 0)
    return keel_fail_errno(trainer->error, trainer->options.log,
                           "cannot be written");
  fsync(fileno(trainer->log)); // a pipe has nothing to sync
  return 0;
}

int keel_trainer_log_step(Trainer *trainer, const keel_step_record *record) {
  if (!isLogged(*trainer))
    return 0;
  keel_text *line = startLine(trainer);
  integer(line, "step", record->step);
  integer(line, "epoch", record->epoch);
  bool nonfinite = number(line, "loss", record->loss);
  number(line, "learning_rate", record->learning_rate);
  nonfinite |= number(line, "gradient_norm", record->gradient_norm);
  keel_json_append_key(line, "clipped");
  keel_text_append(line, record->clipped ? "true" : "false");
  number(line, "samples_per_second", record->samples_per_second);
  // Where weights are written, the log says which.
  const keel_train_options &options = trainer->options;
  if ((options.steps && record->step == options.steps) ||
      (options.checkpoint_every &&
       record->step % options.checkpoint_every == 0))
    hash(trainer);
  return finishLine(trainer, nonfinite || record->nonfinite);
}

int keel_trainer_log_epoch(Trainer *trainer, double train_loss) {
  if (!isLogged(*trainer))
    return 0;
  keel_text *line = startLine(trainer);
  const keel_evaluation &validated = trainer->validated;
  integer(line, "epoch", trainer->at.epoch);
  bool nonfinite = number(line, "train_loss", train_loss);
  // Null where there is no validation: that is no mishap.
  bool loss = number(line, "validation_loss",
                     trainer->validation ? validated.loss : (double)NAN);
  number(line, "validation_accuracy",
         trainer->validation ? validated.accuracy : (double)NAN);
  hash(trainer);
  return finishLine(trainer, nonfinite || (loss && trainer->validation));
}

int keel_trainer_log_telemetry(Trainer *trainer,
                               const keel_step_record *record) {
  if (!isLogged(*trainer) || !record->layers)
    return 0;
  const keel_telemetry &telemetry = *trainer->options.telemetry;
  keel_text *line = startLine(trainer);
  integer(line, "step", record->step);
  keel_json_append_key(line, "layers");
  keel_text_append(line, "[");
  bool nonfinite = false;
  for (int32_t i = 0; i < telemetry.num_layers; ++i) {
    const keel_layer_record &layer = record->layers[i];
    keel_text_append(line, i ? ", {" : "{");
    keel_json_append_key(line, "name");
    keel_json_append_string(line, telemetry.layers[i].name);
    // Null where there is none: that is no mishap.
    auto append = [&](const char *key, double value) {
      bool isNone = value == -1.0;
      nonfinite |= number(line, key, isNone ? (double)NAN : value) && !isNone;
    };
    append("gradient_rms", layer.gradient_rms);
    append("update_rms", layer.update_rms);
    append("weight_rms", layer.weight_rms);
    append("activation_rms", layer.activation_rms);
    append("saturated", layer.saturated);
    append("dead", layer.dead);
    keel_text_append(line, "}");
  }
  keel_text_append(line, "]");
  return finishLine(trainer, nonfinite);
}
