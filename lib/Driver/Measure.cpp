//===- Measure.cpp - One real batch beside the forecast -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"
#include "RandomValues.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Execution/Session.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>
#include <numeric>

using namespace mlir;
using namespace keel;

namespace {

/// Inputs further from size 1 than this are told of, and those where one
/// column's deviation is so many times the median: small ones, such as pixels
/// that are hardly ever set, do no harm.
constexpr double kSmallInput = 0.05, kLargeInput = 10.0, kUnlikeColumns = 100.0;
/// So many times as far from the results are the targets of a squared error
/// that its gradient does not depend on the results.
constexpr double kDistance = 1e4;

/// A copy of the model whose training step measures it.
class Instrument {
public:
  Instrument(ModelFile &file, const GradientForecast &forecast)
      : file(file), forecast(forecast), module(file.getModule().clone()) {}

  std::unique_ptr<JitModule> compile();

private:
  LogicalResult prepare();

  ModelFile &file;
  const GradientForecast &forecast;
  OwningOpRef<ModuleOp> module;
};

} // namespace

/// A squared error on every result, a step that changes nothing, no clip.
LogicalResult Instrument::prepare() {
  ModelOp model = *module->getOps<ModelOp>().begin();
  MLIRContext *context = module->getContext();
  SmallVector<NamedAttribute> losses;
  auto loss = MeanSquaredErrorAttr::get(context);
  for (unsigned i = 0, e = model.getNumResults(); i < e; ++i)
    losses.emplace_back(StringAttr::get(context, model.getResultName(i)), loss);
  model.setLossAttr(DictionaryAttr::get(context, losses));
  model.setOptimizerAttr(
      SgdAttr::get(context, Real{1e-30}, Real{0.0}, false, Real{0.0}, {}));
  model.removeClipAttr();
  PassManager pm(context);
  pm.addNestedPass<ModelOp>(createKeelInsertProbes());
  return pm.run(*module);
}

std::unique_ptr<JitModule> Instrument::compile() {
  // Where there are hooks, all passes are registered.
  if (file.getHooks().empty())
    registerKeelTransformsPasses();
  auto hook = Hook::parse("before-clip:keel-collect-probes",
                          [](unsigned, const Twine &) {});
  auto target = CpuTarget::getHost();
  if (failed(hook) || !target) {
    keel::failInput(llvm::toString(target.takeError()));
    return nullptr;
  }
  GraphOptions graph;
  graph.mode = "train";
  graph.fold = false;
  graph.hooks = file.getHooks().vec();
  graph.hooks.push_back(*hook);
  CodegenOptions codegen;
  codegen.maxRows = forecast.getBatchSize();
  codegen.setTarget(*target);
  if (failed(prepare()) ||
      failed(lowerToStage(*module, Stage::llvm, graph, codegen)))
    return nullptr;
  auto jit = JitModule::create(*module);
  if (jit)
    return std::move(*jit);
  keel::failInput(llvm::toString(jit.takeError()));
  return nullptr;
}

/// Targets that make the gradient of the squared errors normal noise, of one
/// deviation for all results, which is returned.
static double fillTargets(const keel_model &model, int64_t rows,
                          double distance, uint64_t seed, BatchBuffers &batch) {
  double first = double(countElements(model.labels[0], rows));
  for (int32_t i = 0; i < model.num_labels; ++i) {
    const keel_tensor &label = model.labels[i];
    int64_t count = countElements(label, rows);
    double size = distance * double(count) / first;
    Stream stream(label.name, seed);
    for (int64_t k = 0; k < count; ++k)
      storeElement(batch.labels[i], label.dtype, k,
                   -size * stream.normal(uint64_t(k)));
  }
  return 2.0 * distance / first;
}

static InputSize measureInput(const keel_dataset &dataset, int32_t index,
                              const keel_tensor &tensor) {
  size_t columns = size_t(dataset.inputs[index].elements);
  std::vector<double> mean(columns), variance(columns);
  keel_dataset_statistics(&dataset, index, mean.data(), variance.data());
  InputSize size{tensor.name, 0.0, INFINITY, NAN, 0.0};
  std::vector<double> deviations;
  for (size_t i = 0; i < columns; ++i) {
    // A constant column is given the variance 1.
    bool isConstant = variance[i] == 1.0;
    size.rms += mean[i] * mean[i] + (isConstant ? 0.0 : variance[i]);
    if (!isConstant)
      deviations.push_back(std::sqrt(variance[i]));
  }
  llvm::sort(deviations);
  if (!deviations.empty()) {
    size.leastDeviation = deviations.front();
    size.medianDeviation = deviations[(deviations.size() - 1) / 2];
    size.mostDeviation = deviations.back();
  }
  size.rms = std::sqrt(size.rms / double(columns));
  return size;
}

