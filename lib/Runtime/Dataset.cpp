//===- Dataset.cpp - Matching files to a model's inputs and labels --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Dataset.h"
#include "Rows.h"
#include "keel/Runtime/Csv.h"

using namespace keel;

namespace {

enum class Kind { Npy, Csv, Idx };

bool endsWith(const char *path, const char *ending) {
  size_t length = strlen(path), wanted = strlen(ending);
  return length >= wanted && !strcmp(path + length - wanted, ending);
}

/// By name, else by the first bytes: an IDX file starts with two zeros, and
/// only it may be compressed.
Kind kindOf(const char *path) {
  if (endsWith(path, ".npy"))
    return Kind::Npy;
  if (endsWith(path, ".csv"))
    return Kind::Csv;
  if (endsWith(path, ".idx") || endsWith(path, "-ubyte") ||
      endsWith(path, ".gz"))
    return Kind::Idx;
  unsigned char start[2] = {'0', '0'};
  if (FILE *file = fopen(path, "rb")) {
    if (fread(start, 1, 2, file) != 2)
      start[0] = '0';
    fclose(file);
  }
  if (start[0] == 0x93 && start[1] == 'N')
    return Kind::Npy;
  bool idx = (start[0] == 0 && start[1] == 0) ||
             (start[0] == 0x1f && start[1] == 0x8b);
  return idx ? Kind::Idx : Kind::Csv;
}

bool isInteger(int32_t dtype) { return dtype != KEEL_F32 && dtype != KEEL_F64; }

/// The array in a file. Unless it is mapped it is freed at the end.
struct FileArray : keel_array {
  Mapping mapping = {};
  bool isMapped = false;
  FileArray() : keel_array() {}
  FileArray(const FileArray &) = delete;
  ~FileArray() {
    if (!isMapped)
      keel_array_free(this);
    keel_mapping_free(&mapping);
  }
};

struct Opener {
  const keel_model &model;
  const keel_dataset_options &options;
  keel_dataset *dataset;
  keel_error *error;
  const char *firstPath = nullptr;

  /// All files of one dataset have the same number of rows.
  int checkRows(int64_t rows, const char *path) {
    if (!firstPath) {
      firstPath = path;
      dataset->rows = rows;
      return 0;
    }
    if (rows == dataset->rows)
      return 0;
    return keel_fail(error, path, "has %lld rows, %s has %lld", (long long)rows,
                     firstPath, (long long)dataset->rows);
  }

  int takeLabels(const keel_array *array, int32_t index, const Source &source) {
    const keel_tensor &tensor = model.labels[index];
    keel_rows *rows = &dataset->labels[index];
    if (isInteger(tensor.dtype) && array->rank > 0 && array->shape[0] > 0 &&
        keel_row_elements(&tensor) == 1 &&
        keel_array_elements(array) != array->shape[0])
      return keel_fail(
          error, source.path,
          "has %lld values a row, expected one class; of one-hot "
          "rows take the argmax",
          (long long)(keel_array_elements(array) / array->shape[0]));
    if (keel_rows_from_array(array, &tensor, &source, rows, error) ||
        checkRows(array->shape[0], source.path))
      return 1;
    int64_t classes = model.label_classes[index];
    if (isInteger(tensor.dtype) && classes > 0)
      return keel_rows_check_classes(rows, array->shape[0], classes, &source,
                                     error);
    if (model.label_accuracies[index] == KEEL_ACCURACY_SIGN)
      return keel_rows_check_probabilities(rows, array->shape[0], &source,
                                           error);
    return 0;
  }

  int openArray(const char *path, Kind kind, FileArray *array) {
    if (kind != Kind::Npy)
      return keel_idx_read(path, array, error);
    if (keel_is_large_file(path) &&
        keel_npy_map(path, &array->mapping, array, error))
      return 1;
    array->isMapped = array->mapping.data;
    return array->isMapped ? 0 : keel_npy_read(path, array, error);
  }

