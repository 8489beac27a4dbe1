//===- Array.h - Arrays in memory, and the files npy and IDX --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_ARRAY_H
#define KEEL_RUNTIME_ARRAY_H

#include "keel/Runtime/Error.h"
#include "keel/Runtime/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KEEL_MAX_RANK 8

/// A dense row-major array that owns its data. All zero is a valid empty one.
typedef struct keel_array {
  int32_t dtype; ///< keel_dtype
  int32_t rank;
  int64_t shape[KEEL_MAX_RANK];
  void *data; ///< KEEL_ARENA_ALIGNMENT aligned, from malloc
  int64_t bytes;
} keel_array;

/// Zeroed memory for an arena or array, KEEL_ARENA_ALIGNMENT aligned, in large
/// pages where that pays and the system has them; null if there is not enough.
/// Freed by free().
void *keel_allocate(int64_t bytes);

/// Bytes of an element; 0 for an unknown dtype.
int64_t keel_dtype_size(int32_t dtype);

/// "f32", "f64", "i32", "i64", "u8", "bool"; "unknown" otherwise.
const char *keel_dtype_name(int32_t dtype);

/// The number of elements; 1 for rank 0.
int64_t keel_array_elements(const keel_array *array);

/// The element at a row-major position, as a double (an i64 beyond 2^53 is
/// rounded).
double keel_array_element(const keel_array *array, int64_t index);

/// Allocates a zeroed array. Fails on a rank above KEEL_MAX_RANK, a negative
/// dimension, a size that overflows, or when memory is out.
int keel_array_create(keel_array *array, int32_t dtype, int32_t rank,
                      const int64_t *shape, keel_error *error);

/// Frees the data and leaves an empty array. Null data is allowed.
void keel_array_free(keel_array *array);

/// Reads a NumPy file, versions 1 to 3. f4, f8, i4, i8, u1 are kept; f2 widens
/// to f32, i1, i2, u2 to i32, u4 and u8 to i64, bool becomes u8. Big-endian
/// and Fortran-ordered files are converted. Errors: anything else, a shape
/// that does not agree with the file's size, a u8 beyond i64.
int keel_npy_read(const char *path, keel_array *array, keel_error *error);

/// Writes a NumPy file, version 1. The file appears whole or not at all.
int keel_npy_write(const char *path, const keel_array *array,
                   keel_error *error);

/// Reads an IDX file, gzip-compressed or not. Unsigned bytes stay u8 as they
/// are, signed bytes and shorts widen to i32; ints, floats and doubles keep
/// their type. Decompression stops at the size that the header states.
int keel_idx_read(const char *path, keel_array *array, keel_error *error);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_ARRAY_H
