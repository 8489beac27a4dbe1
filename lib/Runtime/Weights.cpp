//===- Weights.cpp - A model's parameters, states and slots ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Weights.h"
#include "Support.h"
#include "TensorTable.h"
#include "keel/Runtime/Random.h"

using namespace keel;

int keel_weights_create(const keel_model *model, keel_weights *weights,
                        keel_error *error) {
  *weights = {keel_allocate(model->params_bytes),
              keel_allocate(model->states_bytes),
              keel_allocate(model->slots_bytes)};
  if (weights->params && weights->states && weights->slots)
    return 0;
  keel_weights_free(weights);
  return keel_fail_memory(error, nullptr,
                          model->params_bytes + model->states_bytes +
                              model->slots_bytes);
}

void keel_weights_free(keel_weights *weights) {
  free(weights->params);
  free(weights->states);
  free(weights->slots);
  *weights = {};
}

int keel_init_weights(const keel_model *model, keel_context *context,
                      int64_t seed, keel_weights *weights, keel_error *error) {
  if (keel_weights_create(model, weights, error))
    return 1;
  if (model->init)
    model->init(context, weights->params, weights->states, weights->slots,
                seed);
  return 0;
}

static uint64_t addTensors(uint64_t hash, const keel_tensor *tensors,
                           int32_t count, const void *arena) {
  for (int32_t i = 0; i < count; ++i) {
    const char *name = tensors[i].name;
    hash = keel_fnv1a_continue(hash, name, (int64_t)strlen(name));
    hash = keel_hash_words(hash, (const char *)arena + tensors[i].offset,
                           keel_tensor_bytes(&tensors[i]));
  }
  return hash;
}

uint64_t keel_weights_hash(const keel_model *model,
                           const keel_weights *weights) {
  uint64_t hash = keel_fnv1a(nullptr, 0);
  hash = addTensors(hash, model->params, model->num_params, weights->params);
  hash = addTensors(hash, model->states, model->num_states, weights->states);
  return addTensors(hash, model->slots, model->num_slots, weights->slots);
}

static bool hasName(const keel_tensor *tensors, int32_t count,
                    const char *name) {
  for (int32_t i = 0; i < count; ++i)
    if (!strcmp(tensors[i].name, name))
      return true;
  return false;
}

/// What a checkpoint holds beside the weights is expected there.
static bool belongsToTraining(const char *name) {
  return !strncmp(name, "optimizer/", 10) || !strncmp(name, "best/", 5);
}

static void noteExtra(const keel_model *model, const char *path,
                      const keel_safetensors &file, keel_error *note) {
  *note = {};
  int64_t extra = 0;
  Scoped<keel_text, keel_text_free> names;
  for (int64_t i = 0; i < file.num_tensors; ++i) {
    const char *name = file.tensors[i].name;
    if (belongsToTraining(name) ||
        hasName(model->params, model->num_params, name) ||
        hasName(model->states, model->num_states, name))
      continue;
    keel_text_append(names.get(), "%s'%s'", extra ? ", " : "", name);
    ++extra;
  }
  if (extra)
    keel_fail(note, path,
              "%lld tensor%s the model does not have %s ignored: %s",
              (long long)extra, extra == 1 ? " that" : "s that",
              extra == 1 ? "is" : "are", names->data ? names->data : "");
}

int keel_load_weights(const keel_model *model, const char *path,
                      keel_weights *weights, int32_t *statistics,
                      keel_error *note, keel_error *error) {
  Scoped<keel_safetensors, keel_safetensors_close> file;
  if (keel_safetensors_open(path, file.get(), error))
    return 1;
  return keel_take_weights(model, path, file.get(), weights, statistics, note,
                           error);
}

int keel_take_weights(const keel_model *model, const char *path,
                      const keel_safetensors *file, keel_weights *weights,
                      int32_t *statistics, keel_error *note,
                      keel_error *error) {
  static const char *const optional[] = {"input.mean", "input.variance",
                                         nullptr};
  Scoped<keel_text, keel_text_free> problems;
  int32_t count = 0;
  keel_check_tensors(file, "", model->params, model->num_params, nullptr,
                     problems.get(), &count);
  keel_check_tensors(file, "", model->states, model->num_states,
                     statistics ? optional : nullptr, problems.get(), &count);
  if (count)
    return keel_fail_tensors(model, path, problems.get(), count, error);
  keel_copy_tensors(file, "", model->params, model->num_params,
                    weights->params);
  keel_copy_tensors(file, "", model->states, model->num_states,
                    weights->states);
  if (statistics)
    *statistics = keel_safetensors_find(file, optional[0]) &&
                  keel_safetensors_find(file, optional[1]);
  if (note)
    noteExtra(model, path, *file, note);
  return 0;
}

int keel_save_weights(const keel_model *model, const keel_weights *weights,
                      const char *path, const keel_key_value *metadata,
                      int64_t num_metadata, keel_error *error) {
  Vec<keel_stored_tensor> tensors;
  if (keel_append_tensors(&tensors, model->params, model->num_params,
                          weights->params) ||
      keel_append_tensors(&tensors, model->states, model->num_states,
                          weights->states))
    return keel_fail_memory(error, path, tensors.size * 128);
  return keel_safetensors_write(path, tensors.data, tensors.size, metadata,
                                num_metadata, error);
}

int keel_class_names_read(const keel_safetensors *file, const char *path,
                          keel_class_names *classes, keel_error *error) {
  *classes = {};
  const char *text = keel_safetensors_metadata(file, "classes");
  if (!text)
    return 0;
  keel_error inner;
  if (keel_json_parse(text, (int64_t)strlen(text), path, &classes->json,
                      &inner))
    return keel_fail(error, path,
                     "the metadata \"classes\" is no JSON: %.2000s",
                     inner.message);
  const keel_json_value *values = classes->json.values;
  bool good = values[0].kind == KEEL_JSON_ARRAY;
  classes->names =
      (const char **)calloc((size_t)values[0].count + 1, sizeof(char *));
  for (int64_t i = values[0].child; good && classes->names && i >= 0;
       i = values[i].next) {
    good = values[i].kind == KEEL_JSON_STRING;
    classes->names[classes->count++] = values[i].string;
  }
  if (good && classes->names)
    return 0;
  keel_class_names_free(classes);
  return keel_fail(error, path,
                   "the metadata \"classes\" is no list of strings");
}

void keel_class_names_free(keel_class_names *classes) {
  free((void *)classes->names);
  keel_json_free(&classes->json);
  *classes = {};
}
