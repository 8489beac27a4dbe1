//===- Files.cpp - Weights of an emitted object, in and out ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unlike its neighbours this file needs the target's C library, as the readers
// and writers of the runtime do.
//
//===----------------------------------------------------------------------===//

#include "../Support.h"
#include "../TensorTable.h"
#include "Context.h"
#include "keel/Runtime/Trainer.h"
#include "keel/Runtime/Weights.h"

using namespace keel;

static int32_t failFile(keel_embedded_context *context,
                        const keel_error &error) {
  keel_error_format(&error, context->message, sizeof context->message);
  return KEEL_ERROR_FILE;
}

/// Whether the file's inputs are standardized as the model's are.
static int checkStandardized(const keel_embedded *program, const char *path,
                             const keel_safetensors *file, keel_error *error) {
  const char *flag = keel_safetensors_metadata(file, "standardized");
  if (!flag || !strcmp(flag, "true") == (program->standardized != 0))
    return 0;
  return keel_fail(error, path,
                   program->standardized
                       ? "was trained on inputs that are not standardized, "
                         "model '%s' standardizes them"
                       : "was trained on standardized inputs, model '%s' does "
                         "not standardize them: compile it with these weights",
                   program->model->name);
}

/// Whether the file also holds what a training that goes on needs.
static bool hasProgress(const keel_model *model, const keel_safetensors *file) {
  Scoped<keel_text, keel_text_free> problems;
  int32_t count = 0;
  keel_check_tensors(file, "", model->slots, model->num_slots, nullptr,
                     problems.get(), &count);
  return !count && keel_safetensors_metadata(file, "step") &&
         keel_safetensors_metadata(file, "seed");
}

static int32_t take(keel_embedded_context *context, const char *path,
                    const keel_safetensors *file) {
  const keel_model *model = context->program->model;
  keel_weights weights = {context->params, context->states, context->slots};
  keel_error error = {};
  if (checkStandardized(context->program, path, file, &error) ||
      keel_take_weights(model, path, file, &weights, nullptr, nullptr, &error))
    return failFile(context, error);
  if (model->init) {
    // Where the file has no slots they start as they would: init fills them,
    // and what else it fills is read once more.
    keel_embedded_init(context, 0);
    keel_take_weights(model, path, file, &weights, nullptr, nullptr, nullptr);
  }
  if (model->grad_step && hasProgress(model, file)) {
    keel_copy_tensors(file, "", model->slots, model->num_slots, context->slots);
    context->step =
        strtoll(keel_safetensors_metadata(file, "step"), nullptr, 10);
    context->seed =
        (int64_t)strtoull(keel_safetensors_metadata(file, "seed"), nullptr, 10);
  }
  if (context->isShared) {
    context->inferParams = model->fold ? context->folded : context->params;
    context->inferStates = context->states;
    context->isShared = false;
  }
  takeWeights(context);
  // Others may share them from here on, which then only read.
  if (!model->grad_step)
    keel_embedded_prepare(context);
  return KEEL_OK;
}

int32_t keel_embedded_load(keel_embedded_context *context, const char *path) {
  if (!context || !path)
    return KEEL_ERROR_ARGUMENT;
  Scoped<keel_safetensors, keel_safetensors_close> file;
  keel_error error = {};
  if (keel_safetensors_open(path, file.get(), &error))
    return failFile(context, error);
  return take(context, path, file.get());
}

int32_t keel_embedded_load_memory(keel_embedded_context *context,
                                  const void *bytes, size_t size) {
  if (!context || !bytes || size > INT64_MAX)
    return KEEL_ERROR_ARGUMENT;
  Scoped<keel_safetensors, keel_safetensors_close> file;
  keel_error error = {};
  if (keel_safetensors_view(bytes, (int64_t)size, "memory", file.get(), &error))
    return failFile(context, error);
  return take(context, "memory", file.get());
}

int32_t keel_embedded_save(keel_embedded_context *context, const char *path) {
  if (!context || !path)
    return KEEL_ERROR_ARGUMENT;
  const keel_embedded *program = context->program;
  const keel_model *model = program->model;
  if (!context->hasWeights)
    return fail(context, KEEL_ERROR_NO_WEIGHTS, "there are no weights to save");
  char step[24], seed[24];
  snprintf(step, sizeof step, "%lld", (long long)context->step);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)context->seed);
  const keel_key_value metadata[] = {
      {"format_version", KEEL_CHECKPOINT_FORMAT},
      {"model", model->name},
      {"model_hash", program->model_hash},
      {"seed", seed},
      {"step", step},
      {"standardized", program->standardized ? "true" : "false"}};
  Vec<keel_stored_tensor> tensors;
  if (keel_append_tensors(&tensors, model->params, model->num_params,
                          context->params) ||
      keel_append_tensors(&tensors, model->states, model->num_states,
                          context->states) ||
      keel_append_tensors(&tensors, model->slots, model->num_slots,
                          context->slots))
    return fail(context, KEEL_ERROR_MEMORY, "out of memory");
  keel_error error = {};
  if (keel_safetensors_write(path, tensors.data, tensors.size, metadata,
                             sizeof metadata / sizeof *metadata, &error))
    return failFile(context, error);
  return KEEL_OK;
}
