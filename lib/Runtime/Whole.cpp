//===- Whole.cpp - Running a model on whole tensors -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Whole.h"
#include "InferParams.h"
#include "Rows.h"

using namespace keel;

namespace {

bool hasBatch(const keel_tensor &tensor) {
  return tensor.rank > 0 && tensor.shape[0] < 0;
}

/// Rows of a tensor, 0 where it has none.
int64_t getRows(const keel_tensor &tensor) {
  if (tensor.rank == 0 || keel_row_elements(&tensor) == 0)
    return 0;
  return tensor.shape[0];
}

bool isAnyBatched(const keel_tensor *tensors, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (hasBatch(tensors[i]))
      return true;
  return false;
}

bool haveRows(const keel_tensor *tensors, int32_t count, int64_t rows) {
  for (int32_t i = 0; i < count; ++i)
    if (getRows(tensors[i]) != rows)
      return false;
  return true;
}

void describe(char *text, size_t size, int32_t rank, const int64_t *shape) {
  snprintf(text, size, "[");
  for (int32_t i = 0; i < rank && i < KEEL_MAX_RANK; ++i)
    snprintf(text + strlen(text), size - strlen(text), i ? ", %lld" : "%lld",
             (long long)shape[i]);
  snprintf(text + strlen(text), size - strlen(text), "]");
}

int64_t countElements(const keel_tensor &tensor) {
  int64_t elements = 1;
  for (int32_t i = 0; i < tensor.rank; ++i)
    elements *= tensor.shape[i];
  return elements;
}

/// The input that a file is for, -1 with an error set.
int32_t match(const keel_model &model, const keel_named_file &file,
              const keel_array *taken, keel_error *error) {
  bool named = file.name && *file.name;
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    bool fits = named ? !strcmp(file.name, model.inputs[i].name)
                      : taken[i].data == nullptr;
    if (fits && !taken[i].data)
      return i;
    if (fits) {
      keel_fail(error, file.path, "input '%s' is given twice", file.name);
      return -1;
    }
  }
  if (named)
    keel_fail(error, file.path, "the model has no input '%s'", file.name);
  else
    keel_fail(error, file.path, "the model takes %d input%s only",
              model.num_inputs, model.num_inputs == 1 ? "" : "s");
  return -1;
}

int openInput(const keel_tensor &tensor, const char *path, keel_array *input,
              keel_error *error) {
  Scoped<keel_array, keel_array_free> array;
  if (keel_npy_read(path, array.get(), error))
    return 1;
  if (keel_array_elements(array.get()) != countElements(tensor)) {
    char has[200], wants[200];
    describe(has, sizeof(has), array->rank, array->shape);
    describe(wants, sizeof(wants), tensor.rank, tensor.shape);
    return keel_fail(error, path, "has the shape %s, '%s' takes %s", has,
                     tensor.name, wants);
  }
  if (keel_array_create(input, tensor.dtype, tensor.rank, tensor.shape, error))
    return 1;
  Source source = {path, nullptr, nullptr, false, nullptr};
  int64_t elements = tensor.rank > 0 ? keel_row_elements(&tensor) : 1;
  return keel_convert_elements(array.get(), tensor.dtype, elements, &source,
                               input->data, error);
}

int openAll(const keel_model &model, const keel_named_file *files,
            int32_t num_files, keel_array *inputs, keel_error *error) {
  // Named files go first: the others take what is left.
  for (int pass = 0; pass < 2; ++pass)
    for (int32_t i = 0; i < num_files; ++i) {
      if ((files[i].name && *files[i].name ? 0 : 1) != pass)
        continue;
      int32_t index = match(model, files[i], inputs, error);
      if (index < 0 ||
          openInput(model.inputs[index], files[i].path, &inputs[index], error))
        return 1;
    }
  for (int32_t i = 0; i < model.num_inputs; ++i)
    if (!inputs[i].data)
      return keel_fail(error, nullptr,
                       "no data is given for the model's input '%s'",
                       model.inputs[i].name);
  return 0;
}

struct Scratch {
  explicit Scratch(int64_t bytes) : data(keel_allocate(bytes)) {}
  Scratch(const Scratch &) = delete;
  ~Scratch() { free(data); }
  void *data;
};

void freeAll(keel_array *arrays, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    keel_array_free(&arrays[i]);
}

/// Pointers to the data of some arrays.
bool listData(const keel_array *arrays, int32_t count, Vec<void *> *pointers) {
  for (int32_t i = 0; i < count; ++i)
    if (!pointers->push(arrays[i].data))
      return false;
  return pointers->push(nullptr);
}

} // namespace

int keel_model_is_whole(const keel_model *model) {
  if (isAnyBatched(model->inputs, model->num_inputs) ||
      isAnyBatched(model->outputs, model->num_outputs))
    return 0;
  int64_t rows = model->num_inputs > 0 ? getRows(model->inputs[0]) : 0;
  return rows == 0 || !haveRows(model->inputs, model->num_inputs, rows) ||
         !haveRows(model->outputs, model->num_outputs, rows);
}

int keel_inputs_open(const keel_model *model, const keel_named_file *files,
                     int32_t num_files, keel_array *inputs, keel_error *error) {
  for (int32_t i = 0; i < model->num_inputs; ++i)
    inputs[i] = {};
  int failed = openAll(*model, files, num_files, inputs, error);
  if (failed)
    freeAll(inputs, model->num_inputs);
  return failed;
}

int keel_infer_whole(const keel_model *model, keel_context *context,
                     const keel_weights *weights, const keel_array *inputs,
                     keel_array *outputs, keel_error *error) {
  for (int32_t i = 0; i < model->num_outputs; ++i)
    outputs[i] = {};
  if (!model->infer)
    return keel_fail(error, nullptr, "model '%s' was compiled without infer",
                     model->name);
  Scratch scratch(model->scratch_bytes);
  if (!scratch.data)
    return keel_fail_memory(error, nullptr, model->scratch_bytes);
  InferParams params;
  int failed = params.create(model, context, weights, scratch.data, error);
  for (int32_t i = 0; i < model->num_outputs && !failed; ++i)
    failed = keel_array_create(&outputs[i], model->outputs[i].dtype,
                               model->outputs[i].rank, model->outputs[i].shape,
                               error);
  Vec<void *> ins, outs;
  if (!failed && (!listData(inputs, model->num_inputs, &ins) ||
                  !listData(outputs, model->num_outputs, &outs)))
    failed = keel_fail_memory(error, nullptr, 1024);
  if (failed) {
    freeAll(outputs, model->num_outputs);
    return 1;
  }
  model->infer(context, params.params, weights->states, scratch.data, ins.data,
               outs.data, 1);
  return 0;
}
