//===- Dataset.h - Rows of data in memory, as a model takes them ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_DATASET_H
#define KEEL_RUNTIME_DATASET_H

#include "keel/Runtime/Array.h"
#include "keel/Runtime/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A file for one of the model's inputs or labels. A null name stands for the
/// first one in the model's order that no name is given for. A label also goes
/// by the name of the output it belongs to.
typedef struct keel_named_file {
  const char *name;
  const char *path;
} keel_named_file;

typedef struct keel_dataset_options {
  const keel_named_file *data;
  int32_t num_data;
  const keel_named_file *labels; ///< for npy and IDX; a CSV has them inside
  int32_t num_labels;
  int32_t want_labels; ///< 0: for inference, the model's labels are not read
  const char *label_column;       ///< of a CSV, see keel_csv_options
  const char *const *class_names; ///< of the weights, see keel_csv_options
  int32_t num_class_names;
} keel_dataset_options;

/// One input or label of all rows, in the model's element type.
typedef struct keel_rows {
  void *data; ///< row after row, KEEL_ARENA_ALIGNMENT aligned
  int32_t dtype;
  int64_t elements; ///< of a row
  int64_t row_bytes;
  void *mapping; ///< of a file that they are part of; null: data is malloc's
  int64_t mapping_bytes;
} keel_rows;

/// Rows in memory. All zero is a valid empty one.
typedef struct keel_dataset {
  int64_t rows;
  keel_rows *inputs, *labels;
  int32_t num_inputs, num_labels;
  int64_t *order; ///< row i is stored at order[i]; null: at i
  char **class_names;
  int32_t num_class_names;
  int32_t is_view; ///< the rows and names belong to another dataset
} keel_dataset;

/// Reads the files that a model is trained, evaluated or run on. The kind of a
/// file follows from its name (.npy, .csv, .idx, -ubyte, .gz), else from its
/// first bytes. Only the model's inputs and labels are looked at: its functions
/// may be null yet. Rows reshape to the input's shape where the element counts
/// match; bytes of IDX data become [0, 1]. Errors: those of the files, other
/// shapes, NaN or infinity (with its row, from 0), classes outside their
/// label's range, targets outside [0, 1] where a label's accuracy is
/// KEEL_ACCURACY_SIGN, different numbers of rows, none.
int keel_dataset_open(const keel_model *model,
                      const keel_dataset_options *options,
                      keel_dataset *dataset, keel_error *error);

/// Frees a dataset and leaves an empty one; views before what they view.
void keel_dataset_free(keel_dataset *dataset);

/// The rows left for training when floor(fraction * rows) are kept for
/// validation.
int64_t keel_training_rows(int64_t rows, double fraction);

/// Splits off the last floor(fraction * rows) rows after one shuffle by
/// `seed`, as two views of `all`. Errors: a fraction outside [0, 1), no rows
/// on one side.
int keel_dataset_split(const keel_dataset *all, double fraction, uint64_t seed,
                       keel_dataset *training, keel_dataset *validation,
                       keel_error *error);

/// The rows of the next batch when `left` rows of the epoch are left: at most
/// `batch_size`, more only where what would be left is fewer than
/// `min_train_rows`.
int64_t keel_next_batch_rows(int64_t left, int64_t batch_size,
                             int64_t min_train_rows);

/// The largest batch of an epoch over `rows` rows: what a model's max_rows
/// must be at least.
int64_t keel_max_batch_rows(int64_t rows, int64_t batch_size,
                            int64_t min_train_rows);

/// The number of batches of an epoch.
int64_t keel_epoch_batches(int64_t rows, int64_t batch_size,
                           int64_t min_train_rows);

/// Buffers for `max_rows` rows of every input and label.
typedef struct keel_batch {
  void **inputs, **labels;
  int32_t num_inputs, num_labels;
} keel_batch;

int keel_batch_create(const keel_dataset *dataset, int64_t max_rows,
                      keel_batch *batch, keel_error *error);
void keel_batch_free(keel_batch *batch);

/// Copies rows begin ... begin+count-1 of `permutation` (null: of the dataset
/// itself) into the batch.
void keel_batch_gather(const keel_dataset *dataset, const int64_t *permutation,
                       int64_t begin, int64_t count, keel_batch *batch);

/// Mean and biased variance of each column of an input, two-pass in f64. A
/// constant column gets variance 1. `mean` and `variance` hold as many
/// elements as a row.
void keel_dataset_statistics(const keel_dataset *dataset, int32_t input,
                             double *mean, double *variance);

/// A hash of the rows, of a sample of them where they are more than a GiB:
/// tells one training set from another when a run is resumed or repeated.
uint64_t keel_dataset_fingerprint(const keel_dataset *dataset);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_DATASET_H
