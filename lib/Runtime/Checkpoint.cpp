//===- Checkpoint.cpp - Writing and reading a run's state -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A checkpoint is a weights file that also holds the optimizer's slots and, in
// its metadata, where the run stands. While a run that keeps the best epoch
// goes on, that epoch's tensors stand beside the current ones under `best/`;
// the finished file holds the best epoch alone, and resuming it goes on there.
//
//===----------------------------------------------------------------------===//

#include "TensorTable.h"
#include "TrainerState.h"

using namespace keel;

namespace {

/// Strings for the metadata, all of one run's short ones.
struct Metadata {
  Vec<keel_key_value> list;
  Vec<char> numbers;
  bool good = true;

  Metadata() { good = numbers.reserve(64 * 40); }
  void add(const char *key, const char *value) {
    good = good && list.push({key, value});
  }
  /// In decimal, exactly; `null` for what is not finite.
  void addNumber(const char *key, double value) {
    Scoped<keel_text, keel_text_free> text;
    keel_json_append_number(text.get(), value);
    good = good && !text->failed;
    if (!good)
      return;
    char *place = numbers.data + numbers.size;
    numbers.size += 1 + snprintf(place, 40, "%s", text->data);
    add(key, place);
  }
  void addInteger(const char *key, int64_t value) {
    if (!good)
      return;
    char *place = numbers.data + numbers.size;
    numbers.size += 1 + snprintf(place, 40, "%lld", (long long)value);
    add(key, place);
  }
};

void addPosition(Metadata *metadata, const Position &at) {
  metadata->addInteger("step", at.step);
  metadata->addInteger("epoch", at.epoch);
  metadata->addInteger("shuffle_position", at.row);
  metadata->addNumber("epoch_loss_sum", at.lossSum);
  metadata->addInteger("epoch_loss_rows", at.lossRows);
  metadata->addInteger("nonfinite_steps", at.nonfinite);
  metadata->addInteger("nonfinite_losses", at.nonfiniteLosses);
  metadata->addInteger("clipped_steps", at.clipped);
  metadata->addNumber("best_loss", at.bestLoss);
  metadata->addInteger("best_epoch", at.bestEpoch);
  metadata->addInteger("best_step", at.bestStep);
  metadata->addInteger("best_nonfinite_steps", at.bestNonfinite);
  metadata->addInteger("best_nonfinite_losses", at.bestNonfiniteLosses);
  metadata->addInteger("best_clipped_steps", at.bestClipped);
  metadata->addInteger("stale_epochs", at.stale);
}

int appendWeights(Vec<keel_stored_tensor> *list, const keel_model &model,
                  const keel_weights &weights) {
  return keel_append_tensors(list, model.params, model.num_params,
                             weights.params) ||
         keel_append_tensors(list, model.states, model.num_states,
                             weights.states) ||
         keel_append_tensors(list, model.slots, model.num_slots, weights.slots);
}

void appendClasses(const Trainer &trainer, keel_text *text) {
  const keel_train_options &options = trainer.options;
  const char *const *names = options.class_names;
  int32_t count = options.num_class_names;
  if (!names) {
    names = trainer.data->class_names;
    count = trainer.data->num_class_names;
  }
  if (count == 0)
    return;
  keel_text_append(text, "[");
  for (int32_t i = 0; i < count; ++i) {
    keel_text_append(text, i ? ", " : "");
    keel_json_append_string(text, names[i]);
  }
  keel_text_append(text, "]");
}

/// The best epoch's tensors, renamed.
struct BestTensors {
  Vec<keel_stored_tensor> list;
  ~BestTensors() {
    for (const keel_stored_tensor &tensor : list)
      free((void *)tensor.name);
  }
  int append(Vec<keel_stored_tensor> *to, const keel_model &model,
             const keel_weights &weights) {
    Vec<keel_stored_tensor> plain;
    if (appendWeights(&plain, model, weights) || !list.reserve(plain.size))
      return 1;
    for (keel_stored_tensor tensor : plain) {
      size_t size = strlen(tensor.name) + 6;
      char *name = (char *)malloc(size);
      if (!name)
        return 1;
      snprintf(name, size, "best/%s", tensor.name);
      tensor.name = name;
      list.push(tensor);
      if (!to->push(tensor))
        return 1;
    }
    return 0;
  }
};

/// What is no number was not finite, and becomes `otherwise`.
double readNumber(const keel_safetensors *file, const char *key,
                  double otherwise, bool *missing) {
  const char *text = keel_safetensors_metadata(file, key);
  *missing |= !text;
  double value;
  return text && keel_parse_number(text, text + strlen(text), &value)
             ? value
             : otherwise;
}

/// A count: digits alone, and few enough of them that it can be added to.
int64_t readInteger(const keel_safetensors *file, const char *key,
                    bool *missing) {
  const char *text = keel_safetensors_metadata(file, key);
  size_t digits = text ? strspn(text, "0123456789") : 0;
  if (digits == 0 || digits > 18 || text[digits]) {
    *missing = true;
    return 0;
  }
  return strtoll(text, nullptr, 10);
}

int readPosition(Trainer *trainer, const keel_safetensors *file) {
  Position &at = trainer->at;
  bool missing = false;
  at.step = readInteger(file, "step", &missing);
  at.epoch = readInteger(file, "epoch", &missing);
  at.row = readInteger(file, "shuffle_position", &missing);
  at.lossSum = readNumber(file, "epoch_loss_sum", (double)NAN, &missing);
  at.lossRows = readInteger(file, "epoch_loss_rows", &missing);
  at.nonfinite = readInteger(file, "nonfinite_steps", &missing);
  at.nonfiniteLosses = readInteger(file, "nonfinite_losses", &missing);
  at.clipped = readInteger(file, "clipped_steps", &missing);
  at.bestLoss = readNumber(file, "best_loss", (double)INFINITY, &missing);
  at.bestEpoch = readInteger(file, "best_epoch", &missing);
  at.bestStep = readInteger(file, "best_step", &missing);
  at.bestNonfinite = readInteger(file, "best_nonfinite_steps", &missing);
  at.bestNonfiniteLosses = readInteger(file, "best_nonfinite_losses", &missing);
  at.bestClipped = readInteger(file, "best_clipped_steps", &missing);
  at.stale = readInteger(file, "stale_epochs", &missing);
  if (missing || at.row >= trainer->data->rows)
    return keel_fail(trainer->error, trainer->options.resume,
                     "is no checkpoint to resume: its metadata does not say "
                     "where the run stands; use it as initial weights");
  return 0;
}

void check(Trainer *trainer, const keel_safetensors *file, const char *prefix,
           keel_text *problems, int32_t *count) {
  const keel_model &model = trainer->model;
  keel_check_tensors(file, prefix, model.params, model.num_params, nullptr,
                     problems, count);
  keel_check_tensors(file, prefix, model.states, model.num_states, nullptr,
                     problems, count);
  keel_check_tensors(file, prefix, model.slots, model.num_slots, nullptr,
                     problems, count);
}

void copy(const keel_model &model, const keel_safetensors *file,
          const char *prefix, keel_weights *weights) {
  keel_copy_tensors(file, prefix, model.params, model.num_params,
                    weights->params);
  keel_copy_tensors(file, prefix, model.states, model.num_states,
                    weights->states);
  keel_copy_tensors(file, prefix, model.slots, model.num_slots, weights->slots);
}

/// Says what is left where a checkpoint could not be written.
int failToSave(Trainer *trainer) {
  if (trainer->savedStep < 0)
    return 1;
  keel_error cause = *trainer->error;
  return keel_fail(
      trainer->error, cause.file,
      "%.3000s; the checkpoint of step %lld before it is whole: go "
      "on with --resume=%s",
      cause.message, (long long)trainer->savedStep, trainer->options.output);
}

/// Opens the checkpoint, or the one before it, and says so.
int openCheckpoint(Trainer *trainer, keel_safetensors *file) {
  const char *path = trainer->options.resume;
  if (!keel_safetensors_open(path, file, trainer->error))
    return 0;
  char previous[4096 + 64];
  snprintf(previous, sizeof(previous), "%s%s", path, KEEL_PREVIOUS);
  if (keel_safetensors_open(previous, file, nullptr))
    return 1;
  keel_trainer_warn(trainer, "%s: %s; going on from the one before, %s", path,
                    trainer->error->message, previous);
  trainer->newestIsBroken = true;
  return 0;
}

/// Says of another model's checkpoint what differs.
int failOfModel(Trainer *trainer, const keel_safetensors *file,
                const char *hash, const char *mine) {
  Scoped<keel_text, keel_text_free> problems;
  int32_t count = 0;
  check(trainer, file, "", problems.get(), &count);
  return keel_fail(
      trainer->error, trainer->options.resume,
      "is a checkpoint of another model: its hash is '%s', that of '%s' is "
      "'%s'; %s%s",
      hash, trainer->model.name, mine,
      count ? "these tensors are missing or different:"
            : "the tensors are the same, the ops or their settings are not",
      count && problems->data ? problems->data : "");
}

/// The model and the settings must be those of the run before.
int checkOrigin(Trainer *trainer, const keel_safetensors *file) {
  const char *path = trainer->options.resume;
  const char *format = keel_safetensors_metadata(file, "format_version");
  const char *settings = keel_safetensors_metadata(file, "settings");
  const char *hash = keel_safetensors_metadata(file, "model_hash");
  if (!format || !settings || !hash)
    return keel_fail(trainer->error, path,
                     "is no checkpoint to resume: it has weights only; use it "
                     "as initial weights");
  if (strcmp(format, KEEL_CHECKPOINT_FORMAT) != 0)
    return keel_fail(trainer->error, path,
                     "is a checkpoint of format '%s', expected '%s'", format,
                     KEEL_CHECKPOINT_FORMAT);
  const char *mine =
      trainer->options.model_hash ? trainer->options.model_hash : "";
  if (strcmp(hash, mine) != 0)
    return failOfModel(trainer, file, hash, mine);
  return keel_trainer_compare_settings(trainer, settings);
}

} // namespace

