//===- FuzzIdx.cpp - IDX files, compressed and not ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"

using namespace keel::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  InputFile file(data, size);
  keel_array array;
  keel_error error = {};
  int failed = keel_idx_read(file.path(), &array, &error);
  requireMessage(failed, error);
  if (failed)
    require(!array.data);
  else
    requireWhole(array);
  keel_array_free(&array);
  return 0;
}
