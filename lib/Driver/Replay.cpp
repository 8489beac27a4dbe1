//===- Replay.cpp - A step taken again, to find what is not finite --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replay.h"
#include "CheckReport.h"
#include "ValueNames.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace keel;

/// Layers shown around the one that is not finite.
static constexpr size_t kShown = 6;

LogicalResult Replay::compile() {
  CompileOptions options;
  options.telemetry = true;
  jit = compileModel(file, "train", maxRows, options);
  if (!jit)
    return failure();
  telemetry = layers.getTelemetry(*jit);
  const keel_model &model = jit->model();
  grads.emplace(model.grads_bytes);
  scratch.emplace(model.scratch_bytes);
  states.emplace(model.states_bytes);
  return success();
}

static bool isFinite(const keel_tensor &tensor, const char *arena) {
  const char *data = arena + tensor.offset;
  for (int64_t i = 0, e = countElements(tensor, 1); i < e; ++i)
    if (!std::isfinite(tensor.dtype == KEEL_F64
                           ? reinterpret_cast<const double *>(data)[i]
                           : reinterpret_cast<const float *>(data)[i]))
      return false;
  return true;
}

/// A parameter of `op` whose gradient is not finite.
std::string Replay::findParameter(Operation *op) const {
  const keel_model &model = jit->model();
  for (Value operand : op->getOperands()) {
    auto param = operand.getDefiningOp<ParamOp>();
    for (int32_t i = 0; param && i < model.num_params; ++i)
      if (model.params[i].name == param.getName() &&
          model.params[i].offset < model.grads_used &&
          !isFinite(model.params[i], grads->get()))
        return param.getName().str();
  }
  return "";
}

Culprit Replay::findCulprit(const double *values) const {
  auto isFiniteSum = [&](size_t layer, int which) {
    return std::isfinite(values[layer * KEEL_LAYER_VALUES + which]);
  };
  for (size_t i = 0; i < layers.size(); ++i)
    if (!isFiniteSum(i, KEEL_SUM_VALUE))
      return {Culprit::value, i, ""};
  if (!std::isfinite(loss))
    return {Culprit::loss, 0, ""};
  for (size_t i = layers.size(); i-- > 0;) {
    if (!isFiniteSum(i, KEEL_SUM_GRADIENT))
      return {Culprit::gradient, i, ""};
    std::string parameter = findParameter(layers.getOps()[i]);
    if (!parameter.empty())
      return {Culprit::update, i, parameter};
  }
  return {};
}

/// One micro-batch; the states it begins with are in `states`.
void Replay::runBatch(const keel_batch &batch, int64_t rows, double weight,
                      const RecordedStep &step) {
  const keel_model &model = jit->model();
  keel_result result = {}, unused = {};
  telemetry.grad_step(&context, step.weights->params, states->get(),
                      grads->get(), scratch->get(), batch.inputs, batch.labels,
                      rows, step.step - 1, &result);
  loss += result.value * (rows == step.rows ? 1.0 : weight);
  if (culprit.kind != Culprit::none)
    return;
  std::vector<double> values(layers.size() * KEEL_LAYER_VALUES);
  keel_telemetry_add(&telemetry, grads->get(), 1.0, values.data());
  culprit = findCulprit(values.data());
  ArenaMemory slots(model.slots_bytes);
  telemetry.apply_step(&context, step.weights->params, step.weights->states,
                       slots.get(), grads->get(), step.step - 1, &unused);
  records.resize(layers.size());
  keel_telemetry_summarize(&telemetry, grads->get(), values.data(), rows,
                           /*calls=*/1, records.data());
}

/// The rows from `begin` on.
static TensorBuffers takeRows(llvm::ArrayRef<keel_tensor> tensors,
                              void *const *from, int64_t begin, int64_t rows) {
  TensorBuffers buffers(tensors, rows);
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    int64_t dtype = keel_dtype_size(tensor.dtype);
    int64_t bytes = countElements(tensor, rows) * dtype;
    int64_t row = bytes / rows;
    std::memcpy(buffers[i], static_cast<const char *>(from[i]) + begin * row,
                size_t(bytes));
  }
  return buffers;
}