  /// A CSV of features, and of the labels where no file of their own is given.
  int openTable(const char *path, int32_t index) {
    bool inside = options.want_labels && options.num_labels == 0;
    if (inside && (model.num_labels != 1 || model.num_inputs != 1))
      return keel_fail(error, path,
                       "a CSV file holds the labels of models with one input "
                       "and one label only: add --labels=%s=FILE%s",
                       model.labels[0].name,
                       model.num_labels > 1 ? " and one for each other" : "");
    keel_csv_options csv = {};
    csv.label_column = options.label_column;
    csv.class_names = options.class_names;
    csv.num_class_names = options.num_class_names;
    if (inside) {
      bool classes = isInteger(model.labels[0].dtype);
      csv.labels = classes ? KEEL_CSV_CLASSES : KEEL_CSV_VALUES;
      csv.classes = model.label_classes[0];
      csv.label_count = classes ? 1 : keel_row_elements(&model.labels[0]);
    }
    Scoped<keel_csv, keel_csv_free> table;
    if (keel_csv_read(path, &csv, table.get(), error))
      return 1;
    Source source = {path, table->lines, nullptr, false, nullptr};
    int64_t spare =
        table->features.shape[1] - keel_row_elements(&model.inputs[index]);
    if (!inside && spare == 1 && !options.label_column)
      return keel_fail(error, path,
                       "has one column more than the model's input '%s': if it "
                       "is the label, name it as the label column",
                       model.inputs[index].name);
    if (keel_rows_from_array(&table->features, &model.inputs[index], &source,
                             &dataset->inputs[index], error) ||
        checkRows(table->features.shape[0], path))
      return 1;
    if (!inside)
      return 0;
    takeClassNames(table.get());
    source.columns = table->label_columns;
    return takeLabels(&table->labels, 0, source);
  }

  int openInput(const char *path, int32_t index) {
    Kind kind = kindOf(path);
    if (kind == Kind::Csv)
      return openTable(path, index);
    FileArray array;
    if (openArray(path, kind, &array))
      return 1;
    Source source = {path, nullptr, nullptr, kind == Kind::Idx, &array.mapping};
    if (keel_rows_from_array(&array, &model.inputs[index], &source,
                             &dataset->inputs[index], error))
      return 1;
    return checkRows(array.shape[0], path);
  }

  int openLabels(const char *path, int32_t index) {
    Kind kind = kindOf(path);
    if (kind != Kind::Csv) {
      FileArray array;
      if (openArray(path, kind, &array))
        return 1;
      return takeLabels(&array, index,
                        {path, nullptr, nullptr, false, &array.mapping});
    }
    return openLabelTable(path, index);
  }

  /// A CSV of labels alone: one column of classes, or columns of numbers.
  int openLabelTable(const char *path, int32_t index) {
    bool classes = isInteger(model.labels[index].dtype);
    keel_csv_options csv = {};
    csv.labels = classes ? KEEL_CSV_CLASSES : KEEL_CSV_NO_LABELS;
    csv.classes = model.label_classes[index];
    csv.class_names = options.class_names;
    csv.num_class_names = options.num_class_names;
    Scoped<keel_csv, keel_csv_free> table;
    if (keel_csv_read(path, &csv, table.get(), error))
      return 1;
    Source source = {path, table->lines, table->label_columns, false, nullptr};
    if (!classes)
      return takeLabels(&table->features, index, source);
    if (table->features.shape[1] != 0)
      return keel_fail(error, path, "has %lld columns, expected one of classes",
                       (long long)table->features.shape[1] + 1);
    if (table->num_class_names && countClassLabels() > 1)
      return keel_fail(error, path,
                       "has classes by name, which are for models with one "
                       "label of classes: number those of '%s' from 0",
                       model.labels[index].name);
    takeClassNames(table.get());
    return takeLabels(&table->labels, index, source);
  }

  int32_t countClassLabels() const {
    int32_t count = 0;
    for (int32_t i = 0; i < model.num_labels; ++i)
      count += isInteger(model.labels[i].dtype);
    return count;
  }

  void takeClassNames(keel_csv *table) {
    if (dataset->num_class_names)
      return;
    dataset->class_names = table->class_names;
    dataset->num_class_names = table->num_class_names;
    table->class_names = nullptr;
    table->num_class_names = 0;
  }

