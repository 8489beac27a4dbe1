//===- TelemetryTest.cpp - Sums of a measured step as numbers of layers ---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Telemetry.h"
#include "gtest/gtest.h"
#include <cmath>
#include <vector>

namespace {

/// A dense layer of 4 units, an activation on it, and an op without a batch.
const keel_layer kLayers[] = {{"h", 4, 0, 8}, {"a", 4, 0, 0}, {"c", 3, 6, 0}};

struct Sums {
  double values[3 * KEEL_LAYER_VALUES], updates[3 * KEEL_LAYER_UPDATES];
};

keel_telemetry makeTelemetry() {
  keel_telemetry telemetry = {};
  telemetry.layers = kLayers;
  telemetry.num_layers = 3;
  telemetry.updates_offset = offsetof(Sums, updates);
  return telemetry;
}

TEST(Telemetry, DividesByWhatWasSummed) {
  keel_telemetry telemetry = makeTelemetry();
  Sums grads = {{48, 12, -1, -1, 27, 3, 6, 2, 24, -1, -1, -1},
                {32, 8, 2, -1, -1, -1, -1, -1, -1}};
  std::vector<double> values(3 * KEEL_LAYER_VALUES);
  keel_telemetry_add(&telemetry, &grads, 1.0, values.data());
  keel_layer_record records[3];
  keel_telemetry_summarize(&telemetry, &grads, values.data(), /*rows=*/3,
                           /*calls=*/1, records);
  EXPECT_EQ(records[0].activation_rms, 2.0);
  EXPECT_EQ(records[0].result_gradient_rms, 1.0);
  EXPECT_EQ(records[0].gradient_rms, 2.0); // of the weight
  EXPECT_EQ(records[0].update_rms, 1.0);
  EXPECT_EQ(records[0].weight_rms, 0.5);
  EXPECT_EQ(records[0].saturated, -1.0);
  EXPECT_EQ(records[0].dead, -1.0);
  EXPECT_EQ(records[1].activation_rms, 1.5);
  EXPECT_EQ(records[1].gradient_rms, 0.5); // of the result
  EXPECT_EQ(records[1].update_rms, -1.0);
  EXPECT_EQ(records[1].saturated, 0.5);
  EXPECT_EQ(records[1].dead, 0.5);
  EXPECT_EQ(records[2].activation_rms, 2.0);
  EXPECT_EQ(records[2].gradient_rms, -1.0);
}

TEST(Telemetry, AddsMicroBatches) {
  keel_telemetry telemetry = makeTelemetry();
  Sums grads = {{32, 16, -1, -1, 8, 4, 4, 4, 24, -1, -1, -1},
                {-1, -1, -1, -1, -1, -1, -1, -1, -1}};
  std::vector<double> values(3 * KEEL_LAYER_VALUES);
  // Half of the step's rows each: each gradient counts half.
  for (int call = 0; call < 2; ++call) {
    keel_telemetry_add(&telemetry, &grads, 0.5, values.data());
    grads.values[KEEL_LAYER_VALUES + KEEL_COUNT_DEAD] = 0.0;
  }
  keel_layer_record records[3];
  keel_telemetry_summarize(&telemetry, &grads, values.data(), /*rows=*/4,
                           /*calls=*/2, records);
  EXPECT_EQ(records[0].activation_rms, 2.0);
  EXPECT_EQ(records[0].result_gradient_rms, std::sqrt(8.0 / 16.0));
  EXPECT_EQ(records[1].saturated, 0.5);
  EXPECT_EQ(records[1].dead, 0.5); // all in one half, none in the other
  EXPECT_EQ(records[2].activation_rms, 2.0);
}

TEST(Telemetry, KeepsWhatIsNotFinite) {
  keel_telemetry telemetry = makeTelemetry();
  Sums grads = {{INFINITY, NAN, -1, -1, NAN, 3, 6, 2, 24, -1, -1, -1},
                {NAN, NAN, 2, -1, -1, -1, -1, -1, -1}};
  std::vector<double> values(3 * KEEL_LAYER_VALUES);
  keel_telemetry_add(&telemetry, &grads, 1.0, values.data());
  keel_layer_record records[3];
  keel_telemetry_summarize(&telemetry, &grads, values.data(), 3, 1, records);
  EXPECT_EQ(records[0].activation_rms, INFINITY);
  EXPECT_TRUE(std::isnan(records[0].gradient_rms));
  EXPECT_TRUE(std::isnan(records[1].activation_rms));
  EXPECT_EQ(records[1].saturated, 0.5);
}

} // namespace