void Replay::run(const RecordedStep &step) {
  const keel_model &model = jit->model();
  std::memcpy(states->get(), step.weights->states, size_t(model.states_bytes));
  char *pending = grads->get() + model.pending_offset;
  std::memcpy(pending, step.weights->states, size_t(model.states_bytes));
  culprit = {};
  loss = 0.0;
  context.seed = int64_t(step.seed);
  for (int64_t done = 0; done < step.rows;) {
    int64_t rows = keel_next_batch_rows(step.rows - done, step.batchSize,
                                        model.min_train_rows);
    TensorBuffers inputs = takeRows({model.inputs, size_t(model.num_inputs)},
                                    step.batch->inputs, done, rows);
    TensorBuffers labels = takeRows({model.labels, size_t(model.num_labels)},
                                    step.batch->labels, done, rows);
    keel_batch batch = {const_cast<void **>(inputs.get()),
                        const_cast<void **>(labels.get()), model.num_inputs,
                        model.num_labels};
    context.first_row = done;
    runBatch(batch, rows, double(rows) / double(step.rows), step);
    std::memcpy(states->get(), pending, size_t(model.states_bytes));
    done += rows;
  }
}

std::string Replay::describe(const RecordedStep &step) const {
  std::string text = llvm::formatv("first not finite in step {0}: ", step.step);
  if (culprit.kind == Culprit::none)
    return text + "nothing, but for sums over micro-batches or of squares";
  if (culprit.kind == Culprit::loss)
    return text + "the loss";
  Operation *op = layers.getOps()[culprit.layer];
  std::string value = "%" + layers.getName(culprit.layer).str();
  std::string result = ", the result of " + op->getName().getStringRef().str();
  // In f64, squares leave the range before values do.
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getElementType().isF64())
    result += " (or its squares)";
  if (culprit.kind == Culprit::value)
    return text + value + result;
  if (culprit.kind == Culprit::gradient)
    return text + "the gradient with respect to " + value + result;
  return text + "the gradient of the parameter \"" + culprit.parameter +
         "\", which " + value + " takes";
}

static std::string formatCell(double number) {
  if (number == -1.0)
    return "-";
  return std::isnan(number)   ? "nan"
         : std::isinf(number) ? "inf"
                              : formatShort(number);
}

void Replay::printTable(llvm::raw_ostream &os, bool isWhole) const {
  size_t begin = 0, end = layers.size();
  if (!isWhole && end > kShown) {
    bool isForward = culprit.kind == Culprit::value;
    size_t at = culprit.kind == Culprit::loss || culprit.kind == Culprit::none
                    ? end - 1
                    : culprit.layer;
    // What was computed before it.
    begin = isForward ? at + 1 - std::min(at + 1, kShown) : at;
    if (culprit.kind == Culprit::loss)
      begin = end - kShown;
    end = std::min(end, begin + kShown);
  }
  auto row = [&](ArrayRef<std::string> cells) {
    os << "  " << llvm::left_justify(cells[0], 16)
       << llvm::left_justify(cells[1], 20) << llvm::right_justify(cells[2], 5);
    for (const std::string &cell : cells.drop_front(3))
      os << llvm::right_justify(cell, 13);
    os << '\n';
  };
  row({"layer", "op", "line", "value", "gradient", "weight"});
  for (size_t i = begin; i < end; ++i) {
    Operation *op = layers.getOps()[i];
    row({layers.getName(i).str(), op->getName().getStringRef().str(),
         std::to_string(getLine(op)), formatCell(records[i].activation_rms),
         formatCell(records[i].result_gradient_rms),
         formatCell(records[i].weight_rms)});
  }
}

void Replay::report(const RecordedStep &step, llvm::raw_ostream &os,
                    bool isWhole) {
  bool hasOp = culprit.kind == Culprit::value ||
               culprit.kind == Culprit::gradient ||
               culprit.kind == Culprit::update;
  Operation *op =
      hasOp ? layers.getOps()[culprit.layer] : file.getModel().getOperation();
  emitWarning(op->getLoc()) << describe(step);
  os << "losses up to it:";
  for (double last : step.losses)
    os << ' ' << llvm::format("%.6g", last);
  os << "\nroot mean squares in that step:\n";
  printTable(os, isWhole);
}
