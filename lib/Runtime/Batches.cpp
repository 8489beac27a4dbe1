//===- Batches.cpp - Splitting rows, and gathering them -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Random.h"

#include <math.h>

using namespace keel;

int64_t keel_training_rows(int64_t rows, double fraction) {
  return rows - (int64_t)floor(fraction * (double)rows);
}

static int makeView(const keel_dataset *all, const int64_t *shuffled,
                    int64_t begin, int64_t rows, keel_dataset *view,
                    keel_error *error) {
  *view = *all;
  view->is_view = 1;
  view->rows = rows;
  view->order = (int64_t *)malloc((size_t)rows * sizeof(int64_t));
  if (!view->order) {
    *view = {};
    return keel_fail_memory(error, nullptr, rows * 8);
  }
  for (int64_t i = 0; i < rows; ++i) {
    int64_t row = shuffled[begin + i];
    view->order[i] = all->order ? all->order[row] : row;
  }
  return 0;
}

int keel_dataset_split(const keel_dataset *all, double fraction, uint64_t seed,
                       keel_dataset *training, keel_dataset *validation,
                       keel_error *error) {
  *training = {};
  *validation = {};
  if (!(fraction >= 0.0 && fraction < 1.0))
    return keel_fail(error, nullptr,
                     "the validation fraction is %g, expected 0 <= F < 1",
                     fraction);
  int64_t rows = keel_training_rows(all->rows, fraction);
  if (rows == 0 || rows == all->rows)
    return keel_fail(error, nullptr,
                     "a validation fraction of %g leaves no rows to %s: there "
                     "are %lld rows",
                     fraction, rows ? "validate on" : "train on",
                     (long long)all->rows);
  Vec<int64_t> shuffled;
  if (!shuffled.reserve(all->rows))
    return keel_fail_memory(error, nullptr, all->rows * 8);
  keel_permutation(shuffled.data, all->rows, seed, "split", 0);
  if (makeView(all, shuffled.data, 0, rows, training, error))
    return 1;
  if (!makeView(all, shuffled.data, rows, all->rows - rows, validation, error))
    return 0;
  keel_dataset_free(training);
  return 1;
}

int64_t keel_next_batch_rows(int64_t left, int64_t batch_size,
                             int64_t min_train_rows) {
  if (left <= batch_size || left - batch_size < min_train_rows)
    return left;
  return batch_size;
}

int64_t keel_max_batch_rows(int64_t rows, int64_t batch_size,
                            int64_t min_train_rows) {
  if (rows <= batch_size)
    return rows;
  int64_t rest = rows % batch_size;
  return batch_size + (rest < min_train_rows ? rest : 0);
}

int64_t keel_epoch_batches(int64_t rows, int64_t batch_size,
                           int64_t min_train_rows) {
  if (rows <= batch_size)
    return rows > 0;
  int64_t rest = rows % batch_size;
  return rows / batch_size + (rest > 0 && rest >= min_train_rows);
}

int keel_batch_create(const keel_dataset *dataset, int64_t max_rows,
                      keel_batch *batch, keel_error *error) {
  *batch = {};
  batch->inputs = (void **)calloc((size_t)dataset->num_inputs + 1, 8);
  batch->labels = (void **)calloc((size_t)dataset->num_labels + 1, 8);
  if (!batch->inputs || !batch->labels) {
    keel_batch_free(batch);
    return keel_fail_memory(error, nullptr, 1024);
  }
  batch->num_inputs = dataset->num_inputs;
  batch->num_labels = dataset->num_labels;
  for (int32_t i = 0; i < batch->num_inputs + batch->num_labels; ++i) {
    bool label = i >= batch->num_inputs;
    int32_t index = label ? i - batch->num_inputs : i;
    int64_t bytes;
    if (multiply((label ? dataset->labels : dataset->inputs)[index].row_bytes,
                 max_rows, &bytes) &&
        ((label ? batch->labels : batch->inputs)[index] = keel_allocate(bytes)))
      continue;
    keel_batch_free(batch);
    return keel_fail(error, nullptr,
                     "a batch of %lld rows does not fit into "
                     "memory",
                     (long long)max_rows);
  }
  return 0;
}

void keel_batch_free(keel_batch *batch) {
  for (int32_t i = 0; i < batch->num_inputs; ++i)
    free(batch->inputs[i]);
  for (int32_t i = 0; i < batch->num_labels; ++i)
    free(batch->labels[i]);
  free(batch->inputs);
  free(batch->labels);
  *batch = {};
}

