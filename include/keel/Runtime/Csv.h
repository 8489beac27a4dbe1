//===- Csv.h - Comma-separated values -------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_CSV_H
#define KEEL_RUNTIME_CSV_H

#include "keel/Runtime/Array.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum keel_csv_labels {
  KEEL_CSV_NO_LABELS = 0, ///< every column is a feature
  KEEL_CSV_CLASSES = 1,   ///< one column of integers, or of text to be numbered
  KEEL_CSV_VALUES = 2     ///< `label_count` columns of numbers
} keel_csv_labels;

typedef struct keel_csv_options {
  int32_t labels; ///< keel_csv_labels
  /// The name or the index (from 0, negative from the end) of the label
  /// column; of the first one where there are several. Null: the last ones.
  /// With KEEL_CSV_NO_LABELS a column named here is left out.
  const char *label_column;
  int64_t label_count; ///< 0 means 1
  /// The classes of an earlier file, by number; text not among them is an
  /// error. None: text is numbered in order of first appearance.
  const char *const *class_names;
  int32_t num_class_names;
  /// How many classes there are, 0 where that is not known. Integers of which
  /// one is not in [0, classes) are numbered in ascending order where there are
  /// exactly `classes` of them; their text is then their class's name.
  int64_t classes;
} keel_csv_options;

/// A table in memory. All zero is a valid empty one.
typedef struct keel_csv {
  keel_array features;    ///< f64 [rows, columns]
  keel_array labels;      ///< i32 [rows], f64 [rows, label_count] or empty
  int64_t *lines;         ///< where each row stands in the file, from 1
  int64_t *label_columns; ///< where each row's first label stands in its line,
                          ///< from 1
  char **class_names;     ///< where the classes are text or were numbered
  int32_t num_class_names;
  int32_t has_header;
} keel_csv;

/// Reads a file of rows of equal length. Fields may be quoted, with "" for a
/// quote; blank lines are skipped. The first row is a header where the label
/// column is given by name, where none of its features is a number, or where
/// its label is no number and the next row's is. Errors, at line and column:
/// a row of another length, a feature that is no finite number, a class that
/// is no integer where others are, no rows.
int keel_csv_read(const char *path, const keel_csv_options *options,
                  keel_csv *table, keel_error *error);

/// Frees a table and leaves an empty one.
void keel_csv_free(keel_csv *table);

/// Writes a matrix, a row a line; other ranks as [first dimension, the rest].
/// Numbers in the shortest form that reads back the same.
int keel_csv_write(const char *path, const keel_array *array,
                   keel_error *error);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_CSV_H
