//===- ForecastTest.cpp - A sample of networks, forecast and measured -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// keel-forecast-matrix measures many more.

#include "Measured.h"
#include "gtest/gtest.h"

using namespace keel::test;

namespace {

constexpr int kSeeds = 20;

/// Every op's value and gradient within 5 % or three deviations of the mean.
void expectForecast(const ForecastCase &network) {
  SCOPED_TRACE(network.getName());
  std::vector<ForecastValue> values = forecast(network);
  std::vector<Sizes> measured = measure({network}, kSeeds)[0];
  ASSERT_FALSE(values.empty());
  ASSERT_EQ(values.size(), measured.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const Sizes &sizes = values[i].sizes;
    EXPECT_LE(sizes.getForwardMiss(measured[i], kSeeds), 1.0)
        << i << " " << values[i].op << ": value " << sizes.forward
        << ", measured " << measured[i].forward;
    EXPECT_LE(sizes.getGradientMiss(measured[i], kSeeds), 1.0)
        << i << " " << values[i].op << ": gradient " << sizes.gradient
        << ", measured " << measured[i].gradient;
  }
}

TEST(ForecastTest, PlainNetworks) {
  for (const char *activation : {"relu {0}", "tanh {0}", "sigmoid {0}"})
    expectForecast({.activation = activation,
                    .initializer = "xavier_normal",
                    .layers = 10,
                    .width = 128});
  for (const char *activation :
       {"gelu {0}", "silu {0}", "hard_swish {0}", "softsign {0}",
        "leaky_relu {0} {{slope = 0.2}"})
    expectForecast({.activation = activation, .layers = 4, .width = 128});
}

TEST(ForecastTest, ADeepNetwork) {
  expectForecast({.activation = "relu {0}", .layers = 50, .width = 128});
}

TEST(ForecastTest, Initializers) {
  for (const char *initializer :
       {"orthogonal<gain = 1.4>", "truncated_normal<stddev = 0.1>",
        "uniform<low = -0.15, high = 0.15>",
        "variance_scaling<scale = 1.5, mode = fan_out, distribution = "
        "uniform>"})
    expectForecast({.activation = "relu {0}",
                    .initializer = initializer,
                    .layers = 4,
                    .width = 128});
}

TEST(ForecastTest, LayerNorm) {
  for (const char *activation : {"relu {0}", "tanh {0}"})
    expectForecast(
        {.activation = activation, .norm = "layer", .layers = 8, .width = 128});
}

TEST(ForecastTest, BatchNorm) {
  for (int rows : {8, 64, 256})
    for (const char *activation : {"relu {0}", "tanh {0}"})
      expectForecast({.activation = activation,
                      .norm = "batch",
                      .layers = 4,
                      .width = 256,
                      .rows = rows});
}

// Where rows are few, units' factors differ.
TEST(ForecastTest, ManyBatchNormsOfFewRows) {
  for (const char *activation : {"tanh {0}", "sigmoid {0}"})
    expectForecast({.activation = activation,
                    .norm = "batch",
                    .layers = 10,
                    .width = 256,
                    .rows = 8});
}

// The gradient's part along the values takes over.
TEST(ForecastTest, ManyShortcutsBetweenMeans) {
  for (const char *activation : {"relu {0}", "selu {0}"})
    expectForecast({.activation = activation,
                    .initializer = "xavier_normal",
                    .shortcut = "residual",
                    .layers = 24,
                    .width = 128});
}

TEST(ForecastTest, Shortcuts) {
  for (const char *shortcut : {"residual", "concat"})
    for (const char *norm : {"none", "layer", "batch"})
      expectForecast({.activation = "relu {0}",
                      .initializer = "xavier_normal",
                      .norm = norm,
                      .shortcut = shortcut,
                      .layers = 5,
                      .width = 128});
}

} // namespace
