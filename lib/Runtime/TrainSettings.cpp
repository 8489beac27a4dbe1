//===- TrainSettings.cpp - What a run is set to, checked and compared -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerState.h"

using namespace keel;

/// The rows must be of this model: its inputs and its labels.
static int checkDataset(Trainer *trainer, const keel_dataset *dataset) {
  const keel_model &model = trainer->model;
  if (!dataset || dataset->rows <= 0)
    return keel_fail(trainer->error, nullptr, "there are no rows to train on");
  if (dataset->num_inputs != model.num_inputs ||
      dataset->num_labels != model.num_labels)
    return keel_fail(trainer->error, nullptr,
                     "the data has %d inputs and %d labels, model '%s' has %d "
                     "and %d",
                     dataset->num_inputs, dataset->num_labels, model.name,
                     model.num_inputs, model.num_labels);
  return 0;
}

/// A batch of fixed size must be filled by every step.
static int checkFixedBatch(Trainer *trainer) {
  const keel_model &model = trainer->model;
  const keel_tensor *input = model.inputs;
  if (model.num_inputs == 0 || input->rank == 0 || input->shape[0] < 0)
    return 0;
  if (trainer->options.batch_size == input->shape[0] &&
      trainer->data->rows % input->shape[0] == 0)
    return 0;
  return keel_fail(trainer->error, nullptr,
                   "model '%s' takes %lld rows at a time: the batch size must "
                   "be that and divide the %lld rows; write the batch as '?' "
                   "for any",
                   model.name, (long long)input->shape[0],
                   (long long)trainer->data->rows);
}

static int checkSizes(Trainer *trainer) {
  const keel_model &model = trainer->model;
  const keel_train_options &options = trainer->options;
  keel_error *error = trainer->error;
  int64_t rows = trainer->data->rows;
  if (rows < model.min_train_rows)
    return keel_fail(error, nullptr,
                     "there are %lld rows to train on, batch normalization "
                     "needs at least %lld",
                     (long long)rows, (long long)model.min_train_rows);
  if (options.batch_size < model.min_train_rows)
    return keel_fail(error, nullptr,
                     "the batch size is %lld, batch normalization needs at "
                     "least %lld rows",
                     (long long)options.batch_size,
                     (long long)model.min_train_rows);
  int64_t largest =
      keel_max_batch_rows(rows, options.batch_size, model.min_train_rows);
  if (largest > model.max_rows)
    return keel_fail(error, nullptr,
                     "a batch has up to %lld rows, the model was compiled for "
                     "at most %lld",
                     (long long)largest, (long long)model.max_rows);
  return 0;
}

int keel_trainer_check(Trainer *trainer) {
  const keel_model &model = trainer->model;
  const keel_train_options &options = trainer->options;
  keel_error *error = trainer->error;
  if (!model.grad_step || !model.apply_step || !model.init)
    return keel_fail(error, nullptr,
                     "model '%s' was compiled without a training step",
                     model.name);
  if (checkDataset(trainer, trainer->data))
    return 1;
  if (options.batch_size < 1 || options.accumulate < 1 || options.epochs < 0 ||
      options.steps < 0 || options.early_stopping < 0 ||
      options.checkpoint_every < 0)
    return keel_fail(error, nullptr,
                     "epochs, steps, early stopping and checkpoints count from "
                     "0, batch size and accumulation from 1");
  if (options.weights && options.resume)
    return keel_fail(error, options.resume,
                     "a resumed run has its weights, give initial weights or a "
                     "checkpoint");
  if (options.checkpoint_every && !options.output)
    return keel_fail(error, nullptr,
                     "checkpoints need an output file to be written to");
  if (trainer->validation && !model.eval)
    return keel_fail(error, nullptr,
                     "model '%s' was compiled without eval, which validation "
                     "needs",
                     model.name);
  if (!trainer->validation && (options.early_stopping || options.keep_best))
    return keel_fail(
        error, nullptr, "%s needs validation data: give a file or a fraction",
        options.keep_best ? "keeping the best weights" : "early stopping");
  if (trainer->validation && checkDataset(trainer, trainer->validation))
    return 1;
  return checkSizes(trainer) || checkFixedBatch(trainer);
}

static void appendInteger(keel_text *text, const char *key, int64_t value) {
  keel_json_append_key(text, key);
  keel_text_append(text, "%lld", (long long)value);
}

static void appendFlag(keel_text *text, const char *key, int value) {
  keel_json_append_key(text, key);
  keel_text_append(text, value ? "true" : "false");
}

