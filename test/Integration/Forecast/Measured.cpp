//===- Measured.cpp - What compiled networks give -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measured.h"
#include "../Support/Compiled.h"
#include "keel/Analysis/GradientForecast.h"
#include "keel/InitAll.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

using namespace keel;
using namespace keel::test;

namespace {

/// Means over the seeds of a logarithm.
struct LogMean {
  double sum = 0, squares = 0;
  int count = 0;

  void add(double value) {
    sum += std::log(value);
    squares += std::log(value) * std::log(value);
    ++count;
  }
  double getTypical() const { return std::exp(sum / count); }
  double getDeviation() const {
    double mean = sum / count;
    return std::sqrt(std::max(0.0, squares / count - mean * mean) * count /
                     std::max(count - 1, 1));
  }
};

/// Of one network, an op each.
struct LogMeans {
  std::vector<LogMean> forward, gradient;

  void add(const std::vector<double> &sums, int rows,
           const std::vector<ForecastValue> &values, double scale);
  std::vector<Sizes> getSizes() const;
};

using Deviations = std::map<std::string, double>;

} // namespace

void LogMeans::add(const std::vector<double> &sums, int rows,
                   const std::vector<ForecastValue> &values, double scale) {
  forward.resize(values.size());
  gradient.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    double count = rows * double(values[i].features);
    forward[i].add(std::sqrt(sums[2 * i] / count));
    gradient[i].add(std::sqrt(sums[2 * i + 1] / count) / scale);
  }
}

std::vector<Sizes> LogMeans::getSizes() const {
  std::vector<Sizes> sizes;
  for (size_t i = 0; i < forward.size(); ++i)
    sizes.push_back({forward[i].getTypical(), forward[i].getDeviation(),
                     gradient[i].getTypical(), gradient[i].getDeviation()});
  return sizes;
}

/// The deviations of the parameters that are drawn.
static Deviations getDeviations(const ForecastCase &network) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(network.getModel(), &context);
  Deviations deviations;
  if (!module)
    return deviations;
  GradientForecast forecast(*module->getOps<ModelOp>().begin(), network.rows);
  for (ParamOp param : forecast.getModel().getBody().getOps<ParamOp>()) {
    auto initial = forecast.getSignal(param.getResult()).initial;
    if (initial && initial->variance > 0.0)
      deviations[param.getName().str()] = std::sqrt(initial->variance);
  }
  return deviations;
}

/// From one network's deviations to another's.
static void scaleWeights(Session &session, const Deviations &from,
                         const Deviations &to) {
  const keel_model &model = session.model;
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params)) {
    auto old = from.find(t.name), fresh = to.find(t.name);
    if (old == from.end() || fresh == to.end())
      continue;
    float ratio = float(fresh->second / old->second);
    auto *data = reinterpret_cast<float *>(session.params.get() + t.offset);
    int64_t count = std::accumulate(t.shape, t.shape + t.rank, int64_t(1),
                                    std::multiplies<>());
    if (ratio != 1.0f)
      std::for_each(data, data + count, [=](float &x) { x *= ratio; });
  }
}

/// Targets so far from the outputs that the loss' gradient is normal noise.
static Batch drawBatch(const ForecastCase &network, double distance, int seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  Batch batch;
  batch.input = Matrix(network.rows, network.width);
  batch.targets = Matrix(network.rows, 10);
  for (double &x : batch.input.data)
    x = normal(generator);
  for (double &t : batch.targets.data)
    t = -distance * normal(generator);
  return batch;
}

/// Far from the outputs, and further where gradients would leave f32's range on
/// their way back.
static double getDistance(const std::vector<ForecastValue> &values) {
  double least = 1.0, most = 1.0;
  for (const ForecastValue &value : values) {
    least = std::min(least, value.sizes.gradient);
    most = std::max(most, value.sizes.gradient);
  }
  double middle = std::clamp(1.0 / std::sqrt(least * most), 1.0, 1e12);
  return 1e4 * std::max(1.0, values.back().sizes.forward) * middle;
}

static const keel_tensor *findProbes(const keel_model &model) {
  for (const keel_tensor &t : llvm::ArrayRef(model.states, model.num_states))
    if (llvm::StringRef(t.name) == "probes")
      return &t;
  return nullptr;
}

/// One step; whether all of it is finite.
static bool takeStep(Session &session, const Batch &batch) {
  keel_result result = session.gradStep(batch);
  result.flags |= session.applyStep().flags;
  return std::isfinite(result.value) && !(result.flags & KEEL_FLAG_NONFINITE);
}

std::vector<std::vector<Sizes>>
test::measure(const std::vector<ForecastCase> &networks, int seeds) {
  std::vector<std::vector<ForecastValue>> forecasts;
  std::vector<Deviations> deviations;
  for (const ForecastCase &network : networks) {
    forecasts.push_back(forecast(network));
    deviations.push_back(getDeviations(network));
  }
  CompileSettings settings;
  for (const ForecastCase &network : networks)
    settings.maxRows = std::max<int64_t>(settings.maxRows, network.rows);
  settings.grain = 1000000000;
  settings.probes = true;
  auto jit = compile(networks.front().getModel(), settings);
  const keel_tensor *probes = jit ? findProbes(jit->model()) : nullptr;
  if (!probes)
    return std::vector<std::vector<Sizes>>(networks.size());
  Session session(jit->model());
  std::vector<LogMeans> means(networks.size());
  std::vector<bool> isFinite(networks.size(), true);
  for (int seed = 0; seed < seeds; ++seed) {
    session.init(seed);
    for (size_t k = 0; k < networks.size(); ++k) {
      scaleWeights(session, deviations[k > 0 ? k - 1 : 0], deviations[k]);
      double distance = getDistance(forecasts[k]);
      isFinite[k] = isFinite[k] &&
                    takeStep(session, drawBatch(networks[k], distance, seed));
      if (isFinite[k])
        means[k].add(read(session.states, *probes), networks[k].rows,
                     forecasts[k], 2.0 * distance / (networks[k].rows * 10.0));
    }
  }
  std::vector<std::vector<Sizes>> sizes;
  for (size_t k = 0; k < networks.size(); ++k)
    sizes.push_back(isFinite[k] ? means[k].getSizes() : std::vector<Sizes>());
  return sizes;
}
