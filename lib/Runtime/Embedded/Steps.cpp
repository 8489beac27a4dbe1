//===- Steps.cpp - Inference and training steps of an emitted object ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"

using namespace keel;

namespace {

int64_t getElementBytes(int32_t dtype) {
  switch (dtype) {
  case KEEL_F32:
  case KEEL_I32:
    return 4;
  case KEEL_F64:
  case KEEL_I64:
    return 8;
  default:
    return 1;
  }
}

/// Elements of a row, where the first dimension is the rows.
int64_t getRowElements(const keel_tensor &tensor) {
  int64_t count = 1;
  for (int32_t i = 1; i < tensor.rank; ++i)
    count *= tensor.shape[i];
  return count;
}

/// The pointers of a block that begins at a row.
struct Block {
  void *pointers[KEEL_EMBEDDED_MAX_TENSORS];

  void set(const keel_tensor *tensors, int32_t count, const void *const *from,
           int64_t row) {
    for (int32_t i = 0; i < count; ++i)
      pointers[i] = (char *)from[i] + row * getRowElements(tensors[i]) *
                                          getElementBytes(tensors[i].dtype);
  }
  const void *const *get() const { return pointers; }
};

bool hasNull(const void *const *pointers, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (!pointers[i])
      return true;
  return false;
}

bool isFinite(double value) { return value - value == 0.0; }

} // namespace

/// What every call asks of its arguments.
static int32_t check(keel_embedded_context *context, const void *const *inputs,
                     const void *const *others, int32_t numOthers,
                     int64_t rows) {
  if (!context)
    return KEEL_ERROR_ARGUMENT;
  const keel_embedded *program = context->program;
  const keel_model *model = program->model;
  if (hasNull(inputs, model->num_inputs) || hasNull(others, numOthers))
    return fail(context, KEEL_ERROR_ARGUMENT, "a pointer is null");
  if (rows < 1 || (program->fixed_rows && rows != program->fixed_rows))
    return fail(context, KEEL_ERROR_ROWS,
                "the number of rows is not one that the model takes");
  if (!context->hasWeights)
    return fail(context, KEEL_ERROR_NO_WEIGHTS,
                "the context has no weights yet: initialize or load them");
  return KEEL_OK;
}

template <typename T>
static bool areClasses(const void *labels, int64_t count, int64_t classes) {
  for (int64_t i = 0; i < count; ++i)
    if (((const T *)labels)[i] < 0 || ((const T *)labels)[i] >= (T)classes)
      return false;
  return true;
}

template <typename T>
static bool areProbabilities(const void *labels, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    if (!(((const T *)labels)[i] >= T(0) && ((const T *)labels)[i] <= T(1)))
      return false;
  return true;
}

/// Compiled code reads labels as they are.
static int32_t checkLabels(keel_embedded_context *context,
                           const void *const *labels, int64_t rows) {
  const keel_model *model = context->program->model;
  for (int32_t i = 0; i < model->num_labels; ++i) {
    const keel_tensor &label = model->labels[i];
    int64_t count = getRowElements(label) * rows;
    int64_t classes = model->label_classes[i];
    bool good = true;
    if (classes > 0)
      good = label.dtype == KEEL_I64
                 ? areClasses<int64_t>(labels[i], count, classes)
                 : areClasses<int32_t>(labels[i], count, classes);
    else if (model->label_accuracies[i] == KEEL_ACCURACY_SIGN)
      good = label.dtype == KEEL_F64
                 ? areProbabilities<double>(labels[i], count)
                 : areProbabilities<float>(labels[i], count);
    if (!good)
      return fail(context, KEEL_ERROR_LABEL,
                  classes > 0 ? "a class is out of its range"
                              : "a target is not in [0, 1]");
  }
  return KEEL_OK;
}

void keel_embedded_prepare(keel_embedded_context *context) {
  const keel_model *model = context->program->model;
  if (!context->isFolded && model->fold)
    model->fold(&context->host, context->params, context->states,
                context->folded, context->scratch);
  context->isFolded = true;
}

int32_t keel_embedded_share(keel_embedded_context *context,
                            const keel_embedded_context *owner) {
  if (!context || !owner || context == owner ||
      context->program != owner->program)
    return KEEL_ERROR_ARGUMENT;
  if (!owner->hasWeights || owner->isShared)
    return fail(context, KEEL_ERROR_NO_WEIGHTS,
                "the other context has no weights of its own");
  context->inferParams = owner->inferParams;
  context->inferStates = owner->inferStates;
  context->hasWeights = context->isFolded = context->isShared = true;
  return KEEL_OK;
}