  /// Which of the model's tensors a file is for; -1 with an error set.
  int32_t match(const keel_named_file &file, const keel_tensor *tensors,
                const char *const *aliases, int32_t count,
                const keel_rows *taken, const char *what) {
    for (int32_t i = 0; i < count; ++i) {
      bool named = file.name && *file.name;
      bool fits = named ? !strcmp(file.name, tensors[i].name) ||
                              (aliases && !strcmp(file.name, aliases[i]))
                        : !taken[i].data;
      if (fits && !taken[i].data)
        return i;
      if (fits) {
        keel_fail(error, file.path, "%s '%s' is given twice", what, file.name);
        return -1;
      }
    }
    if (file.name && *file.name)
      keel_fail(error, file.path, "the model has no %s '%s'", what, file.name);
    else
      keel_fail(error, file.path, "the model takes %d %s only", count, what);
    return -1;
  }

  /// Named files go first: the others take what is left.
  int openAll(const keel_named_file *files, int32_t count, bool labels) {
    const keel_tensor *tensors = labels ? model.labels : model.inputs;
    int32_t expected = labels ? model.num_labels : model.num_inputs;
    const char *const *aliases = labels ? model.label_outputs : nullptr;
    const char *what = labels ? "labels" : "input";
    for (int pass = 0; pass < 2; ++pass)
      for (int32_t i = 0; i < count; ++i) {
        if ((files[i].name && *files[i].name ? 0 : 1) != pass)
          continue;
        int32_t index = match(files[i], tensors, aliases, expected,
                              labels ? dataset->labels : dataset->inputs, what);
        if (index < 0 || (labels ? openLabels(files[i].path, index)
                                 : openInput(files[i].path, index)))
          return 1;
      }
    for (int32_t i = 0; i < expected; ++i)
      if (!(labels ? dataset->labels : dataset->inputs)[i].data)
        return labels ? failMissingLabels(tensors[i].name)
                      : keel_fail(error, firstPath,
                                  "no data is given for the model's input '%s'",
                                  tensors[i].name);
    return 0;
  }

  int failMissingLabels(const char *name) {
    if (model.num_labels == 1)
      return keel_fail(error, firstPath, "no labels: add --labels=FILE");
    return keel_fail(error, firstPath,
                     "no labels for '%s': add --labels=%s=FILE", name, name);
  }

  /// That every input has rows: a leading batch, or one of a fixed size.
  int checkBatch() {
    for (int32_t i = 0; i < model.num_inputs; ++i) {
      const keel_tensor &input = model.inputs[i];
      if (input.rank > 0 &&
          (input.shape[0] < 0) == (model.inputs[0].shape[0] < 0))
        continue;
      return keel_fail(error, nullptr,
                       "the model's input '%s' has no rows: give it the axis "
                       "that the other inputs lead with, or fix the batch",
                       input.name);
    }
    return 0;
  }

  int open() {
    if (checkBatch())
      return 1;
    int32_t labels = options.want_labels ? model.num_labels : 0;
    dataset->inputs =
        (keel_rows *)calloc((size_t)model.num_inputs + 1, sizeof(keel_rows));
    dataset->labels =
        (keel_rows *)calloc((size_t)labels + 1, sizeof(keel_rows));
    if (!dataset->inputs || !dataset->labels)
      return keel_fail_memory(error, nullptr, 1024);
    dataset->num_inputs = model.num_inputs;
    dataset->num_labels = labels;
    if (openAll(options.data, options.num_data, false))
      return 1;
    return options.want_labels
               ? openAll(options.labels, options.num_labels, true)
               : 0;
  }
};

} // namespace

int keel_dataset_open(const keel_model *model,
                      const keel_dataset_options *options,
                      keel_dataset *dataset, keel_error *error) {
  *dataset = {};
  Opener opener = {*model, *options, dataset, error};
  int failed = opener.open();
  if (failed)
    keel_dataset_free(dataset);
  return failed;
}

void keel_dataset_free(keel_dataset *dataset) {
  free(dataset->order);
  if (!dataset->is_view) {
    for (int32_t i = 0; i < dataset->num_inputs; ++i)
      keel_rows_free(&dataset->inputs[i]);
    for (int32_t i = 0; i < dataset->num_labels; ++i)
      keel_rows_free(&dataset->labels[i]);
    free(dataset->inputs);
    free(dataset->labels);
    for (int32_t i = 0; i < dataset->num_class_names; ++i)
      free(dataset->class_names[i]);
    free(dataset->class_names);
  }
  *dataset = {};
}
