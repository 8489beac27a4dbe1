//===- Csv.cpp - Comma-separated values -----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Csv.h"
#include "CsvCells.h"
#include "keel/Runtime/Json.h"
#include "keel/Runtime/Random.h"

#include <math.h>

using namespace keel;

namespace {

/// Class names by number, found by name through an open-addressed table.
struct ClassTable {
  Vec<Cell> names;
  Vec<int32_t> slots; ///< a number + 1, or 0

  static uint64_t hash(const Cell &cell) {
    return keel_fnv1a(cell.text, cell.end - cell.text);
  }
  int32_t *slot(const Cell &cell) {
    int64_t i = (int64_t)(hash(cell) & (uint64_t)(slots.size - 1));
    for (;; i = (i + 1) & (slots.size - 1)) {
      if (slots[i] == 0)
        return &slots[i];
      const Cell &name = names[slots[i] - 1];
      if (name.end - name.text == cell.end - cell.text &&
          !memcmp(name.text, cell.text, (size_t)(cell.end - cell.text)))
        return &slots[i];
    }
  }
  bool grow() {
    if (names.size * 2 < slots.size)
      return true;
    int64_t size = maximum(64, slots.size * 2);
    if (!slots.reserve(size))
      return false;
    slots.size = size;
    memset(slots.data, 0, (size_t)size * sizeof(int32_t));
    for (int64_t i = 0; i < names.size; ++i)
      *slot(names[i]) = (int32_t)i + 1;
    return true;
  }
  /// The number of a class, -1 where it is unknown and may not be added, -2
  /// when memory is out.
  int32_t find(const Cell &cell, bool add) {
    if (!grow())
      return -2;
    int32_t *found = slot(cell);
    if (*found == 0) {
      if (!add)
        return -1;
      if (!names.push(cell))
        return -2;
      *found = (int32_t)names.size;
    }
    return *found - 1;
  }
};

struct Reader {
  const char *path;
  const keel_csv_options &options;
  keel_error *error;
  Vec<double> features, values;
  Vec<Cell> classes;
  Vec<int64_t> lines, places;
  ClassTable table;
  int64_t columns = 0, labelBegin = 0, labelEnd = 0;
  bool header = false;

  bool isLabel(int64_t column) const {
    return column >= labelBegin && column < labelEnd;
  }
  int memory() { return keel_fail_memory(error, path, features.size * 8); }

  /// Which columns are labels, given the first row.
  int findLabels(const Vec<Cell> &first) {
    columns = first.size;
    const char *wanted = options.label_column;
    if (options.labels == KEEL_CSV_NO_LABELS && !wanted)
      return 0;
    int64_t count = maximum(1, options.label_count);
    labelBegin = columns - count;
    if (wanted) {
      char *stop;
      long long index = strtoll(wanted, &stop, 10);
      bool byIndex = *wanted && !*stop;
      labelBegin = !byIndex ? -1 : index < 0 ? columns + index : index;
      for (int64_t i = 0; i < columns && !byIndex; ++i)
        if ((int64_t)strlen(wanted) == first[i].end - first[i].text &&
            !memcmp(wanted, first[i].text, strlen(wanted)))
          labelBegin = i;
      header = !byIndex;
      if (labelBegin < 0 || labelBegin > columns - count)
        return keel_fail_at(error, path, first[0].line, 1,
                            "there is no label column '%s' among %lld columns",
                            wanted, (long long)columns);
    }
    labelEnd = labelBegin + count;
    if (labelBegin < 0)
      return keel_fail_at(error, path, first[0].line, 1,
                          "has %lld columns, expected features and %lld label "
                          "columns",
                          (long long)columns, (long long)count);
    return 0;
  }

  void detectHeader(const Vec<Cell> &first, const Vec<Cell> &second) {
    double ignored;
    bool anyNumber = false, anyFeature = false;
    for (int64_t i = 0; i < columns; ++i) {
      if (isLabel(i))
        continue;
      anyFeature = true;
      anyNumber |= first[i].number(&ignored);
    }
    header |= anyFeature && !anyNumber;
    if (labelBegin < labelEnd && second.size == columns)
      header |= !first[labelBegin].number(&ignored) &&
                second[labelBegin].number(&ignored);
  }

