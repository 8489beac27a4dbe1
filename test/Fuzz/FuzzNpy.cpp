//===- FuzzNpy.cpp - NumPy files, read, written and read again ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"
#include "Runtime/Rows.h"

using namespace keel::fuzz;

/// What is mapped, if it can be, is what is read.
static void checkMapping(const InputFile &file, const keel_array *array) {
  keel::Mapping mapping;
  keel_array mapped;
  keel_error error = {};
  int failed = keel_npy_map(file.path(), &mapping, &mapped, &error);
  requireMessage(failed, error);
  require(!failed || !array);
  if (failed || !mapping.data)
    return;
  require(array && mapped.dtype == array->dtype && mapped.rank == array->rank &&
          mapped.bytes == array->bytes &&
          !std::memcmp(mapped.shape, array->shape, sizeof(array->shape)) &&
          !std::memcmp(mapped.data, array->data, size_t(array->bytes)));
  keel_mapping_free(&mapping);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  InputFile file(data, size);
  std::string copy = getFolder() + "/copy.npy";
  keel_array array, again;
  keel_error error = {};
  int failed = keel_npy_read(file.path(), &array, &error);
  requireMessage(failed, error);
  if (failed) {
    require(!array.data);
    // What fails for a value alone can be mapped.
    if (size == 0 || std::strstr(error.message, "2^63") == nullptr)
      checkMapping(file, nullptr);
    return 0;
  }
  checkMapping(file, &array);
  requireWhole(array);
  require(keel_npy_write(copy.c_str(), &array, &error) == 0);
  require(keel_npy_read(copy.c_str(), &again, &error) == 0);
  require(again.dtype == array.dtype && again.rank == array.rank &&
          again.bytes == array.bytes &&
          !std::memcmp(again.shape, array.shape, sizeof(array.shape)) &&
          !std::memcmp(again.data, array.data, size_t(array.bytes)));
  keel_array_free(&again);
  keel_array_free(&array);
  return 0;
}
