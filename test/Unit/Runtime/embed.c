//===- embed.c - A C program on the runtime -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Array.h"
#include "keel/Runtime/Csv.h"
#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Error.h"
#include "keel/Runtime/Evaluate.h"
#include "keel/Runtime/Json.h"
#include "keel/Runtime/Model.h"
#include "keel/Runtime/Random.h"
#include "keel/Runtime/Safetensors.h"
#include "keel/Runtime/ThreadPool.h"
#include "keel/Runtime/Trainer.h"
#include "keel/Runtime/Weights.h"

#include <string.h>

static void mark(void *closure, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    ((int *)closure)[i] += 1;
}

int main(void) {
  int marks[100] = {0};
  keel_pool *pool = keel_pool_create(2);
  keel_context context;
  if (!pool)
    return 1;
  keel_pool_context(pool, &context);
  context.parallel_for(&context, mark, marks, 0, 100);
  keel_pool_destroy(pool);
  for (int i = 0; i < 100; ++i)
    if (marks[i] != 1)
      return 2;

  // An error, and references to every part so that all of it is linked.
  keel_error error;
  keel_array array;
  keel_csv table;
  keel_csv_options csv = {0};
  keel_idx_read("/nonexistent", &array, &error);
  keel_csv_read("/nonexistent", &csv, &table, &error);
  keel_train_options options;
  keel_train_options_init(&options);
  keel_train_report report;
  keel_model model = {0};
  keel_dataset dataset = {0};
  model.name = "empty";
  options.context = &context;
  options.data = &dataset;
  options.quiet = 1;
  if (keel_train(&model, &options, 0, &report, &error) == 0)
    return 3;
  char text[256];
  keel_error_format(&error, text, sizeof(text));
  return strncmp(text, "error: ", 7) == 0 ? 0 : 4;
}