int keel_trainer_save(Trainer *trainer, bool final) {
  const keel_train_options &options = trainer->options;
  const keel_model &model = trainer->model;
  char seed[24];
  snprintf(seed, sizeof(seed), "%llu", (unsigned long long)options.seed);
  Metadata metadata;
  metadata.add("format_version", KEEL_CHECKPOINT_FORMAT);
  metadata.add("model", model.name);
  metadata.add("model_hash", options.model_hash ? options.model_hash : "");
  metadata.add("seed", seed);
  addPosition(&metadata, trainer->at);
  metadata.add("settings", trainer->settings->data);
  metadata.add("standardized", options.standardize ? "true" : "false");
  Scoped<keel_text, keel_text_free> classes;
  appendClasses(*trainer, classes.get());
  if (classes->length)
    metadata.add("classes", classes->data);
  for (int32_t i = 0; i < options.num_metadata; ++i)
    metadata.add(options.metadata[i].key, options.metadata[i].value);

  Vec<keel_stored_tensor> tensors;
  BestTensors best;
  bool failed = appendWeights(&tensors, model, trainer->weights.value);
  if (!final && options.keep_best && trainer->at.bestEpoch > 0)
    failed = failed || best.append(&tensors, model, trainer->best.value);
  if (failed || !metadata.good || classes->failed)
    return keel_fail_memory(trainer->error, options.output, tensors.size * 128);
  // What cannot be read is not worth the place of the one before it.
  bool keep = options.checkpoint_every && !trainer->newestIsBroken;
  if (keel_write_tensors(options.output, keep ? KEEL_PREVIOUS : nullptr,
                         tensors.data, tensors.size, metadata.list.data,
                         metadata.list.size, trainer->error))
    return failToSave(trainer);
  trainer->savedStep = trainer->at.step;
  trainer->newestIsBroken = false;
  return 0;
}

