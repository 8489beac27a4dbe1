//===- Evaluate.cpp - Running a model over rows ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Evaluate.h"
#include "InferParams.h"

#include <math.h>

using namespace keel;

namespace {

/// Scratch and a batch for blocks of rows.
struct Blocks {
  Scoped<keel_batch, keel_batch_free> batch;
  void *scratch = nullptr;
  int64_t largest = 0;
  int64_t fixed = 0; ///< the model's static batch, 0 where it has none

  ~Blocks() { free(scratch); }

  int create(const keel_model *model, const keel_dataset *dataset,
             keel_error *error) {
    if (model->num_inputs && model->inputs[0].rank)
      fixed = maximum(0, model->inputs[0].shape[0]);
    largest = fixed ? fixed : minimum(dataset->rows, model->max_rows);
    if (largest <= 0 || dataset->rows <= 0)
      return keel_fail(error, nullptr, "there are no rows to run '%s' on",
                       model->name);
    scratch = keel_allocate(model->scratch_bytes);
    if (!scratch)
      return keel_fail_memory(error, nullptr, model->scratch_bytes);
    return keel_batch_create(dataset, largest, batch.get(), error);
  }
};

} // namespace

int keel_evaluate(const keel_model *model, keel_context *context,
                  const keel_weights *weights, const keel_dataset *dataset,
                  keel_evaluation *evaluation, keel_error *error) {
  *evaluation = {};
  if (!model->eval)
    return keel_fail(error, nullptr, "model '%s' was compiled without eval",
                     model->name);
  if (dataset->num_labels != model->num_labels)
    return keel_fail(error, nullptr, "the data has no labels to compare with");
  Blocks blocks;
  if (blocks.create(model, dataset, error))
    return 1;
  if (blocks.fixed && dataset->rows % blocks.fixed)
    return keel_fail(
        error, nullptr,
        "model '%s' takes %lld rows at a time, which do not divide "
        "the %lld rows; write the batch as '?' for any",
        model->name, (long long)blocks.fixed, (long long)dataset->rows);
  double sum = 0.0;
  for (int64_t begin = 0; begin < dataset->rows; begin += blocks.largest) {
    int64_t rows = minimum(blocks.largest, dataset->rows - begin);
    keel_batch_gather(dataset, nullptr, begin, rows, blocks.batch.get());
    keel_result result = {};
    model->eval(context, weights->params, weights->states, blocks.scratch,
                blocks.batch->inputs, blocks.batch->labels, rows, &result);
    sum += result.value * (double)rows;
    evaluation->correct += result.flags;
  }
  evaluation->samples = dataset->rows;
  int32_t measured = 0;
  while (measured < model->num_labels &&
         model->label_accuracies[measured] == KEEL_ACCURACY_NONE)
    ++measured;
  evaluation->has_accuracy = measured < model->num_labels;
  if (evaluation->has_accuracy)
    evaluation->predictions =
        dataset->rows * dataset->labels[measured].elements;
  evaluation->loss = sum / (double)dataset->rows;
  evaluation->accuracy =
      evaluation->has_accuracy
          ? (double)evaluation->correct / (double)evaluation->predictions
          : (double)NAN;
  return 0;
}

static int createOutputs(const keel_model *model, int64_t rows,
                         keel_array *outputs, keel_error *error) {
  for (int32_t i = 0; i < model->num_outputs; ++i)
    outputs[i] = {};
  for (int32_t i = 0; i < model->num_outputs; ++i) {
    const keel_tensor &tensor = model->outputs[i];
    int64_t shape[KEEL_MAX_RANK] = {rows};
    for (int32_t d = 1; d < tensor.rank && d < KEEL_MAX_RANK; ++d)
      shape[d] = tensor.shape[d];
    if (!keel_array_create(&outputs[i], tensor.dtype, tensor.rank, shape,
                           error))
      continue;
    for (int32_t made = 0; made < i; ++made)
      keel_array_free(&outputs[made]);
    return 1;
  }
  return 0;
}

int keel_infer_rows(const keel_model *model, keel_context *context,
                    const keel_weights *weights, const keel_dataset *dataset,
                    keel_array *outputs, keel_error *error) {
  if (!model->infer)
    return keel_fail(error, nullptr, "model '%s' was compiled without infer",
                     model->name);
  Blocks blocks;
  // Compiled code wants aligned outputs: a block's are, a row's need not be.
  keel_dataset shape = {};
  Vec<keel_rows> rows;
  for (int32_t i = 0; i < model->num_outputs; ++i) {
    int64_t bytes = keel_dtype_size(model->outputs[i].dtype);
    for (int32_t d = 1; d < model->outputs[i].rank; ++d)
      bytes *= model->outputs[i].shape[d];
    if (!rows.push({nullptr, model->outputs[i].dtype, 0, bytes}))
      return keel_fail_memory(error, nullptr, 1024);
  }
  shape.inputs = rows.data;
  shape.num_inputs = model->num_outputs;
  Scoped<keel_batch, keel_batch_free> block;
  InferParams params;
  if (blocks.create(model, dataset, error) ||
      keel_batch_create(&shape, blocks.largest, block.get(), error) ||
      params.create(model, context, weights, blocks.scratch, error) ||
      createOutputs(model, dataset->rows, outputs, error))
    return 1;
  for (int64_t begin = 0; begin < dataset->rows; begin += blocks.largest) {
    int64_t count = minimum(blocks.largest, dataset->rows - begin);
    keel_batch_gather(dataset, nullptr, begin, count, blocks.batch.get());
    model->infer(context, params.params, weights->states, blocks.scratch,
                 blocks.batch->inputs, block->inputs,
                 blocks.fixed ? blocks.fixed : count);
    for (int32_t i = 0; i < model->num_outputs; ++i)
      memcpy((char *)outputs[i].data + begin * rows[i].row_bytes,
             block->inputs[i], (size_t)(count * rows[i].row_bytes));
  }
  return 0;
}