  int failCell(const Cell &cell, const char *what) {
    return keel_fail_at(error, path, cell.line, cell.column, "%s, got '%.*s'",
                        what, (int)minimum(cell.end - cell.text, 60),
                        cell.text);
  }

  int addRow(const Vec<Cell> &row) {
    if (row.size != columns)
      return keel_fail_at(error, path, row[0].line, 1,
                          "the row has %lld fields, the first row has %lld",
                          (long long)row.size, (long long)columns);
    if (!lines.push(row[0].line) || !features.reserve(features.size + columns))
      return memory();
    if (options.labels != KEEL_CSV_NO_LABELS &&
        !places.push(row[labelBegin].column))
      return memory();
    for (int64_t i = 0; i < columns; ++i) {
      const Cell &cell = row[i];
      if (isLabel(i) && options.labels == KEEL_CSV_NO_LABELS)
        continue;
      if (isLabel(i) && options.labels == KEEL_CSV_CLASSES) {
        if (cell.text == cell.end)
          return failCell(cell, "expected a class");
        if (!classes.push(cell))
          return memory();
        continue;
      }
      double value;
      if (!cell.number(&value))
        return failCell(cell, "expected a number");
      if (!isfinite(value))
        return failCell(cell, "expected a finite number");
      if (!(isLabel(i) ? values : features).push(value))
        return memory();
    }
    return 0;
  }

  int readRows(char *text, int64_t size) {
    CellReader cells(path, text, size);
    Vec<Cell> first, row;
    if (cells.row(&first, error))
      return 1;
    if (first.size == 0)
      return keel_fail(error, path, "is empty, expected rows of numbers");
    if (findLabels(first) || cells.row(&row, error))
      return 1;
    detectHeader(first, row);
    if (!header && addRow(first))
      return 1;
    while (row.size) {
      if (addRow(row) || cells.row(&row, error))
        return 1;
    }
    if (lines.size == 0)
      return keel_fail(error, path, "has a header but no rows");
    return 0;
  }

  /// Integers stay what they are.
  int numericClasses(int32_t *numbers) {
    for (int64_t i = 0; i < classes.size; ++i) {
      double value;
      classes[i].number(&value);
      if (value != floor(value) || fabs(value) > INT32_MAX)
        return failCell(classes[i], "expected an integer class");
      numbers[i] = (int32_t)value;
    }
    return 0;
  }

  int textClasses(int32_t *numbers) {
    for (int32_t i = 0; i < options.num_class_names; ++i) {
      const char *name = options.class_names[i];
      if (table.find({name, name + strlen(name), 0, 0}, true) == -2)
        return memory();
    }
    for (int64_t i = 0; i < classes.size; ++i) {
      numbers[i] = table.find(classes[i], options.num_class_names == 0);
      if (numbers[i] == -2)
        return memory();
      if (numbers[i] == -1)
        return failCell(classes[i],
                        "expected one of the classes the model was trained on");
    }
    return 0;
  }

  /// Integers that are not 0 ... classes - 1 but as many, in ascending order:
  /// 1, 2, 3 become 0, 1, 2.
  int orderClasses(int32_t *numbers, keel_csv *csv) {
    int64_t fitting = 0;
    while (fitting < classes.size && numbers[fitting] >= 0 &&
           numbers[fitting] < options.classes)
      ++fitting;
    if (fitting == classes.size)
      return 0;
    Vec<int32_t> values;
    for (int64_t i = 0; i < classes.size; ++i) {
      int64_t at = 0;
      while (at < values.size && values[at] < numbers[i])
        ++at;
      if (at < values.size && values[at] == numbers[i])
        continue;
      if (values.size == options.classes)
        return 0;
      if (!values.push(0))
        return memory();
      for (int64_t k = values.size - 1; k > at; --k)
        values[k] = values[k - 1];
      values[at] = numbers[i];
    }
    if (values.size < options.classes)
      return 0;
    for (int64_t i = 0; i < classes.size; ++i) {
      int32_t at = 0;
      while (values[at] != numbers[i])
        ++at;
      numbers[i] = at;
    }
    if (allocateNames(csv, values.size))
      return 1;
    for (int32_t value : values) {
      char text[16];
      snprintf(text, sizeof text, "%d", value);
      if (addName(csv, text, strlen(text)))
        return 1;
    }
    return 0;
  }

