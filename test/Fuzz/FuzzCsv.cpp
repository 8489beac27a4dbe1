//===- FuzzCsv.cpp - Comma-separated values under several options ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"
#include "keel/Runtime/Csv.h"

using namespace keel::fuzz;

/// The first byte chooses the options, the others are the file.
static keel_csv_options choose(uint8_t byte) {
  static const char *const columns[] = {nullptr, "label", "0", "-1",
                                        "9223372036854775807"};
  static const char *const names[] = {"ant", "bee"};
  keel_csv_options options = {};
  options.labels = byte % 3;
  options.label_column = columns[byte / 3 % 5];
  options.label_count = options.labels == KEEL_CSV_VALUES ? byte / 15 % 3 : 0;
  options.classes = byte / 45 % 2 ? 2 : 0;
  if (byte / 90 % 2) {
    options.class_names = names;
    options.num_class_names = 2;
  }
  return options;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  InputFile file(data + 1, size - 1);
  keel_csv_options options = choose(data[0]);
  keel_csv table;
  keel_error error = {};
  int failed = keel_csv_read(file.path(), &options, &table, &error);
  requireMessage(failed, error);
  if (!failed) {
    requireWhole(table.features);
    int64_t rows = table.features.shape[0];
    require(rows > 0);
    for (int64_t i = 0; i < rows; ++i)
      require(table.lines[i] > 0);
    if (table.labels.data) {
      requireWhole(table.labels);
      require(table.labels.shape[0] == rows);
    }
    for (int32_t i = 0; i < table.num_class_names; ++i)
      require(std::strlen(table.class_names[i]) <= size);
  }
  keel_csv_free(&table);
  return 0;
}