std::vector<InputSize> keel::measureInputs(const keel_model &model,
                                           const keel_dataset &dataset) {
  std::vector<InputSize> sizes;
  for (int32_t i = 0; i < model.num_inputs; ++i)
    sizes.push_back(measureInput(dataset, i, model.inputs[i]));
  return sizes;
}

/// Sizes of each layer from the sums of squares that the step left.
static std::vector<MeasuredLayer> readProbes(const GradientForecast &forecast,
                                             const double *sums, int64_t rows,
                                             double scale) {
  std::vector<MeasuredLayer> layers;
  for (auto [index, layer] : llvm::enumerate(forecast.getLayers())) {
    double count = double(rows) * double(forecast.getSignal(layer.value).units);
    layers.push_back({std::sqrt(sums[2 * index] / count),
                      std::sqrt(sums[2 * index + 1] / count) / scale});
  }
  return layers;
}

FailureOr<Measurement> keel::measureBatch(ModelFile &file,
                                          const GradientForecast &forecast,
                                          const DataFiles &files,
                                          uint64_t seed) {
  auto table = describeModel(file, files.wantLabels ? "eval" : "infer");
  Dataset dataset;
  if (!table || failed(files.open(table->model, {}, dataset)))
    return failure();
  int64_t rows = std::min(dataset.rows, forecast.getBatchSize());
  auto jit = Instrument(file, forecast).compile();
  if (!jit)
    return failure();
  const keel_model &model = jit->model();
  if (rows < model.min_train_rows) {
    keel::failInput(llvm::formatv("training takes at least {0} rows at a time, "
                                  "the data has {1}",
                                  model.min_train_rows, rows));
    return failure();
  }
  Measurement result;
  Session session(model, rows, file.getFlags().threads);
  BatchBuffers batch(model, rows);
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    const keel_rows &input = dataset.inputs[i];
    std::memcpy(batch.inputs[i], input.data, size_t(rows * input.row_bytes));
  }
  result.inputs = measureInputs(model, dataset);
  double largest = 1.0;
  Operation *exit = forecast.getModel().getBody().front().getTerminator();
  for (Value output : exit->getOperands())
    largest = std::max(largest, forecast.getForwardRms(output));
  double scale = fillTargets(model, rows, kDistance * largest, seed, batch);
  session.initialize(int64_t(seed));
  session.train(batch);
  const auto *sums = static_cast<const double *>(session.find("probes"));
  result.layers = readProbes(forecast, sums, rows, scale);
  // What is not finite is not kept as a state either.
  if (session.getSkippedSteps() > 0)
    for (MeasuredLayer &layer : result.layers)
      layer = {NAN, NAN};
  return result;
}

void keel::findUnscaledInputs(ModelOp model, ArrayRef<InputSize> inputs,
                              SmallVectorImpl<Finding> &findings) {
  for (auto [input, size] : llvm::zip(model.getArguments(), inputs)) {
    bool isScaled = llvm::all_of(input.getUsers(), [](Operation *user) {
      return isa<StandardizeOp, BatchNormOp>(user);
    });
    bool isLike = size.rms > kSmallInput && size.rms < kLargeInput &&
                  !(size.mostDeviation > kUnlikeColumns * size.medianDeviation);
    if (isScaled || isLike || input.use_empty())
      continue;
    findings.push_back(
        {model, finding::kUnscaledInput,
         llvm::formatv("the data of %{0} has size {1}, its columns deviations "
                       "from {2} to {3}: initializers are made for inputs of "
                       "mean 0 and deviation 1",
                       size.name, formatShort(size.rms),
                       formatShort(size.leastDeviation),
                       formatShort(size.mostDeviation)),
         "train with --standardize, or put keel.standardize behind the input"});
  }
}
