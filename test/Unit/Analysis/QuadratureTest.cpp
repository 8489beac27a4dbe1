//===- QuadratureTest.cpp - Means over normals and spheres ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/Quadrature.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace keel;

namespace {

double mean(const QuadratureRule &rule, double (*f)(double)) {
  double sum = 0.0;
  for (auto [x, w] : rule)
    sum += w * f(x);
  return sum;
}

TEST(Quadrature, MomentsOfNormals) {
  QuadratureRule rule = makeNormalRule(0.5, 2.0, {});
  EXPECT_NEAR(mean(rule, [](double) { return 1.0; }), 1.0, 1e-13);
  EXPECT_NEAR(mean(rule, [](double x) { return x; }), 0.5, 1e-12);
  EXPECT_NEAR(mean(rule, [](double x) { return x * x; }), 4.25, 1e-11);
  // E (x - m)^4 = 3 s^4.
  EXPECT_NEAR(mean(rule, [](double x) { return std::pow(x - 0.5, 4); }), 48.0,
              1e-9);
}

TEST(Quadrature, WhatSaturatesIsResolved) {
  // E tanh(x)^2 of a wide normal: 1 - 2 / (s sqrt(2 pi)) to order s^-3.
  double s = 1e4;
  EXPECT_NEAR(mean(makeNormalRule(0.0, s, {}),
                   [](double x) { return std::tanh(x) * std::tanh(x); }),
              1.0 - 2.0 / (s * std::sqrt(2.0 * M_PI)), 1e-9);
}

TEST(Quadrature, Spheres) {
  for (int64_t count : {2, 3, 4, 5, 8, 64, 1000}) {
    QuadratureRule rule = makeSphereRule(0.0, 1.0, count, {});
    EXPECT_NEAR(mean(rule, [](double x) { return x * x; }), 1.0, 1e-7) << count;
    // The fourth moment of a coordinate of a sphere in N - 1 dimensions.
    double n = double(count);
    EXPECT_NEAR(mean(rule, [](double x) { return x * x * x * x; }),
                3.0 * (n - 1.0) / (n + 1.0), 1e-6)
        << count;
  }
}

TEST(Quadrature, TwoNumbersOfASphere) {
  // Their sum is 0, so two have the covariance -1 / (N - 1).
  for (int64_t count : {2, 3, 5, 32}) {
    double product = 0.0;
    for (auto [x, w] : makeSphereRule(0.0, 1.0, count, {}))
      for (auto [y, v] : makeSphereNeighbourRule(0.0, 1.0, count, x, {}))
        product += w * v * x * y;
    EXPECT_NEAR(product, -1.0 / double(count - 1), 1e-7) << count;
  }
}

TEST(Quadrature, MeanReciprocalOfChiSquare) {
  // E 1 / chi^2_k = 1 / (k - 2).
  for (double freedom : {7.0, 31.0, 255.0})
    EXPECT_NEAR(getMeanReciprocal(2.0, freedom, 0.0),
                0.5 * freedom / (freedom - 2.0), 1e-5);
}

} // namespace
