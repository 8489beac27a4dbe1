//===- VerifyFolds.cpp - Folded inference against unfolded ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyFolds.h"
#include "CompiledModel.h"
#include "RandomValues.h"
#include "Weights.h"
#include "keel/Execution/Session.h"
#include "keel/Runtime/Array.h"
#include "keel/Runtime/Evaluate.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

namespace {

constexpr int64_t kRows = 64;

double fetch(const void *data, int32_t dtype, int64_t index) {
  return dtype == KEEL_F32 ? static_cast<const float *>(data)[index]
                           : static_cast<const double *>(data)[index];
}

/// The statistics that one input is standardized by.
struct Statistics {
  std::string mean, variance;
};

/// One way to compile the model, its weights, and what it computes.
class Variant {
public:
  ~Variant() {
    for (keel_array &array : outputs)
      keel_array_free(&array);
  }

  LogicalResult compile(ModelFile &file, const std::string &weights, bool fold,
                        keel_context *context);
  void drawWeights(const llvm::StringSet<> &variances);
  LogicalResult run(keel_context *context, const keel_dataset &rows);
  const keel_model &getModel() const { return jit->model(); }
  /// Element `index` of the parameter or state `name`.
  double getValue(StringRef name, int64_t index) const;

  std::vector<keel_array> outputs;

private:
  std::unique_ptr<JitModule> jit;
  WeightArenas arenas;
};

/// Rows like those that the model is for: normal, with the mean and deviation
/// that an input is standardized by.
class RandomRows {
public:
  RandomRows(const Variant &variant,
             const llvm::StringMap<Statistics> &standardized);
  const keel_dataset &get() const { return dataset; }

private:
  std::vector<std::vector<char>> data;
  std::vector<keel_rows> inputs;
  keel_dataset dataset = {};
};

} // namespace

LogicalResult Variant::compile(ModelFile &file, const std::string &weights,
                               bool fold, keel_context *context) {
  jit = compileModel(file, weights.empty() ? "run" : "infer", kRows,
                     {.fold = fold});
  if (!jit)
    return failure();
  return weights.empty() ? arenas.initialize(getModel(), context, /*seed=*/0)
                         : arenas.load(getModel(), weights);
}

/// Moves initial values away from 0 and 1, with which folds are trivial.
void Variant::drawWeights(const llvm::StringSet<> &variances) {
  auto draw = [&](ArrayRef<keel_tensor> tensors, void *arena) {
    for (const keel_tensor &tensor : tensors) {
      Stream stream(tensor.name);
      bool isVariance = variances.contains(tensor.name);
      void *data = static_cast<char *>(arena) + tensor.offset;
      for (int64_t i = 0; tensor.rank < 2 && i < countElements(tensor, 1);
           ++i) {
        double u = stream.uniform(i);
        storeElement(data, tensor.dtype, i,
                     isVariance ? 0.5 + 1.5 * u
                                : fetch(data, tensor.dtype, i) + u - 0.5);
      }
    }
  };
  const keel_model &model = getModel();
  draw(ArrayRef(model.params, model.num_params), arenas.weights.params);
  draw(ArrayRef(model.states, model.num_states), arenas.weights.states);
}

double Variant::getValue(StringRef name, int64_t index) const {
  const keel_model &model = getModel();
  for (auto [tensors, arena] :
       {std::pair(ArrayRef(model.params, model.num_params),
                  arenas.weights.params),
        {ArrayRef(model.states, model.num_states), arenas.weights.states}})
    for (const keel_tensor &tensor : tensors)
      if (name == tensor.name)
        return fetch(static_cast<char *>(arena) + tensor.offset, tensor.dtype,
                     index);
  return 0.0;
}

LogicalResult Variant::run(keel_context *context, const keel_dataset &rows) {
  outputs.resize(getModel().num_outputs, keel_array{});
  keel_error error = {};
  if (keel_infer_rows(&getModel(), context, &arenas.weights, &rows,
                      outputs.data(), &error) == 0)
    return success();
  failInput(error);
  return failure();
}

