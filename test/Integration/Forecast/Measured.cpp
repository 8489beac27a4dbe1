//===- Measured.cpp - Forecasts beside what compiled networks give --------===//
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
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <random>

using namespace keel;
using namespace keel::test;

std::string ForecastCase::getName() const {
  return llvm::formatv("{0} {1} {2} norm {3}, {4} layers of {5}, {6} rows",
                       activation, initializer, norm, shortcut, layers, width,
                       rows);
}

static std::string type(int features) {
  return llvm::formatv("tensor<?x{0}xf32>", features);
}

/// The lines of one norm; returns the name of its result.
static std::string writeNorm(llvm::raw_ostream &os, const std::string &norm,
                             int i, int n) {
  if (norm == "none")
    return llvm::formatv("%h{0}", i);
  auto held = [&](const char *name, const char *op, const char *init) {
    os << llvm::formatv("  %{0}{1} = keel.{2} \"{0}{1}\" init(#keel.{3}) : "
                        "tensor<{4}xf32>\n",
                        name, i, op, init, n);
  };
  held("g", "param", "ones");
  held("e", "param", "zeros");
  if (norm == "layer") {
    os << llvm::formatv("  %n{0} = keel.layer_norm %h{0}, %g{0}, %e{0} : {1}\n",
                        i, type(n));
  } else {
    held("m", "state", "zeros");
    held("v", "state", "ones");
    os << llvm::formatv("  %n{0} = keel.batch_norm %h{0}, %g{0}, %e{0}, %m{0}, "
                        "%v{0} : {1}\n",
                        i, type(n));
  }
  return llvm::formatv("%n{0}", i);
}

std::string ForecastCase::getModel() const {
  std::string body;
  llvm::raw_string_ostream os(body);
  std::string value = "%x";
  int features = width, growth = std::max(width / 8, 1);
  for (int i = 1; i <= layers; ++i) {
    int out = shortcut == "concat" ? growth : width;
    os << llvm::formatv("  %w{0} = keel.param \"w{0}\" init(#keel.{1}) : "
                        "tensor<{2}x{3}xf32>\n",
                        i, initializer, features, out);
    os << llvm::formatv("  %h{0} = keel.dense {1}, %w{0} : {2}, "
                        "tensor<{3}x{4}xf32>\n",
                        i, value, type(features), features, out);
    std::string input = writeNorm(os, norm, i, out);
    os << llvm::formatv("  %a{0} = keel.", i)
       << llvm::formatv(activation.c_str(), input) << " : " << type(out)
       << '\n';
    if (shortcut == "plain") {
      value = llvm::formatv("%a{0}", i);
      continue;
    }
    if (shortcut == "residual") {
      os << llvm::formatv("  %r{0} = keel.add {1}, %a{0} : {2}\n", i, value,
                          type(out));
    } else {
      os << llvm::formatv("  %r{0} = keel.concat {1}, %a{0} : {2}, {3}\n", i,
                          value, type(features), type(out));
      features += out;
    }
    value = llvm::formatv("%r{0}", i);
  }
  os << llvm::formatv("  %w = keel.param \"w\" init(#keel.{0}) : "
                      "tensor<{1}x10xf32>\n  %y = keel.dense {2}, %w : {3}, "
                      "tensor<{1}x10xf32>\n",
                      initializer, features, value, type(features));
  return "keel.model @m(%x: " + type(width) +
         ") -> tensor<?x10xf32> attributes {loss = #keel.mean_squared_error, "
         "optimizer = #keel.sgd<learning_rate = 1.0e-30>} {\n" +
         body + "  keel.return %y : tensor<?x10xf32>\n}\n";
}

/// The forecast of each value; sizes measured are still 0.
static std::vector<MeasuredValue> forecast(const std::string &text, int rows) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return {};
  GradientForecast forecast(*module->getOps<ModelOp>().begin(), rows);
  std::vector<MeasuredValue> values;
  for (const LayerForecast &layer : forecast.getLayers())
    values.push_back({layer.op->getName().getStringRef().str(),
                      forecast.getSignal(layer.value).units, layer.forwardRms,
                      layer.forwardLogDeviation, 0, 0, layer.gradientRms,
                      layer.gradientLogDeviation, 0, 0});
  return values;
}

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

} // namespace

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

std::vector<MeasuredValue> test::measure(const ForecastCase &network,
                                         int seeds) {
  std::string text = network.getModel();
  std::vector<MeasuredValue> values = forecast(text, network.rows);
  CompileSettings settings;
  settings.maxRows = network.rows;
  settings.grain = 1000000000;
  settings.probes = true;
  auto jit = compile(text, settings);
  if (!jit)
    return {};
  Session session(jit->model());
  std::vector<LogMean> forward(values.size()), gradient(values.size());
  double distance = 1e4 * std::max(1.0, values.back().forward);
  double scale = 2.0 * distance / (network.rows * 10.0);
  for (int seed = 0; seed < seeds; ++seed) {
    session.init(seed);
    session.gradStep(drawBatch(network, distance, seed));
    session.applyStep();
    std::vector<double> sums;
    const keel_model &model = jit->model();
    for (const keel_tensor &t : llvm::ArrayRef(model.states, model.num_states))
      if (llvm::StringRef(t.name) == "probes")
        sums = read(session.states, t);
    for (size_t i = 0; i < values.size(); ++i) {
      double count = network.rows * double(values[i].features);
      forward[i].add(std::sqrt(sums[2 * i] / count));
      gradient[i].add(std::sqrt(sums[2 * i + 1] / count) / scale);
    }
  }
  for (size_t i = 0; i < values.size(); ++i) {
    values[i].measuredForward = forward[i].getTypical();
    values[i].measuredForwardDeviation = forward[i].getDeviation();
    values[i].measuredGradient = gradient[i].getTypical();
    values[i].measuredGradientDeviation = gradient[i].getDeviation();
  }
  return values;
}

/// Of a typical value over `seeds` seeds.
static double getMiss(double forecast, double measured, double deviation,
                      int seeds) {
  double off = std::abs(std::log(measured / forecast));
  double allowed = std::max(std::log(1.05), 3.0 * deviation / std::sqrt(seeds));
  return std::isfinite(off) ? off / allowed
                            : std::numeric_limits<double>::infinity();
}

double MeasuredValue::getForwardMiss(int seeds) const {
  return getMiss(forward, measuredForward, forwardDeviation, seeds);
}
double MeasuredValue::getGradientMiss(int seeds) const {
  return getMiss(gradient, measuredGradient, gradientDeviation, seeds);
}
