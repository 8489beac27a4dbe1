//===- Safetensors.h - Named tensors in a file ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_SAFETENSORS_H
#define KEEL_RUNTIME_SAFETENSORS_H

#include "keel/Runtime/Array.h"
#include "keel/Runtime/Json.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A named tensor in somebody else's memory.
typedef struct keel_stored_tensor {
  const char *name;
  const char *type; ///< as in the file: "F32", "BF16", ...; ignored in writing
  int32_t dtype;    ///< keel_dtype, -1 where Keel has no such type
  int32_t rank;
  int64_t shape[KEEL_MAX_RANK];
  const void *data; ///< not aligned
  int64_t bytes;
} keel_stored_tensor;

typedef struct keel_key_value {
  const char *key;
  const char *value;
} keel_key_value;

/// An open file. All zero is a valid empty one.
typedef struct keel_safetensors {
  keel_stored_tensor *tensors; ///< sorted by name
  int64_t num_tensors;
  keel_key_value *metadata;
  int64_t num_metadata;
  void *memory;
  keel_json header;
} keel_safetensors;

/// Reads a file into memory. Errors: a header beyond the file or 100 MB, that
/// is not strict JSON, a tensor whose type, shape and bytes disagree, tensors
/// that overlap, leave a hole or pass the end, duplicate names, a rank above
/// KEEL_MAX_RANK, bytes that a checksum in the metadata is not of.
int keel_safetensors_open(const char *path, keel_safetensors *file,
                          keel_error *error);

/// The same of a file's bytes in memory, which must outlive `file`; `name`
/// stands in messages.
int keel_safetensors_view(const void *bytes, int64_t size, const char *name,
                          keel_safetensors *file, keel_error *error);

/// Frees the file's memory and with it every tensor of it.
void keel_safetensors_close(keel_safetensors *file);

/// The tensor of that name, null where there is none.
const keel_stored_tensor *keel_safetensors_find(const keel_safetensors *file,
                                                const char *name);

/// The metadata's value for `key`, null where there is none.
const char *keel_safetensors_metadata(const keel_safetensors *file,
                                      const char *key);

/// Writes tensors in the order given, with string metadata and a checksum of
/// each. The file is written beside `path`, synced and renamed: on an error
/// what was there before is whole.
int keel_safetensors_write(const char *path, const keel_stored_tensor *tensors,
                           int64_t num_tensors, const keel_key_value *metadata,
                           int64_t num_metadata, keel_error *error);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_SAFETENSORS_H