int keel_trainer_resume(Trainer *trainer) {
  const keel_model &model = trainer->model;
  const char *path = trainer->options.resume;
  Scoped<keel_safetensors, keel_safetensors_close> file;
  if (openCheckpoint(trainer, file.get()) || checkOrigin(trainer, file.get()) ||
      readPosition(trainer, file.get()))
    return 1;
  Scoped<keel_text, keel_text_free> problems;
  int32_t count = 0;
  bool hasBest = trainer->options.keep_best && trainer->at.bestEpoch > 0;
  bool apart = false; // the best epoch's tensors are not the current ones
  for (int64_t i = 0; i < file->num_tensors; ++i)
    apart |= !strncmp(file->tensors[i].name, "best/", 5);
  check(trainer, file.get(), "", problems.get(), &count);
  if (hasBest && apart)
    check(trainer, file.get(), "best/", problems.get(), &count);
  if (count)
    return keel_fail_tensors(&model, path, problems.get(), count,
                             trainer->error);
  copy(model, file.get(), "", trainer->weights.get());
  if (hasBest)
    copy(model, file.get(), apart ? "best/" : "", trainer->best.get());
  keel_trainer_note(trainer, "resuming %s at step %lld, epoch %lld", path,
                    (long long)trainer->at.step,
                    (long long)trainer->at.epoch + 1);
  return 0;
}