  int allocateNames(keel_csv *csv, int64_t count) {
    csv->class_names = (char **)calloc((size_t)count, sizeof(char *));
    return csv->class_names ? 0 : memory();
  }

  int addName(keel_csv *csv, const char *text, size_t size) {
    char *copy = strndup(text, size);
    if (!copy)
      return memory();
    csv->class_names[csv->num_class_names++] = copy;
    return 0;
  }

  int numberClasses(keel_csv *csv) {
    int64_t shape[1] = {classes.size};
    if (keel_array_create(&csv->labels, KEEL_I32, 1, shape, error))
      return 1;
    bool numeric = options.num_class_names == 0;
    double ignored;
    for (int64_t i = 0; i < classes.size && numeric; ++i)
      numeric = classes[i].number(&ignored);
    int32_t *numbers = (int32_t *)csv->labels.data;
    if (numeric)
      return numericClasses(numbers) ||
             (options.classes > 0 && orderClasses(numbers, csv));
    if (textClasses(numbers) || allocateNames(csv, table.names.size))
      return 1;
    for (const Cell &name : table.names)
      if (addName(csv, name.text, (size_t)(name.end - name.text)))
        return 1;
    return 0;
  }

  int finish(keel_csv *csv) {
    int64_t rows = lines.size;
    int64_t shape[2] = {rows, columns - (labelEnd - labelBegin)};
    if (keel_array_create(&csv->features, KEEL_F64, 2, shape, error))
      return 1;
    if (features.size)
      memcpy(csv->features.data, features.data, (size_t)csv->features.bytes);
    if (options.labels == KEEL_CSV_VALUES) {
      shape[1] = labelEnd - labelBegin;
      if (keel_array_create(&csv->labels, KEEL_F64, 2, shape, error))
        return 1;
      memcpy(csv->labels.data, values.data, (size_t)csv->labels.bytes);
    } else if (options.labels == KEEL_CSV_CLASSES && numberClasses(csv)) {
      return 1;
    }
    csv->label_columns = places.release();
    csv->lines = lines.release();
    csv->has_header = header;
    return 0;
  }
};

} // namespace

int keel_csv_read(const char *path, const keel_csv_options *options,
                  keel_csv *table, keel_error *error) {
  *table = {};
  Vec<char> file;
  if (keel_read_file(path, &file, error))
    return 1;
  Reader reader = {path, *options, error, {}, {}, {}, {}, {}, {}};
  if (reader.readRows(file.data, file.size))
    return 1;
  if (!reader.finish(table))
    return 0;
  keel_csv_free(table);
  return 1;
}

void keel_csv_free(keel_csv *table) {
  keel_array_free(&table->features);
  keel_array_free(&table->labels);
  free(table->lines);
  free(table->label_columns);
  for (int32_t i = 0; i < table->num_class_names; ++i)
    free(table->class_names[i]);
  free(table->class_names);
  *table = {};
}

int keel_csv_write(const char *path, const keel_array *array,
                   keel_error *error) {
  int64_t rows = array->rank ? array->shape[0] : 1;
  int64_t columns = rows ? keel_array_elements(array) / rows : 0;
  OutputFile file;
  if (keel_output_open(&file, path, error))
    return 1;
  Scoped<keel_text, keel_text_free> line;
  for (int64_t i = 0; i < rows; ++i) {
    line->length = 0;
    for (int64_t j = 0; j < columns; ++j) {
      double value = keel_array_element(array, i * columns + j);
      if (j)
        keel_text_append(line.get(), ",");
      if (isnan(value))
        keel_text_append(line.get(), "nan");
      else if (isinf(value))
        keel_text_append(line.get(), value < 0 ? "-inf" : "inf");
      else if (array->dtype == KEEL_F32)
        keel_json_append_float(line.get(), (float)value);
      else
        keel_json_append_number(line.get(), value);
    }
    keel_text_append(line.get(), "\n");
    if (line->failed) {
      keel_output_discard(&file);
      return keel_fail_memory(error, path, line->length);
    }
    fwrite(line->data, 1, (size_t)line->length, file.stream);
  }
  return keel_output_commit(&file, error);
}
