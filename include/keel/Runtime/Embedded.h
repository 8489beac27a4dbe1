//===- Embedded.h - What emitted objects hold beside their kernels --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that an emitted header declares are made of these: each object
// has them inside, as local symbols, so that two models do not meet. They keep
// all they know in the context that the caller gives memory for. The names of
// the header are those of the model; what is said there holds here.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_EMBEDDED_H
#define KEEL_RUNTIME_EMBEDDED_H

#include "keel/Runtime/Model.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a function of the header returns. The numbers are part of the ABI.
typedef enum keel_status {
  KEEL_OK = 0,
  KEEL_ERROR_ARGUMENT = 1,
  KEEL_ERROR_ROWS = 2,
  KEEL_ERROR_NO_WEIGHTS = 3,
  KEEL_ERROR_LABEL = 4,
  KEEL_ERROR_NONFINITE = 5,
  KEEL_ERROR_MEMORY = 6,
  KEEL_ERROR_FILE = 7
} keel_status;

/// A compiled model as its object holds it.
typedef struct keel_embedded {
  const keel_model *model;
  const char *model_hash;
  int64_t standardized; ///< 1 where it standardizes its inputs
  int64_t fixed_rows;   ///< what a call takes; 0: any number of rows
  /// 1 where the weights inside are constants that infer takes as they are:
  /// `folded`, where there is one, stands for `params`.
  int64_t constant;
  /// The weights inside, arenas of the model's layout; null where there are
  /// none.
  const void *params, *states, *folded;
} keel_embedded;

/// A step, as the header has it.
typedef struct keel_embedded_step {
  double loss;
  double gradient_norm;
  int64_t step;
  int32_t clipped;
  int32_t skipped;
} keel_embedded_step;

typedef struct keel_embedded_evaluation {
  double loss;
  double accuracy;
  int64_t correct;
  int64_t predictions;
} keel_embedded_evaluation;

typedef void (*keel_embedded_parallel_for)(void *user, keel_body body,
                                           void *closure, int64_t begin,
                                           int64_t end);

/// The most inputs, outputs or labels of a model.
#define KEEL_EMBEDDED_MAX_TENSORS 256

/// What a context's memory begins with; its size is for every processor.
#define KEEL_EMBEDDED_HEADER_BYTES 4096
#define KEEL_EMBEDDED_MESSAGE_BYTES 3072

/// Where a context's arenas start in its memory, and where it ends. Arenas
/// that stand in the object take no bytes here.
typedef struct keel_embedded_layout {
  int64_t params, states, slots, grads, folded, scratch, end;
} keel_embedded_layout;

static inline int64_t keel_embedded_place(int64_t *end, int64_t bytes) {
  int64_t begin = *end;
  *end += (bytes + KEEL_ARENA_ALIGNMENT - 1) / KEEL_ARENA_ALIGNMENT *
          KEEL_ARENA_ALIGNMENT;
  return begin;
}

/// `constant`: the weights stand in the object and are not trained.
static inline keel_embedded_layout
keel_embedded_get_layout(const keel_model *model, int constant) {
  keel_embedded_layout layout;
  layout.end = KEEL_EMBEDDED_HEADER_BYTES;
  layout.params =
      keel_embedded_place(&layout.end, constant ? 0 : model->params_bytes);
  layout.states =
      keel_embedded_place(&layout.end, constant ? 0 : model->states_bytes);
  layout.slots =
      keel_embedded_place(&layout.end, constant ? 0 : model->slots_bytes);
  layout.grads =
      keel_embedded_place(&layout.end, constant ? 0 : model->grads_bytes);
  layout.folded =
      keel_embedded_place(&layout.end, constant ? 0 : model->folded_bytes);
  layout.scratch = keel_embedded_place(&layout.end, model->scratch_bytes);
  return layout;
}

typedef struct keel_embedded_context keel_embedded_context;

int32_t keel_embedded_create(const keel_embedded *program, void *memory,
                             size_t bytes, keel_embedded_context **context);
void keel_embedded_destroy(keel_embedded_context *context);
int32_t keel_embedded_share(keel_embedded_context *context,
                            const keel_embedded_context *owner);
void keel_embedded_set_parallel_for(keel_embedded_context *context,
                                    keel_embedded_parallel_for parallel_for,
                                    void *user);
const char *keel_embedded_message(const keel_embedded_context *context);
const char *keel_embedded_status_text(int32_t status);

int32_t keel_embedded_infer(keel_embedded_context *context,
                            const void *const *inputs, void *const *outputs,
                            int64_t rows);
int32_t keel_embedded_init(keel_embedded_context *context, int64_t seed);
int32_t keel_embedded_train_step(keel_embedded_context *context,
                                 const void *const *inputs,
                                 const void *const *labels, int64_t rows,
                                 keel_embedded_step *result);
int32_t keel_embedded_evaluate(keel_embedded_context *context,
                               const void *const *inputs,
                               const void *const *labels, int64_t rows,
                               keel_embedded_evaluation *result);

int32_t keel_embedded_load(keel_embedded_context *context, const char *path);
int32_t keel_embedded_load_memory(keel_embedded_context *context,
                                  const void *bytes, size_t size);
int32_t keel_embedded_save(keel_embedded_context *context, const char *path);

/// The scratch arena of the context that `host` begins: what `init` takes in
/// place of memory of its own.
void *keel_embedded_scratch(keel_context *host);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_EMBEDDED_H
