//===- Rows.h - From arrays to rows as a model takes them -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_ROWS_H
#define KEEL_LIB_RUNTIME_ROWS_H

#include "Support.h"
#include "keel/Runtime/Dataset.h"

namespace keel {

/// Where an array came from, to say what is wrong with it.
struct Source {
  const char *path;
  const int64_t *lines;   ///< of its rows, or null
  const int64_t *columns; ///< of its rows' labels, or null
  bool bytesAreFractions; ///< IDX data: 255 is 1
  Mapping *mapping;       ///< where the array's elements are mapped, or null
};

} // namespace keel

extern "C" {

/// The number of elements in a row of a model's tensor.
int64_t keel_row_elements(const keel_tensor *tensor);

/// Converts an array's elements, one after another, to `dtype`. `elements` is
/// how many a row has, to say where one is wrong.
int keel_convert_elements(const keel_array *array, int32_t dtype,
                          int64_t elements, const keel::Source *source,
                          void *to, keel_error *error);

/// Converts an array of [rows, ...] to the type and shape of `tensor`. Where it
/// is mapped and needs no conversion, the rows take the mapping.
int keel_rows_from_array(const keel_array *array, const keel_tensor *tensor,
                         const keel::Source *source, keel_rows *rows,
                         keel_error *error);

void keel_rows_free(keel_rows *rows);

/// Npy.cpp: maps a file, of which `array` becomes a part that is not to be
/// freed. Where its elements do not stand there as they do in memory nothing is
/// mapped, and that is no error.
int keel_npy_map(const char *path, keel::Mapping *mapping, keel_array *array,
                 keel_error *error);

/// Checks that every element, of a float type, is in [0, 1].
int keel_rows_check_probabilities(const keel_rows *rows, int64_t count,
                                  const keel::Source *source,
                                  keel_error *error);

/// Checks that every element is a class.
int keel_rows_check_classes(const keel_rows *rows, int64_t count,
                            int64_t classes, const keel::Source *source,
                            keel_error *error);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_ROWS_H