static void appendHash(keel_text *text, const char *key, uint64_t value) {
  keel_json_append_key(text, key);
  keel_text_append(text, "\"%016llx\"", (unsigned long long)value);
}

int keel_trainer_make_settings(Trainer *trainer) {
  const keel_train_options &options = trainer->options;
  keel_text *text = trainer->settings.get();
  keel_text_append(text, "{");
  appendInteger(text, "batch_size", options.batch_size);
  appendInteger(text, "accumulate", options.accumulate);
  keel_json_append_key(text, "seed");
  keel_text_append(text, "%llu", (unsigned long long)options.seed);
  appendFlag(text, "shuffle", options.shuffle);
  appendFlag(text, "standardize", options.standardize);
  keel_json_append_key(text, "validation_fraction");
  keel_json_append_number(text, options.validation_fraction);
  keel_json_append_key(text, "keep");
  keel_json_append_string(text, options.keep_best ? "best" : "last");
  appendInteger(text, "early_stopping", options.early_stopping);
  appendHash(text, "data_hash", keel_dataset_fingerprint(trainer->data));
  if (trainer->validation)
    appendHash(text, "validation_data_hash",
               keel_dataset_fingerprint(trainer->validation));
  for (int32_t i = 0; i < options.num_settings; ++i) {
    keel_json_append_key(text, options.settings[i].key);
    keel_json_append_string(text, options.settings[i].value);
  }
  keel_text_append(text, "}");
  return text->failed ? keel_fail_memory(trainer->error, nullptr, text->length)
                      : 0;
}

static void describe(const keel_json_value *value, keel_text *text) {
  if (!value || value->kind == KEEL_JSON_NULL)
    keel_text_append(text, "none");
  else if (value->kind == KEEL_JSON_STRING)
    keel_text_append(text, "'%s'", value->string);
  else if (value->kind == KEEL_JSON_NUMBER)
    keel_json_append_number(text, value->number);
  else
    keel_text_append(text, value->kind == KEEL_JSON_TRUE ? "true" : "false");
}

static bool same(const keel_json_value *a, const keel_json_value *b) {
  if (!a || !b || a->kind != b->kind)
    return false;
  if (a->kind == KEEL_JSON_STRING)
    return !strcmp(a->string, b->string);
  return a->kind != KEEL_JSON_NUMBER || a->number == b->number;
}

static void appendDifference(keel_text *problems, const char *key,
                             const keel_json_value *before,
                             const keel_json_value *now) {
  keel_text_append(problems, "\n  %s: the checkpoint has ", key);
  describe(before, problems);
  keel_text_append(problems, ", now ");
  describe(now, problems);
}

int keel_trainer_compare_settings(Trainer *trainer, const char *stored) {
  const char *path = trainer->options.resume;
  Scoped<keel_json, keel_json_free> before, now;
  if (keel_json_parse(stored, (int64_t)strlen(stored), path, before.get(),
                      nullptr) ||
      before->values[0].kind != KEEL_JSON_OBJECT)
    return keel_fail(trainer->error, path,
                     "the checkpoint's settings are not understood");
  if (keel_json_parse(trainer->settings->data, trainer->settings->length, path,
                      now.get(), trainer->error))
    return 1;
  Scoped<keel_text, keel_text_free> problems;
  for (int64_t i = now->values[0].child; i >= 0; i = now->values[i].next) {
    const keel_json_value *value = &now->values[i];
    const keel_json_value *old =
        keel_json_get(before.get(), &before->values[0], value->key);
    if (!same(value, old))
      appendDifference(problems.get(), value->key, old, value);
  }
  for (int64_t i = before->values[0].child; i >= 0;
       i = before->values[i].next) {
    const keel_json_value *value = &before->values[i];
    if (!keel_json_get(now.get(), &now->values[0], value->key))
      appendDifference(problems.get(), value->key, value, nullptr);
  }
  if (!problems->length)
    return 0;
  return keel_fail(trainer->error, path,
                   "a resumed run keeps its settings, but for epochs, steps "
                   "and outputs; these differ:%s",
                   problems->data);
}

bool keel_trainer_find_difference(Trainer *trainer, const keel_json *line,
                                  keel_text *name) {
  Scoped<keel_json, keel_json_free> now;
  if (keel_json_parse(trainer->settings->data, trainer->settings->length,
                      nullptr, now.get(), nullptr))
    return false;
  for (int64_t i = now->values[0].child; i >= 0; i = now->values[i].next) {
    const keel_json_value *value = &now->values[i];
    if (same(value, keel_json_get(line, &line->values[0], value->key)))
      continue;
    keel_text_append(name, "%s", value->key);
    return true;
  }
  return false;
}
