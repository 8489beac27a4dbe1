//===- Quadrature.cpp - Means over normal and spherical variables ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/Quadrature.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace keel;
using llvm::ArrayRef;
using llvm::SmallVector;

/// Gauss-Legendre on [-1, 1] with eight points, by halves (Abramowitz & Stegun
/// 1964, table 25.4).
static constexpr WeightedPoint kLegendre[] = {
    {0.1834346424956498, 0.3626837833783620},
    {0.5255324099163290, 0.3137066458778873},
    {0.7966664774136267, 0.2223810344533745},
    {0.9602898564975363, 0.1012285362903763}};

QuadratureRule keel::makeRule(SmallVector<double> edges,
                              llvm::function_ref<double(double)> density) {
  llvm::sort(edges);
  QuadratureRule rule;
  double sum = 0.0;
  auto append = [&](double x, double weight) {
    weight *= density(x);
    if (weight <= 0.0)
      return;
    rule.push_back({x, weight});
    sum += weight;
  };
  for (size_t i = 1; i < edges.size(); ++i) {
    double center = 0.5 * (edges[i] + edges[i - 1]);
    double half = 0.5 * (edges[i] - edges[i - 1]);
    if (half <= 1e-14)
      continue;
    for (const WeightedPoint &point : kLegendre) {
      append(center - half * point.x, half * point.weight);
      append(center + half * point.x, half * point.weight);
    }
  }
  for (WeightedPoint &point : rule)
    point.weight /= sum;
  return rule;
}

/// Appends where `mean + deviation z` passes a kink or a point near one, as far
/// as it does so for z within `limit`.
static void appendKinks(double mean, double deviation, double limit,
                        ArrayRef<double> kinks, SmallVector<double> &edges) {
  auto append = [&](double x) {
    double z = (x - mean) / deviation;
    if (std::abs(z) < limit)
      edges.push_back(z);
  };
  auto appendAround = [&](double kink) {
    append(kink);
    // Only functions of a wide variable saturate within a piece.
    for (double distance = 1.0; distance < 20.0 && deviation > 1.5;
         distance *= 2.5) {
      append(kink - distance);
      append(kink + distance);
    }
  };
  for (double kink : kinks)
    appendAround(kink);
  if (!llvm::is_contained(kinks, 0.0))
    appendAround(0.0);
}

QuadratureRule keel::makeNormalRule(double mean, double deviation,
                                    ArrayRef<double> kinks) {
  if (!(deviation > 0.0) || !std::isfinite(deviation))
    return {{mean, 1.0}};
  constexpr double limit = 9.0;
  SmallVector<double> edges;
  for (double edge :
       {-9.0, -6.5, -4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5, 6.5, 9.0})
    edges.push_back(edge);
  appendKinks(mean, deviation, limit, kinks, edges);
  QuadratureRule rule = makeRule(
      std::move(edges), [](double z) { return std::exp(-0.5 * z * z); });
  for (WeightedPoint &point : rule)
    point.x = mean + deviation * point.x;
  return rule;
}

/// `mean + radius t`, where t is a coordinate of a uniform point on the unit
/// sphere of `dimension` dimensions: t = sin(angle), of density
/// cos(angle)^(dimension - 2).
static QuadratureRule makeCoordinateRule(double mean, double radius,
                                         double dimension,
                                         ArrayRef<double> kinks) {
  if (!(radius > 0.0) || !std::isfinite(radius))
    return {{mean, 1.0}};
  if (dimension < 1.5)
    return {{mean - radius, 0.5}, {mean + radius, 0.5}};
  constexpr double pi = 3.14159265358979323846;
  double reach = std::min(1.0, 9.0 / std::sqrt(dimension));
  SmallVector<double> edges = {0.0};
  for (double part : {1.0 / 6, 1.0 / 3, 0.5, 0.75, 1.0}) {
    edges.push_back(reach * part * pi / 2);
    edges.push_back(-reach * part * pi / 2);
  }
  SmallVector<double> sines;
  appendKinks(mean, radius, 1.0, kinks, sines);
  for (double sine : sines)
    if (double angle = std::asin(sine); std::abs(angle) < reach * pi / 2)
      edges.push_back(angle);
  QuadratureRule rule = makeRule(std::move(edges), [&](double angle) {
    return std::pow(std::cos(angle), dimension - 2.0);
  });
  for (WeightedPoint &point : rule)
    point.x = mean + radius * std::sin(point.x);
  return rule;
}

QuadratureRule keel::makeSphereRule(double mean, double deviation, double count,
                                    ArrayRef<double> kinks) {
  return makeCoordinateRule(mean, deviation * std::sqrt(count - 1.0), count - 1,
                            kinks);
}

// Of N numbers with sum 0 and sum of squares N, given the first as x, the
// others have mean -x / (N - 1), and about it a sum of squares of N - x^2 - x^2
// / (N - 1), uniform over a sphere of N - 2 dimensions; one of them is a
// coordinate along a vector of length sqrt((N - 2) / (N - 1)).
QuadratureRule keel::makeSphereNeighbourRule(double mean, double deviation,
                                             int64_t count, double first,
                                             ArrayRef<double> kinks) {
  double n = double(count), x = (first - mean) / deviation;
  double center = -x / (n - 1.0);
  double squares = std::max(0.0, n - x * x * n / (n - 1.0));
  double radius = std::sqrt(squares * (n - 2.0) / (n - 1.0));
  return makeCoordinateRule(mean + deviation * center, deviation * radius,
                            count - 2, kinks);
}

double keel::getMeanReciprocal(double variance, double freedom,
                               double epsilon) {
  // Over the logarithm l of chi-square over freedom, of density
  // exp(freedom (l - exp(l)) / 2).
  double spread = std::sqrt(2.0 / freedom);
  SmallVector<double> edges;
  for (double step : {-40.0, -20.0, -12.0, -8.0, -5.0, -3.0, -1.5, 0.0, 1.5,
                      3.0, 5.0, 8.0, 12.0})
    edges.push_back(step * spread);
  QuadratureRule rule = makeRule(std::move(edges), [&](double l) {
    return std::exp(0.5 * freedom * (l - std::exp(l) + 1.0));
  });
  double sum = 0.0;
  for (const WeightedPoint &point : rule)
    sum += point.weight / (variance * std::exp(point.x) + epsilon);
  return sum;
}
