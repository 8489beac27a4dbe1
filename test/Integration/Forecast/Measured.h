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
#include <string>
#include <vector>

namespace keel::test {

/// A network of like layers: dense, norm, activation, shortcut, and a dense
/// layer of ten outputs.
struct ForecastCase {
  std::string activation = "relu"; ///< as in a model, settings included
  std::string initializer = "he_normal";
  std::string norm = "none";      ///< none, batch or layer
  std::string shortcut = "plain"; ///< plain, residual or concat
  int layers = 2;
  int width = 256;
  int rows = 256;

  std::string getName() const;
  std::string getModel() const;
};

/// One op's result: typical sizes and deviations of their logarithms, forecast
/// and measured.
struct MeasuredValue {
  std::string op;
  int64_t features;
  double forward, forwardDeviation, measuredForward, measuredForwardDeviation;
  double gradient, gradientDeviation, measuredGradient,
      measuredGradientDeviation;

  /// How far each is off, in units of what is allowed: 5 %, or 3 deviations of
  /// the mean over the seeds.
  double getForwardMiss(int seeds) const;
  double getGradientMiss(int seeds) const;
};

/// Every op of the network, for initial weights of `seeds` seeds. Empty where
/// it does not compile.
std::vector<MeasuredValue> measure(const ForecastCase &network, int seeds);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_FORECAST_MEASURED_H
