//===- Array.cpp - Arrays in memory ---------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Array.h"
#include "Support.h"

using namespace keel;

int64_t keel_dtype_size(int32_t dtype) {
  switch (dtype) {
  case KEEL_F32:
  case KEEL_I32:
    return 4;
  case KEEL_F64:
  case KEEL_I64:
    return 8;
  case KEEL_U8:
  case KEEL_BOOL:
    return 1;
  default:
    return 0;
  }
}

const char *keel_dtype_name(int32_t dtype) {
  static const char *const names[] = {"f32", "f64", "i32", "i64", "u8", "bool"};
  return dtype >= 0 && dtype <= KEEL_BOOL ? names[dtype] : "unknown";
}

int64_t keel_array_elements(const keel_array *array) {
  int64_t elements = 1;
  for (int32_t i = 0; i < array->rank; ++i)
    elements *= array->shape[i];
  return elements;
}

double keel_array_element(const keel_array *array, int64_t index) {
  switch (array->dtype) {
  case KEEL_F32:
    return ((const float *)array->data)[index];
  case KEEL_F64:
    return ((const double *)array->data)[index];
  case KEEL_I32:
    return ((const int32_t *)array->data)[index];
  case KEEL_I64:
    return (double)((const int64_t *)array->data)[index];
  default:
    return ((const uint8_t *)array->data)[index];
  }
}

int keel_array_create(keel_array *array, int32_t dtype, int32_t rank,
                      const int64_t *shape, keel_error *error) {
  *array = {};
  int64_t bytes = keel_dtype_size(dtype);
  if (bytes == 0)
    return keel_fail(error, nullptr, "unknown element type %d", dtype);
  if (rank < 0 || rank > KEEL_MAX_RANK)
    return keel_fail(error, nullptr, "rank %d is not supported, at most %d is",
                     rank, KEEL_MAX_RANK);
  // Checked without the zeros: a later product of some dimensions is then
  // known to fit.
  int64_t nonzero = bytes;
  for (int32_t i = 0; i < rank; ++i) {
    if (!multiply(nonzero, shape[i] == 0 ? 1 : shape[i], &nonzero))
      return keel_fail(error, nullptr, "the shape has too many elements");
    bytes *= shape[i] == 0 ? 0 : shape[i];
    array->shape[i] = shape[i];
  }
  void *data = keel_allocate(bytes);
  if (!data)
    return keel_fail_memory(error, nullptr, bytes);
  array->dtype = dtype;
  array->rank = rank;
  array->data = data;
  array->bytes = bytes;
  return 0;
}

void keel_array_free(keel_array *array) {
  free(array->data);
  *array = {};
}
