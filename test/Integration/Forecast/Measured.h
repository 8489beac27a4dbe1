//===- Measured.h - Forecasts beside what compiled networks give ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_FORECAST_MEASURED_H
#define KEEL_TEST_INTEGRATION_FORECAST_MEASURED_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keel::test {

/// A network of like layers: dense, norm, activation, shortcut, and a dense
/// layer of ten outputs.
struct ForecastCase {
  std::string activation = "relu {0}"; ///< as in a model, settings included
  std::string initializer = "he_normal";
  std::string norm = "none";      ///< none, batch or layer
  std::string shortcut = "plain"; ///< plain, residual or concat
  int layers = 2;
  int width = 256;
  int rows = 256;

  /// `gelu, tanh` of `gelu {0} {{approximate = "tanh"}`.
  std::string getActivation() const;
  std::string getName() const;
  std::string getModel() const;
};

/// Of one op's result: the typical root mean square of the value and of its
/// gradient, and the deviations of their logarithms.
struct Sizes {
  double forward = 0, forwardDeviation = 0, gradient = 0, gradientDeviation = 0;

  /// How far another's sizes are off these, in units of what is allowed: 5 %,
  /// or 3 deviations of the mean over the seeds.
  double getForwardMiss(const Sizes &measured, int seeds) const;
  double getGradientMiss(const Sizes &measured, int seeds) const;
};

struct ForecastValue {
  std::string op;
  int64_t features;
  Sizes sizes;
  /// False where the analysis says that theory does not hold.
  bool isReliable;
};

/// What the analysis says of every op; empty where the model does not parse.
std::vector<ForecastValue> forecast(const ForecastCase &network);

/// What compiled code gives over `seeds` seeds for every op, of networks that
/// differ in rows and in the scale of their initial weights alone: one compiled
/// network serves all, with weights drawn by the first one's initializer and
/// scaled to the others'. Empty where it does not compile, or where something
/// leaves the range of f32.
std::vector<std::vector<Sizes>>
measure(const std::vector<ForecastCase> &networks, int seeds);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_FORECAST_MEASURED_H
