//===- TensorTable.cpp - Tensors between arenas and files -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorTable.h"

using namespace keel;

int64_t keel_tensor_bytes(const keel_tensor *tensor) {
  int64_t bytes = keel_dtype_size(tensor->dtype);
  for (int32_t i = 0; i < tensor->rank; ++i)
    bytes *= tensor->shape[i];
  return bytes;
}

int keel_append_tensors(Vec<keel_stored_tensor> *list,
                        const keel_tensor *tensors, int32_t count,
                        const void *arena) {
  for (int32_t i = 0; i < count; ++i) {
    keel_stored_tensor stored = {};
    stored.name = tensors[i].name;
    stored.dtype = tensors[i].dtype;
    stored.rank = tensors[i].rank;
    for (int32_t d = 0; d < tensors[i].rank && d < KEEL_MAX_RANK; ++d)
      stored.shape[d] = tensors[i].shape[d];
    stored.data = (const char *)arena + tensors[i].offset;
    stored.bytes = keel_tensor_bytes(&tensors[i]);
    if (!list->push(stored))
      return 1;
  }
  return 0;
}

static const keel_stored_tensor *find(const keel_safetensors *file,
                                      const char *prefix, const char *name) {
  char full[1024];
  snprintf(full, sizeof(full), "%s%s", prefix, name);
  return keel_safetensors_find(file, full);
}

static void appendShape(keel_text *text, const char *type, const int64_t *shape,
                        int32_t rank) {
  keel_text_append(text, "%s [", type);
  for (int32_t i = 0; i < rank; ++i)
    keel_text_append(text, "%s%lld", i ? ", " : "", (long long)shape[i]);
  keel_text_append(text, "]");
}

void keel_check_tensors(const keel_safetensors *file, const char *prefix,
                        const keel_tensor *tensors, int32_t count,
                        const char *const *optional, keel_text *problems,
                        int32_t *num_problems) {
  for (int32_t i = 0; i < count; ++i) {
    const keel_tensor &tensor = tensors[i];
    const keel_stored_tensor *stored = find(file, prefix, tensor.name);
    // The shape of a scalar may be null.
    if (stored && stored->dtype == tensor.dtype &&
        stored->rank == tensor.rank &&
        (tensor.rank == 0 ||
         !memcmp(stored->shape, tensor.shape, (size_t)tensor.rank * 8)))
      continue;
    bool allowed = false;
    for (const char *const *name = optional; name && *name && !stored; ++name)
      allowed |= !strcmp(*name, tensor.name);
    if (allowed)
      continue;
    ++*num_problems;
    keel_text_append(problems, "\n  %s%s: expected ", prefix, tensor.name);
    appendShape(problems, keel_dtype_name(tensor.dtype), tensor.shape,
                tensor.rank);
    keel_text_append(problems, ", ");
    if (!stored)
      keel_text_append(problems, "missing");
    else
      appendShape(problems, stored->type, stored->shape, stored->rank);
  }
}

void keel_copy_tensors(const keel_safetensors *file, const char *prefix,
                       const keel_tensor *tensors, int32_t count, void *arena) {
  for (int32_t i = 0; i < count; ++i)
    if (const keel_stored_tensor *stored = find(file, prefix, tensors[i].name))
      memcpy((char *)arena + tensors[i].offset, stored->data,
             (size_t)stored->bytes);
}

int keel_fail_tensors(const keel_model *model, const char *path,
                      const keel_text *problems, int32_t num_problems,
                      keel_error *error) {
  return keel_fail(error, path,
                   "these are not the weights of model '%s', %d tensor%s "
                   "missing or different:%s",
                   model->name, num_problems,
                   num_problems == 1 ? " is" : "s are",
                   problems->data ? problems->data : "");
}