RandomRows::RandomRows(const Variant &variant,
                       const llvm::StringMap<Statistics> &standardized) {
  const keel_model &model = variant.getModel();
  for (const keel_tensor &input : ArrayRef(model.inputs, model.num_inputs)) {
    int64_t batch = input.rank > 0 ? input.shape[0] : 1;
    dataset.rows = batch < 0 ? kRows : batch;
    int64_t elements = countElements(input, 1) / (batch < 0 ? 1 : batch);
    int64_t features = input.rank > 1 ? input.shape[input.rank - 1] : 1;
    int64_t rowBytes = elements * keel_dtype_size(input.dtype);
    data.emplace_back(rowBytes * dataset.rows);
    inputs.push_back({data.back().data(), input.dtype, elements, rowBytes});
    auto it = standardized.find(input.name);
    Stream stream(input.name);
    for (int64_t i = 0; i < elements * dataset.rows; ++i) {
      double value =
          isReal(input.dtype) ? stream.normal(i) : stream.uniform(i) < 0.5;
      if (it != standardized.end()) {
        double variance = variant.getValue(it->second.variance, i % features);
        value = variant.getValue(it->second.mean, i % features) +
                value * std::sqrt(variance);
      }
      storeElement(data.back().data(), input.dtype, i, value);
    }
  }
  dataset.inputs = inputs.data();
  dataset.num_inputs = model.num_inputs;
  dataset.is_view = 1;
}

/// The name of a parameter or state, empty for other values.
static StringRef getHeldName(Value value) {
  if (auto state = value.getDefiningOp<StateOp>())
    return state.getName();
  auto param = value.getDefiningOp<ParamOp>();
  return param ? param.getName() : StringRef();
}

/// Whether the difference of each output is within its bound; says how large
/// it is.
static int compare(const Variant &folded, const Variant &unfolded,
                   ModelOp model, bool quiet) {
  for (size_t i = 0; i < folded.outputs.size(); ++i) {
    const keel_array &left = folded.outputs[i], &right = unfolded.outputs[i];
    double largest = 0.0, difference = 0.0;
    for (int64_t e = 0; e < keel_array_elements(&left); ++e) {
      double expected = keel_array_element(&right, e);
      double off = std::abs(keel_array_element(&left, e) - expected);
      largest = std::max(largest, std::abs(expected));
      if (!(off <= difference)) // a NaN stays
        difference = off;
    }
    double bound = left.dtype == KEEL_F32 ? 1e-5 : 1e-12;
    std::string text = llvm::formatv(
        "folding changes output '{0}' by {1:e2}, its largest value is {2:e2}",
        folded.getModel().outputs[i].name, difference, largest);
    if (!(difference <= bound * largest)) {
      model.emitError() << text << ": more than " << formatReal(bound)
                        << " times that; compile with --fold=false";
      return kBadInput;
    }
    if (!quiet)
      llvm::errs() << "note: " << text << '\n';
  }
  return kDone;
}

int keel::verifyFolds(ModelFile &file, const std::string &weights,
                      const CommonFlags &common) {
  llvm::StringSet<> variances;
  llvm::StringMap<Statistics> standardized;
  file.getModel().walk(
      [&](BatchNormOp op) { variances.insert(getHeldName(op.getVariance())); });
  file.getModel().walk([&](StandardizeOp op) {
    variances.insert(getHeldName(op.getVariance()));
    if (auto input = dyn_cast<BlockArgument>(op.getInput()))
      standardized[file.getModel().getInputName(input.getArgNumber())] = {
          getHeldName(op.getMean()).str(), getHeldName(op.getVariance()).str()};
  });
  // What is emitted afterwards remarks the same.
  ScopedDiagnosticHandler silence(
      &file.getContext(), [](Diagnostic &diagnostic) {
        return success(diagnostic.getSeverity() == DiagnosticSeverity::Remark);
      });
  Threads threads(common.threads);
  Variant folded, unfolded;
  for (Variant *variant : {&folded, &unfolded}) {
    if (failed(variant->compile(file, weights, variant == &folded,
                                threads.getContext())))
      return kBadInput;
    if (weights.empty())
      variant->drawWeights(variances);
  }
  RandomRows rows(folded, standardized);
  if (failed(folded.run(threads.getContext(), rows.get())) ||
      failed(unfolded.run(threads.getContext(), rows.get())))
    return kBadInput;
  return compare(folded, unfolded, file.getModel(), common.quiet);
}
