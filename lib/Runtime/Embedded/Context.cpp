//===- Context.cpp - Making the context of an emitted object --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"

using namespace keel;

// All that is needed of a C library, which has no header for every target here.
extern "C" {
void *aligned_alloc(size_t alignment, size_t size);
void free(void *memory);
}

static void runAlone(keel_context *, keel_body body, void *closure,
                     int64_t begin, int64_t end) {
  if (begin < end)
    body(closure, begin, end);
}

static void runByHost(keel_context *host, keel_body body, void *closure,
                      int64_t begin, int64_t end) {
  keel_embedded_context *context = (keel_embedded_context *)host;
  if (begin < end)
    context->parallelFor(context->user, body, closure, begin, end);
}

void *keel_embedded_scratch(keel_context *host) {
  return ((keel_embedded_context *)host)->scratch;
}

/// The weights that the object holds, where it holds some.
static void takeOwnWeights(keel_embedded_context *context) {
  const keel_embedded *program = context->program;
  const keel_model *model = program->model;
  if (program->constant) {
    context->inferParams = program->folded ? program->folded : program->params;
    context->inferStates = program->states;
    context->hasWeights = context->isFolded = true;
    return;
  }
  if (!program->params && !program->states)
    return;
  // What the optimizer keeps starts as it would.
  keel_embedded_init(context, 0);
  if (program->params)
    __builtin_memcpy(context->params, program->params,
                     (size_t)model->params_bytes);
  if (program->states)
    __builtin_memcpy(context->states, program->states,
                     (size_t)model->states_bytes);
}

int32_t keel_embedded_create(const keel_embedded *program, void *memory,
                             size_t bytes, keel_embedded_context **context) {
  if (!context)
    return KEEL_ERROR_ARGUMENT;
  *context = nullptr;
  keel_embedded_layout layout =
      keel_embedded_get_layout(program->model, program->constant != 0);
  bool isOwned = !memory;
  if (isOwned)
    memory = (uint64_t)layout.end <= SIZE_MAX
                 ? aligned_alloc(KEEL_ARENA_ALIGNMENT, (size_t)layout.end)
                 : nullptr;
  else if (bytes < (size_t)layout.end ||
           (uintptr_t)memory % KEEL_ARENA_ALIGNMENT)
    return KEEL_ERROR_ARGUMENT;
  if (!memory)
    return KEEL_ERROR_MEMORY;
  __builtin_memset(memory, 0, (size_t)layout.end);
  char *base = (char *)memory;
  keel_embedded_context *made = (keel_embedded_context *)memory;
  made->host.parallel_for = runAlone;
  made->program = program;
  made->params = base + layout.params;
  made->states = base + layout.states;
  made->slots = base + layout.slots;
  made->grads = base + layout.grads;
  made->folded = base + layout.folded;
  made->scratch = base + layout.scratch;
  made->inferParams = program->model->fold ? made->folded : made->params;
  made->inferStates = made->states;
  made->isOwned = isOwned;
  takeOwnWeights(made);
  *context = made;
  return KEEL_OK;
}

void keel_embedded_destroy(keel_embedded_context *context) {
  if (context && context->isOwned)
    free(context);
}

void keel_embedded_set_parallel_for(keel_embedded_context *context,
                                    keel_embedded_parallel_for parallelFor,
                                    void *user) {
  context->host.parallel_for = parallelFor ? runByHost : runAlone;
  context->parallelFor = parallelFor;
  context->user = user;
}

const char *keel_embedded_message(const keel_embedded_context *context) {
  return context ? context->message : "";
}

const char *keel_embedded_status_text(int32_t status) {
  switch (status) {
  case KEEL_OK:
    return "done";
  case KEEL_ERROR_ARGUMENT:
    return "an argument is null or wrong";
  case KEEL_ERROR_ROWS:
    return "the number of rows is not one that a call takes";
  case KEEL_ERROR_NO_WEIGHTS:
    return "the context has no weights yet";
  case KEEL_ERROR_LABEL:
    return "a label is out of its range";
  case KEEL_ERROR_NONFINITE:
    return "a gradient is not finite, nothing was updated";
  case KEEL_ERROR_MEMORY:
    return "out of memory";
  case KEEL_ERROR_FILE:
    return "the file cannot be read or written, or is none of this model";
  }
  return "no such status";
}