static void gather(const keel_rows *rows, const int64_t *order,
                   const int64_t *permutation, int64_t begin, int64_t count,
                   void *to) {
  size_t bytes = (size_t)rows->row_bytes;
  char *target = (char *)to;
  for (int64_t i = begin; i < begin + count; ++i, target += bytes) {
    int64_t row = permutation ? permutation[i] : i;
    if (order)
      row = order[row];
    memcpy(target, (const char *)rows->data + (size_t)row * bytes, bytes);
  }
  // They are not looked at again before the others.
  if (rows->mapping && !order && !permutation)
    keel_mapping_forget((const char *)rows->data + (size_t)begin * bytes,
                        count * rows->row_bytes);
  else if (rows->mapping)
    keel_mapping_forget(rows->mapping, rows->mapping_bytes);
}

void keel_batch_gather(const keel_dataset *dataset, const int64_t *permutation,
                       int64_t begin, int64_t count, keel_batch *batch) {
  for (int32_t i = 0; i < batch->num_inputs; ++i)
    gather(&dataset->inputs[i], dataset->order, permutation, begin, count,
           batch->inputs[i]);
  for (int32_t i = 0; i < batch->num_labels; ++i)
    gather(&dataset->labels[i], dataset->order, permutation, begin, count,
           batch->labels[i]);
}

/// One pass over every `step`th row.
template <typename Visit>
static void visitRows(const keel_dataset *dataset, const keel_rows *rows,
                      int64_t step, Visit visit) {
  // The system may map so much around what is looked at.
  constexpr int64_t least = int64_t(64) << 10, most = int64_t(256) << 20;
  int64_t mapped = 0;
  for (int64_t i = 0; i < dataset->rows; i += step) {
    int64_t row = dataset->order ? dataset->order[i] : i;
    visit((const char *)rows->data + row * rows->row_bytes);
    mapped += maximum(rows->row_bytes, least);
    if (!rows->mapping || mapped < most)
      continue;
    keel_mapping_forget(rows->mapping, rows->mapping_bytes);
    mapped = 0;
  }
}

template <typename T>
static void statistics(const keel_dataset *dataset, const keel_rows *rows,
                       double *mean, double *variance) {
  int64_t columns = rows->elements;
  double count = (double)dataset->rows;
  for (int64_t j = 0; j < columns; ++j)
    mean[j] = variance[j] = 0.0;
  visitRows(dataset, rows, 1, [&](const char *bytes) {
    const T *row = (const T *)bytes;
    for (int64_t j = 0; j < columns; ++j)
      mean[j] += (double)row[j];
  });
  for (int64_t j = 0; j < columns; ++j)
    mean[j] /= count;
  visitRows(dataset, rows, 1, [&](const char *bytes) {
    const T *row = (const T *)bytes;
    for (int64_t j = 0; j < columns; ++j) {
      double distance = (double)row[j] - mean[j];
      variance[j] += distance * distance;
    }
  });
  for (int64_t j = 0; j < columns; ++j) {
    variance[j] /= count;
    // A constant column's mean may be off by its rounding, which leaves less
    // than this.
    double rounding = count * 0x1p-52 * fabs(mean[j]);
    if (variance[j] <= rounding * rounding)
      variance[j] = 1.0;
  }
}

void keel_dataset_statistics(const keel_dataset *dataset, int32_t input,
                             double *mean, double *variance) {
  const keel_rows *rows = &dataset->inputs[input];
  switch (rows->dtype) {
  case KEEL_F32:
    return statistics<float>(dataset, rows, mean, variance);
  case KEEL_F64:
    return statistics<double>(dataset, rows, mean, variance);
  case KEEL_I32:
    return statistics<int32_t>(dataset, rows, mean, variance);
  case KEEL_I64:
    return statistics<int64_t>(dataset, rows, mean, variance);
  default:
    return statistics<uint8_t>(dataset, rows, mean, variance);
  }
}

uint64_t keel_dataset_fingerprint(const keel_dataset *dataset) {
  uint64_t hash = keel_fnv1a(&dataset->rows, 8);
  // All of it, but for files that take long to read again.
  constexpr int64_t most = int64_t(1) << 30;
  auto add = [&](const keel_rows *rows) {
    int64_t step = 1 + rows->row_bytes * dataset->rows / most;
    visitRows(dataset, rows, step, [&](const char *row) {
      hash = keel_hash_words(hash, row, rows->row_bytes);
    });
  };
  for (int32_t i = 0; i < dataset->num_labels; ++i)
    add(&dataset->labels[i]);
  for (int32_t i = 0; i < dataset->num_inputs; ++i)
    add(&dataset->inputs[i]);
  return hash;
}
