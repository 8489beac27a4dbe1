//===- Forecasts.h - The forecast of a model given as text ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_UNIT_ANALYSIS_FORECASTS_H
#define KEEL_TEST_UNIT_ANALYSIS_FORECASTS_H

#include "keel/Analysis/ForecastFindings.h"
#include "keel/InitAll.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>
#include <memory>

namespace keel::test {

/// A parsed model with its forecast.
struct Forecast {
  explicit Forecast(const std::string &text, int64_t batchSize = 64)
      : context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED),
        module(mlir::parseSourceString<mlir::ModuleOp>(text, &context)) {
    if (!module) {
      ADD_FAILURE() << "does not parse:\n" << text;
      return;
    }
    model = *module->getOps<ModelOp>().begin();
    forecast = std::make_unique<GradientForecast>(model, batchSize);
  }

  static mlir::DialectRegistry makeRegistry() {
    mlir::DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  mlir::Value getInput() { return model.getArgument(0); }
  /// The value the model returns, and what that is computed from.
  mlir::Value getOutput() {
    return model.getBody().front().getTerminator()->getOperand(0);
  }
  /// Second moments at infinite width.
  double getSquare(mlir::Value value) {
    return forecast->getSignal(value).moments.self;
  }
  double getGradientSquare(mlir::Value value) {
    return forecast->getCotangent(value).moments.self;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ModelOp model;
  std::unique_ptr<GradientForecast> forecast;
};

/// `op` on a standard normal input of 256 units.
inline std::string makeUnary(const std::string &op,
                             const std::string &settings = "") {
  return "keel.model @m(%x: tensor<?x256xf32>) -> tensor<?x256xf32> {\n"
         "  %y = keel." +
         op + " %x " + settings +
         " : tensor<?x256xf32>\n  keel.return %y : tensor<?x256xf32>\n}\n";
}

/// `layers` times a dense layer, with a bias unless `bias` is empty, a norm's
/// lines and an activation.
inline std::string makeStack(const std::string &activation, int layers,
                             const std::string &init,
                             const std::string &bias = "",
                             bool batchNorm = false, int width = 256) {
  std::string size = std::to_string(width), type = "tensor<?x" + size + "xf32>",
              vector = "tensor<" + size + "xf32>",
              matrix = "tensor<" + size + "x" + size + "xf32>";
  std::string text = "keel.model @m(%x: " + type + ") -> " + type + " {\n";
  std::string value = "%x";
  for (int i = 1; i <= layers; ++i) {
    std::string n = std::to_string(i);
    auto held = [&](const char *name, const char *op, const std::string &how) {
      text += "  %" + (name + n) + " = keel." + op + " \"" + name + n +
              "\" init(#keel." + how + ") : " + vector + "\n";
    };
    text += "  %w" + n + " = keel.param \"w" + n + "\" init(#keel." + init +
            ") : " + matrix + "\n";
    if (!bias.empty())
      held("b", "param", bias);
    text += "  %h" + n + " = keel.dense " + value + ", %w" + n +
            (bias.empty() ? "" : ", %b" + n) + " : " + type + ", " + matrix +
            (bias.empty() ? "" : ", " + vector) + "\n";
    value = "%h" + n;
    if (batchNorm) {
      held("g", "param", "ones");
      held("e", "param", "zeros");
      held("m", "state", "zeros");
      held("v", "state", "ones");
      text += "  %n" + n + " = keel.batch_norm %h" + n + ", %g" + n + ", %e" +
              n + ", %m" + n + ", %v" + n + " : " + type + "\n";
      value = "%n" + n;
    }
    text += "  %a" + n + " = keel." + activation + " " + value + " : " + type +
            "\n";
    value = "%a" + n;
  }
  return text + "  keel.return " + value + " : " + type + "\n}\n";
}

} // namespace keel::test

#endif // KEEL_TEST_UNIT_ANALYSIS_FORECASTS_H
