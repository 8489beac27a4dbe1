//===- Comparison.cpp - The largest difference over the largest value -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"
#include "Network.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <map>

void keel::test::recordError(double error) {
  static std::map<const ::testing::TestInfo *, double> worst;
  double &known =
      worst[::testing::UnitTest::GetInstance()->current_test_info()];
  known = std::max(known, error);
  ::testing::Test::RecordProperty("worst_error", format(known));
}

double keel::test::getError(const std::vector<double> &got,
                            const std::vector<double> &expected) {
  double largest = 0, difference = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    double here = std::abs(got[i] - expected[i]);
    if (std::isnan(here))
      return here;
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, here);
  }
  return largest > 0 ? difference / largest : difference;
}

void keel::test::expectClose(const std::string &name,
                             const std::vector<double> &got,
                             const std::vector<double> &expected,
                             double tolerance) {
  ASSERT_EQ(got.size(), expected.size()) << name;
  double error = getError(got, expected);
  EXPECT_LT(error, tolerance) << name;
  recordError(error);
}
