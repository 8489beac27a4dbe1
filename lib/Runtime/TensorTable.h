//===- TensorTable.h - Moving a model's tensors between arenas and files --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_TENSORTABLE_H
#define KEEL_LIB_RUNTIME_TENSORTABLE_H

#include "Support.h"
#include "keel/Runtime/Weights.h"

extern "C" {

/// Bytes of a param, state or slot.
int64_t keel_tensor_bytes(const keel_tensor *tensor);

/// keel_safetensors_write; where `keep` is not null, what the file held before
/// stays under its name and `keep`.
int keel_write_tensors(const char *path, const char *keep,
                       const keel_stored_tensor *tensors, int64_t num_tensors,
                       const keel_key_value *metadata, int64_t num_metadata,
                       keel_error *error);

/// Views of `count` tensors in `arena`, appended.
int keel_append_tensors(keel::Vec<keel_stored_tensor> *list,
                        const keel_tensor *tensors, int32_t count,
                        const void *arena);

/// Appends to `problems` a line for each tensor that the file lacks or has
/// otherwise, under `prefix` + name. Those of `optional` (a null-terminated
/// list, may be null) may be missing.
void keel_check_tensors(const keel_safetensors *file, const char *prefix,
                        const keel_tensor *tensors, int32_t count,
                        const char *const *optional, keel_text *problems,
                        int32_t *num_problems);

/// Copies checked tensors into an arena.
void keel_copy_tensors(const keel_safetensors *file, const char *prefix,
                       const keel_tensor *tensors, int32_t count, void *arena);

/// The error for what keel_check_tensors found.
int keel_fail_tensors(const keel_model *model, const char *path,
                      const keel_text *problems, int32_t num_problems,
                      keel_error *error);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_TENSORTABLE_H
