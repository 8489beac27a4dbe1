//===- ForecastCase.cpp - Networks to forecast and to measure -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measured.h"
#include "keel/Analysis/GradientForecast.h"
#include "keel/InitAll.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace keel;
using namespace keel::test;

std::string ForecastCase::getActivation() const {
  bool isTanhGelu = activation.find("\"tanh\"") != std::string::npos;
  return activation.substr(0, activation.find(' ')) +
         (isTanhGelu ? ", tanh" : "");
}

std::string ForecastCase::getName() const {
  return llvm::formatv("{0}, {1}, {2} norm {3}, {4} layers of {5}, {6} rows",
                       getActivation(), initializer, norm, shortcut, layers,
                       width, rows);
}

static std::string type(int features) {
  return llvm::formatv("tensor<?x{0}xf32>", features);
}

/// Gradients with respect to weights are a third of the work, and no part of
/// what is measured: the first layer's alone brings gradients back to it.
static constexpr const char *kFrozen = " {trainable = false}";

/// The lines of one norm; returns the name of its result.
static std::string writeNorm(llvm::raw_ostream &os, const std::string &norm,
                             int i, int n) {
  if (norm == "none")
    return llvm::formatv("%h{0}", i);
  auto held = [&](const char *name, const char *op, const char *init) {
    os << llvm::formatv("  %{0}{1} = keel.{2} \"{0}{1}\" init(#keel.{3}){4} : "
                        "tensor<{5}xf32>\n",
                        name, i, op, init,
                        op == llvm::StringRef("param") ? kFrozen : "", n);
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
    os << llvm::formatv("  %w{0} = keel.param \"w{0}\" init(#keel.{1}){2} : "
                        "tensor<{3}x{4}xf32>\n",
                        i, initializer, i > 1 ? kFrozen : "", features, out);
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
  os << llvm::formatv("  %w = keel.param \"w\" init(#keel.{0}){1} : "
                      "tensor<{2}x10xf32>\n  %y = keel.dense {3}, %w : {4}, "
                      "tensor<{2}x10xf32>\n",
                      initializer, kFrozen, features, value, type(features));
  return "keel.model @m(%x: " + type(width) +
         ") -> tensor<?x10xf32> attributes {loss = #keel.mean_squared_error, "
         "optimizer = #keel.sgd<learning_rate = 1.0e-30>} {\n" +
         body + "  keel.return %y : tensor<?x10xf32>\n}\n";
}

std::vector<ForecastValue> test::forecast(const ForecastCase &network) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(network.getModel(), &context);
  if (!module)
    return {};
  GradientForecast forecast(*module->getOps<ModelOp>().begin(), network.rows);
  std::vector<ForecastValue> values;
  for (const LayerForecast &layer : forecast.getLayers())
    values.push_back({layer.op->getName().getStringRef().str(),
                      forecast.getSignal(layer.value).units,
                      {layer.forwardRms, layer.forwardLogDeviation,
                       layer.gradientRms, layer.gradientLogDeviation},
                      layer.isReliable});
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

double Sizes::getForwardMiss(const Sizes &measured, int seeds) const {
  return getMiss(forward, measured.forward, forwardDeviation, seeds);
}
double Sizes::getGradientMiss(const Sizes &measured, int seeds) const {
  return getMiss(gradient, measured.gradient, gradientDeviation, seeds);
}
