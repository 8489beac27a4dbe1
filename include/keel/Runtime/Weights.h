//===- Weights.h - A model's parameters, states and slots -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_WEIGHTS_H
#define KEEL_RUNTIME_WEIGHTS_H

#include "keel/Runtime/Model.h"
#include "keel/Runtime/Safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The arenas that a model's functions work on. All zero is a valid empty one.
typedef struct keel_weights {
  void *params, *states, *slots;
} keel_weights;

/// Allocates zeroed arenas of the sizes that the model states.
int keel_weights_create(const keel_model *model, keel_weights *weights,
                        keel_error *error);
void keel_weights_free(keel_weights *weights);

/// A hash of the bits of all params, states and slots.
uint64_t keel_weights_hash(const keel_model *model,
                           const keel_weights *weights);

/// Allocates the arenas and fills them with the model's initial values.
int keel_init_weights(const keel_model *model, keel_context *context,
                      int64_t seed, keel_weights *weights, keel_error *error);

/// Reads params and states by name, shape and type into arenas that exist;
/// slots keep their values. Errors: those of the file; tensors missing or
/// different, all listed, in which case nothing was changed. Tensors that the
/// model does not have are ignored, and named in `note` (may be null, its
/// message is empty where there is nothing to say). Where `statistics` is not
/// null the states `input.mean` and `input.variance` may be missing, and it
/// says whether they were there.
int keel_load_weights(const keel_model *model, const char *path,
                      keel_weights *weights, int32_t *statistics,
                      keel_error *note, keel_error *error);

/// The same from tensors in memory, sorted by name; `path` stands in messages.
int keel_take_weights(const keel_model *model, const char *path,
                      const keel_safetensors *file, keel_weights *weights,
                      int32_t *statistics, keel_error *note, keel_error *error);

/// Writes params and states with string metadata.
int keel_save_weights(const keel_model *model, const keel_weights *weights,
                      const char *path, const keel_key_value *metadata,
                      int64_t num_metadata, keel_error *error);

/// The class names kept in a file's metadata. All zero is a valid empty one.
typedef struct keel_class_names {
  const char **names; ///< by class number
  int32_t count;      ///< 0 where classes are plain numbers
  keel_json json;
} keel_class_names;

/// Reads the class names from an open file, none where it has none.
int keel_class_names_read(const keel_safetensors *file, const char *path,
                          keel_class_names *classes, keel_error *error);
void keel_class_names_free(keel_class_names *classes);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_WEIGHTS_H
