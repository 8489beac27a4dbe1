//===- RepairTrial.cpp - A few steps that show whether a cure helped ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairTrial.h"
#include "RandomValues.h"
#include "keel/Execution/Session.h"
#include "keel/Runtime/Evaluate.h"
#include "keel/Runtime/Trainer.h"
#include <cmath>
#include <cstdlib>

using namespace mlir;
using namespace keel;

/// Rows kept from training: a tenth, and no more than tell a difference.
static double getValidationFraction(int64_t rows) {
  return std::min(0.1, 2000.0 / double(rows));
}

LogicalResult TrialData::open(ModelFile &file, const DataFiles &files,
                              uint64_t seed) {
  auto table = describeModel(file, "train");
  if (!table)
    return failure();
  if (files.data.empty() ? failed(makeUp(table->model, seed))
                         : failed(files.open(table->model, {}, all)))
    return failure();
  sizes = measureInputs(table->model, all);
  keel_error error = {};
  if (keel_dataset_split(&all, getValidationFraction(all.rows), seed, &training,
                         &validation, &error) == 0)
    return success();
  keel::failInput(error);
  return failure();
}

namespace {

/// A random linear map of all inputs, of size 1.
class Teacher {
public:
  Teacher(const std::vector<keel_rows> &inputs, int64_t outputs, uint64_t seed)
      : inputs(inputs) {
    for (const keel_rows &input : inputs)
      count += input.elements;
    Stream stream("teacher", seed);
    weights.resize(size_t(outputs * count));
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = stream.normal(i) / std::sqrt(double(count));
  }

  double compute(int64_t row, int64_t output) const {
    const double *weight = weights.data() + output * count;
    double sum = 0.0;
    for (const keel_rows &input : inputs) {
      const char *data =
          static_cast<const char *>(input.data) + row * input.row_bytes;
      for (int64_t i = 0; i < input.elements; ++i)
        sum += *weight++ *
               (input.dtype == KEEL_F64
                    ? reinterpret_cast<const double *>(data)[i]
                    : double(reinterpret_cast<const float *>(data)[i]));
    }
    return sum;
  }

  /// The largest of `classes` outputs from `first` on.
  int64_t choose(int64_t row, int64_t first, int64_t classes) const {
    int64_t best = 0;
    double most = -INFINITY;
    for (int64_t c = 0; c < classes; ++c)
      if (double score = compute(row, first + c); score > most)
        best = c, most = score;
    return best;
  }

private:
  const std::vector<keel_rows> &inputs;
  int64_t count = 0;
  std::vector<double> weights;
};

} // namespace

static keel_rows describeRows(const keel_tensor &tensor) {
  int64_t elements = countElements(tensor, 1);
  return {nullptr, tensor.dtype, elements,
          elements * int64_t(keel_dtype_size(tensor.dtype))};
}

void TrialData::allocate(keel_rows &rows) {
  size_t bytes =
      llvm::alignTo(size_t(kRows * rows.row_bytes), KEEL_ARENA_ALIGNMENT);
  auto *memory =
      static_cast<char *>(std::aligned_alloc(KEEL_ARENA_ALIGNMENT, bytes));
  if (!memory)
    llvm::report_bad_alloc_error("made-up data");
  made.emplace_back(memory, [](char *m) { std::free(m); });
  rows.data = memory;
}

void TrialData::makeUpLabel(const keel_model &model, int32_t index,
                            uint64_t seed) {
  keel_rows &rows = labels.emplace_back(describeRows(model.labels[index]));
  allocate(rows);
  int64_t classes = model.label_classes[index];
  bool isSign = model.label_accuracies[index] == KEEL_ACCURACY_SIGN;
  int64_t width = std::max<int64_t>(classes, 1);
  Teacher teacher(inputs, rows.elements * width, seed + uint64_t(index));
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t e = 0; e < rows.elements; ++e) {
      double value = classes > 0 ? double(teacher.choose(row, e * width, width))
                                 : teacher.compute(row, e);
      storeElement(rows.data, rows.dtype, row * rows.elements + e,
                   isSign ? double(value > 0.0) : value);
    }
}

LogicalResult TrialData::makeUp(const keel_model &model, uint64_t seed) {
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    keel_rows &rows = inputs.emplace_back(describeRows(model.inputs[i]));
    if (!isReal(rows.dtype)) {
      keel::failInput(Twine("input '") + model.inputs[i].name +
                      "' holds integers, for which no data can be made up; "
                      "give --data");
      return failure();
    }
    allocate(rows);
    Stream stream(model.inputs[i].name, seed);
    for (int64_t k = 0; k < kRows * rows.elements; ++k)
      storeElement(rows.data, rows.dtype, k, stream.normal(uint64_t(k)));
  }
  for (int32_t i = 0; i < model.num_labels; ++i)
    makeUpLabel(model, i, seed);
  all.rows = kRows;
  all.inputs = inputs.data();
  all.labels = labels.data();
  all.num_inputs = int32_t(inputs.size());
  all.num_labels = int32_t(labels.size());
  all.is_view = 1;
  return success();
}

double TrialResult::getScore() const {
  double score = std::max(lastLosses, loss);
  return std::isfinite(lastLosses) && std::isfinite(loss) ? score : INFINITY;
}

static double getLastLosses(ArrayRef<double> losses) {
  ArrayRef<double> last = losses.take_back(losses.size() / 4 + 1);
  double sum = 0.0;
  for (double loss : last)
    sum += loss;
  return sum / double(last.size());
}

FailureOr<TrialResult> keel::runTrial(ModelFile &file, const TrialData &data,
                                      const TrialSettings &settings) {
  // A batch norm's last row may join the batch before it.
  int64_t maxRows = keel_max_batch_rows(data.getTraining().rows,
                                        settings.batchSize, /*minRows=*/2);
  auto jit = compileModel(file, "train", maxRows);
  if (!jit)
    return failure();
  Threads threads(file.getFlags().threads);
  keel_train_options options;
  keel_train_options_init(&options);
  options.context = threads.getContext();
  options.data = &data.getTraining();
  options.steps = settings.steps;
  options.batch_size = settings.batchSize;
  options.seed = settings.seed;
  options.standardize = settings.standardize;
  options.quiet = true;
  TrialResult result;
  options.user = &result.losses;
  options.on_step = [](void *user, const keel_step_record *record,
                       keel_text *) {
    static_cast<std::vector<double> *>(user)->push_back(record->loss);
  };
  // What is not finite ends a training, if its model says so, but not a trial.
  keel_model model = jit->model();
  model.nonfinite_is_error = 0;
  keel_weights weights = {};
  keel_train_report report = {};
  keel_error error = {};
  keel_evaluation evaluation = {};
  bool isTrained = keel_train(&model, &options, &weights, &report, &error) == 0;
  bool isDone = isTrained &&
                keel_evaluate(&model, options.context, &weights,
                              &data.getValidation(), &evaluation, &error) == 0;
  keel_weights_free(&weights);
  if (!isDone) {
    keel::failInput(error);
    return failure();
  }
  if (!result.losses.empty())
    result.lastLosses = getLastLosses(result.losses);
  result.loss = evaluation.loss;
  if (evaluation.has_accuracy)
    result.accuracy = evaluation.accuracy;
  result.skippedSteps = report.nonfinite_steps;
  result.interrupted = report.interrupted;
  return result;
}