int32_t keel_embedded_infer(keel_embedded_context *context,
                            const void *const *inputs, void *const *outputs,
                            int64_t rows) {
  const keel_model *model = context ? context->program->model : nullptr;
  if (int32_t status =
          check(context, inputs, outputs, model ? model->num_outputs : 0, rows))
    return status;
  keel_embedded_prepare(context);
  int64_t most = context->program->fixed_rows ? rows : model->max_rows;
  Block in, out;
  for (int64_t begin = 0; begin < rows; begin += most) {
    int64_t count = rows - begin < most ? rows - begin : most;
    in.set(model->inputs, model->num_inputs, inputs, begin);
    out.set(model->outputs, model->num_outputs, outputs, begin);
    model->infer(&context->host, context->inferParams, context->inferStates,
                 context->scratch, in.get(), out.pointers, count);
  }
  return KEEL_OK;
}

int32_t keel_embedded_init(keel_embedded_context *context, int64_t seed) {
  if (!context)
    return KEEL_ERROR_ARGUMENT;
  const keel_model *model = context->program->model;
  model->init(&context->host, context->params, context->states, context->slots,
              seed);
  context->step = 0;
  context->seed = seed;
  takeWeights(context);
  return KEEL_OK;
}

/// The step that clips and commits apart from the gradients, or both in one
/// where that decides it.
static keel_result takeStep(keel_embedded_context *context,
                            const void *const *inputs,
                            const void *const *labels, int64_t rows,
                            keel_result *loss) {
  const keel_model *model = context->program->model;
  if (model->train_step) {
    model->train_step(&context->host, context->params, context->states,
                      context->slots, context->scratch, inputs, labels, rows,
                      context->step, loss);
    if (!(loss->flags & KEEL_FLAG_UNDECIDED))
      return {__builtin_nan(""), loss->flags};
  }
  keel_result applied = {};
  model->grad_step(&context->host, context->params, context->states,
                   context->grads, context->scratch, inputs, labels, rows,
                   context->step, loss);
  model->apply_step(&context->host, context->params, context->states,
                    context->slots, context->grads, context->step, &applied);
  return applied;
}

int32_t keel_embedded_train_step(keel_embedded_context *context,
                                 const void *const *inputs,
                                 const void *const *labels, int64_t rows,
                                 keel_embedded_step *result) {
  const keel_model *model = context ? context->program->model : nullptr;
  if (int32_t status =
          check(context, inputs, labels, model ? model->num_labels : 0, rows))
    return status;
  if (rows < model->min_train_rows ||
      (!context->program->fixed_rows && rows > model->max_rows))
    return fail(context, KEEL_ERROR_ROWS,
                "a step takes more rows than one where batch normalization "
                "trains, and no more than the model was compiled for");
  if (int32_t status = checkLabels(context, labels, rows))
    return status;
  context->host.seed = context->seed;
  context->host.first_row = 0;
  keel_result loss = {};
  keel_result applied = takeStep(context, inputs, labels, rows, &loss);
  ++context->step;
  takeWeights(context);
  bool isSkipped = applied.flags & KEEL_FLAG_NONFINITE;
  if (result)
    *result = {loss.value, applied.value, context->step,
               (applied.flags & KEEL_FLAG_CLIPPED) != 0, isSkipped};
  if (model->nonfinite_is_error && (isSkipped || !isFinite(loss.value)))
    return fail(context, KEEL_ERROR_NONFINITE,
                isSkipped ? "a gradient is not finite, nothing was updated"
                          : "the loss is not finite");
  return KEEL_OK;
}

int32_t keel_embedded_evaluate(keel_embedded_context *context,
                               const void *const *inputs,
                               const void *const *labels, int64_t rows,
                               keel_embedded_evaluation *result) {
  const keel_model *model = context ? context->program->model : nullptr;
  if (int32_t status =
          check(context, inputs, labels, model ? model->num_labels : 0, rows))
    return status;
  if (!result)
    return fail(context, KEEL_ERROR_ARGUMENT, "the result's pointer is null");
  if (int32_t status = checkLabels(context, labels, rows))
    return status;
  int64_t most = context->program->fixed_rows ? rows : model->max_rows;
  double sum = 0.0;
  Block in, expected;
  *result = {0.0, __builtin_nan(""), 0, 0};
  for (int64_t begin = 0; begin < rows; begin += most) {
    int64_t count = rows - begin < most ? rows - begin : most;
    in.set(model->inputs, model->num_inputs, inputs, begin);
    expected.set(model->labels, model->num_labels, labels, begin);
    keel_result block = {};
    model->eval(&context->host, context->params, context->states,
                context->scratch, in.get(), expected.get(), count, &block);
    sum += block.value * (double)count;
    result->correct += block.flags;
  }
  result->loss = sum / (double)rows;
  for (int32_t i = 0; i < model->num_labels && !result->predictions; ++i)
    if (model->label_accuracies[i] != KEEL_ACCURACY_NONE)
      result->predictions = rows * getRowElements(model->labels[i]);
  if (result->predictions)
    result->accuracy = (double)result->correct / (double)result->predictions;
  return KEEL_OK;
}
