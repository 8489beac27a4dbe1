//===- Nonfinite.cpp - Keeping the first step that is not finite ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A step whose gradient is not finite updates nothing, and one whose loss alone
// is not finite is kept before its update: what the trainer holds is what the
// step began with.
//
//===----------------------------------------------------------------------===//

#include "TensorTable.h"
#include "TrainerState.h"

using namespace keel;

namespace {

/// The tensors and texts of the file, and what they point to.
struct Recording {
  Vec<keel_stored_tensor> tensors;
  Vec<char *> names;
  Vec<keel_key_value> metadata;
  Scoped<keel_text, keel_text_free> texts[8];
  int32_t numTexts = 0;

  ~Recording() {
    for (char *name : names)
      free(name);
  }

  bool addRows(const char *kind, const keel_tensor &tensor,
               const keel_rows &rows, int64_t count, const void *data) {
    size_t size = strlen(kind) + strlen(tensor.name) + 1;
    char *name = (char *)malloc(size);
    if (!name || !names.push(name)) {
      free(name);
      return false;
    }
    snprintf(name, size, "%s%s", kind, tensor.name);
    keel_stored_tensor stored = {};
    stored.name = name;
    stored.dtype = rows.dtype;
    stored.rank = 2;
    stored.shape[0] = count;
    stored.shape[1] = rows.elements;
    stored.data = data;
    stored.bytes = count * rows.row_bytes;
    return tensors.push(stored);
  }

  bool add(const char *key, const char *value) {
    return metadata.push({key, value});
  }
  bool add(const char *key, const char *format, long long value) {
    keel_text *text = texts[numTexts++].get();
    keel_text_append(text, format, value);
    return !text->failed && add(key, text->data);
  }
  bool addLosses(const keel_nonfinite_step &step) {
    keel_text *text = texts[numTexts++].get();
    for (int32_t i = 0; i < step.num_losses; ++i)
      keel_text_append(text, "%s%.17g", i ? " " : "", step.losses[i]);
    return !text->failed && add("losses", text->data);
  }
};

bool describe(const Trainer &trainer, const keel_nonfinite_step &step,
              Recording *file) {
  const keel_model &model = trainer.model;
  const keel_train_options &options = trainer.options;
  bool good = !keel_append_tensors(&file->tensors, model.params,
                                   model.num_params, step.weights->params) &&
              !keel_append_tensors(&file->tensors, model.states,
                                   model.num_states, step.weights->states);
  for (int32_t i = 0; good && i < model.num_inputs; ++i)
    good =
        file->addRows("batch/input/", model.inputs[i], trainer.data->inputs[i],
                      step.rows, step.batch->inputs[i]);
  for (int32_t i = 0; good && i < model.num_labels; ++i)
    good =
        file->addRows("batch/label/", model.labels[i], trainer.data->labels[i],
                      step.rows, step.batch->labels[i]);
  int64_t bits;
  memcpy(&bits, &step.loss, sizeof bits);
  return good && file->add("kind", "nonfinite step") &&
         file->add("model", model.name) &&
         file->add("model_hash",
                   options.model_hash ? options.model_hash : "") &&
         file->add("settings", trainer.settings.value.data) &&
         file->add("step", "%lld", step.step) &&
         file->add("seed", "%llu", (long long)options.seed) &&
         file->add("rows", "%lld", step.rows) &&
         file->add("batch_size", "%lld", options.batch_size) &&
         file->add("max_rows", "%lld", model.max_rows) &&
         file->add("loss_bits", "%016llx", bits) && file->addLosses(step);
}

/// Errors are said and do not end the run.
bool write(Trainer *trainer, const keel_nonfinite_step &step) {
  const char *path = trainer->options.nonfinite_path;
  Recording file;
  keel_error error = {};
  bool good =
      describe(*trainer, step, &file) || !keel_fail_memory(&error, path, 4096);
  if (good && keel_safetensors_write(path, file.tensors.data, file.tensors.size,
                                     file.metadata.data, file.metadata.size,
                                     &error) == 0)
    return true;
  keel_trainer_warn(trainer, "%s: the step is not kept: %s", path,
                    error.message);
  return false;
}

} // namespace

void keel_trainer_keep_nonfinite(Trainer *trainer, int64_t rows, double loss,
                                 double norm) {
  const keel_train_options &options = trainer->options;
  if (trainer->nonfiniteKept ||
      !(options.nonfinite_path || options.on_nonfinite))
    return;
  trainer->nonfiniteKept = true;
  Scoped<keel_batch, keel_batch_free> batch;
  if (keel_batch_create(trainer->data, rows, batch.get(), nullptr))
    return;
  keel_batch_gather(trainer->data,
                    options.shuffle ? trainer->order.data : nullptr,
                    trainer->at.row - rows, rows, batch.get());
  double losses[KEEL_LAST_LOSSES];
  int32_t skipped = trainer->numLosses == KEEL_LAST_LOSSES;
  int32_t count = trainer->numLosses - skipped;
  memcpy(losses, trainer->losses + skipped, sizeof(double) * (size_t)count);
  losses[count] = loss;
  keel_nonfinite_step step = {trainer->at.step + 1,
                              trainer->at.epoch + 1,
                              loss,
                              norm,
                              trainer->weights.get(),
                              batch.get(),
                              rows,
                              losses,
                              count + 1,
                              nullptr};
  if (options.nonfinite_path && write(trainer, step))
    step.path = options.nonfinite_path;
  if (!options.on_nonfinite)
    return;
  keel_trainer_clear(trainer); // a bar, before others write
  options.on_nonfinite(options.user, &step);
}
