//===- FuzzSafetensors.cpp - Weights, read, written and read again --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"
#include "keel/Runtime/Weights.h"

#include <vector>

using namespace keel::fuzz;

/// What Keel can hold is written, and reads back the same.
static void checkRoundTrip(const keel_safetensors &file) {
  std::vector<keel_stored_tensor> known;
  for (int64_t i = 0; i < file.num_tensors; ++i)
    if (file.tensors[i].dtype >= 0)
      known.push_back(file.tensors[i]);
  std::string copy = getFolder() + "/copy.safetensors";
  keel_error error = {};
  require(keel_safetensors_write(copy.c_str(), known.data(),
                                 int64_t(known.size()), file.metadata,
                                 file.num_metadata, &error) == 0);
  keel_safetensors again;
  require(keel_safetensors_open(copy.c_str(), &again, &error) == 0);
  require(again.num_tensors == int64_t(known.size()));
  for (const keel_stored_tensor &tensor : known) {
    const keel_stored_tensor *found =
        keel_safetensors_find(&again, tensor.name);
    require(found && found->dtype == tensor.dtype &&
            found->rank == tensor.rank && found->bytes == tensor.bytes &&
            !std::memcmp(found->data, tensor.data, size_t(tensor.bytes)));
  }
  for (int64_t i = 0; i < file.num_metadata; ++i) {
    if (!std::strcmp(file.metadata[i].key, "tensor_crc32"))
      continue; // that of the copy is of its own tensors
    const char *value = keel_safetensors_metadata(&again, file.metadata[i].key);
    require(value && !std::strcmp(value, file.metadata[i].value));
  }
  keel_safetensors_close(&again);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  InputFile input(data, size);
  keel_safetensors file;
  keel_error error = {};
  int failed = keel_safetensors_open(input.path(), &file, &error);
  requireMessage(failed, error);
  if (failed)
    return 0;
  checkRoundTrip(file);
  keel_class_names classes;
  failed = keel_class_names_read(&file, input.path(), &classes, &error);
  requireMessage(failed, error);
  for (int32_t i = 0; i < classes.count; ++i)
    require(std::strlen(classes.names[i]) <= size);
  keel_class_names_free(&classes);
  keel_safetensors_close(&file);
  return 0;
}
