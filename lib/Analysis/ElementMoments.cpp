//===- ElementMoments.cpp - Moments of a function of a random number ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/ElementMoments.h"
#include "keel/Analysis/Quadrature.h"
#include <cmath>

using namespace keel;

static QuadratureRule makeElementRule(const ElementLaw &law,
                                      llvm::ArrayRef<double> kinks) {
  if (law.law != Law::normal && law.count >= 2)
    return makeSphereRule(law.mean, law.deviation, law.freedom, kinks);
  return makeNormalRule(law.mean, law.deviation, kinks);
}

void ElementMoments::add(double weight, const ElementMoments &other) {
  constexpr double ElementMoments::*means[] = {
      &ElementMoments::f,     &ElementMoments::ff,
      &ElementMoments::ffff,  &ElementMoments::d,
      &ElementMoments::dd,    &ElementMoments::dddd,
      &ElementMoments::xd,    &ElementMoments::xxdd,
      &ElementMoments::fff,   &ElementMoments::fd,
      &ElementMoments::xfd,   &ElementMoments::ffuu,
      &ElementMoments::ffdd,  &ElementMoments::saturated,
      &ElementMoments::uf,    &ElementMoments::xdd,
      &ElementMoments::fdd,   &ElementMoments::xxfdd,
      &ElementMoments::xxffdd};
  for (auto mean : means)
    this->*mean += weight * (other.*mean);
}

static ElementMoments sum(const QuadratureRule &rule, double mean,
                          const ScalarFunction &function) {
  ElementMoments m;
  for (auto [x, w] : rule) {
    double f = function.value(x), d = function.derivative(x), u = x - mean;
    m.f += w * f;
    m.ff += w * f * f;
    m.ffff += w * f * f * f * f;
    m.d += w * d;
    m.dd += w * d * d;
    m.dddd += w * d * d * d * d;
    m.xd += w * x * d;
    m.xxdd += w * x * x * d * d;
    m.fff += w * f * f * f;
    m.fd += w * f * d;
    m.xfd += w * x * f * d;
    m.uf += w * u * f;
    m.ffuu += w * f * f * u * u;
    m.ffdd += w * f * f * d * d;
    m.xdd += w * x * d * d;
    m.fdd += w * f * d * d;
    m.xxfdd += w * x * x * f * d * d;
    m.xxffdd += w * x * x * f * f * d * d;
    if (function.saturation && std::abs(d) < *function.saturation)
      m.saturated += w;
  }
  return m;
}

ElementMoments keel::getElementMoments(const ElementLaw &law,
                                       const ScalarFunction &function) {
  return sum(makeElementRule(law, function.kinks), law.mean, function);
}

/// What two independent elements with these means give.
static void addProduct(PairedMoments &pair, double weight,
                       const ElementMoments &a, const ElementMoments &b) {
  pair.ff += weight * a.f * b.f;
  pair.dd += weight * a.d * b.d;
  pair.xdxd += weight * a.xd * b.xd;
  pair.ffff += weight * a.ff * b.ff;
  pair.dddd += weight * a.dd * b.dd;
  pair.ffdd += weight * a.ff * b.dd;
  pair.xfxf += weight * a.uf * b.uf;
}

/// A pair on a sphere: one element, and a second given the first.
static PairedMoments getSpherePair(const ElementLaw &law,
                                   const ScalarFunction &function) {
  PairedMoments pair;
  for (const WeightedPoint &point : makeSphereRule(
           law.mean, law.deviation, double(law.count), function.kinks)) {
    ElementMoments first = sum({{point.x, 1.0}}, law.mean, function);
    ElementMoments second =
        sum(makeSphereNeighbourRule(law.mean, law.deviation, law.count, point.x,
                                    function.kinks),
            law.mean, function);
    addProduct(pair, point.weight, first, second);
  }
  return pair;
}

/// Calls `body(weight, mean of x, mean of y, deviation)` for what two normals
/// have in common: x and y are independent given it.
static void
forCommonPart(const ElementLaw &law, double correlation,
              llvm::ArrayRef<double> kinks,
              llvm::function_ref<void(double, double, double, double)> body) {
  double common = law.deviation * std::sqrt(std::abs(correlation));
  double own = law.deviation * std::sqrt(1.0 - std::abs(correlation));
  // What is common decides on which side of a kink both are, where it is not
  // within their own part of it.
  llvm::SmallVector<double> edges(kinks);
  for (double kink : kinks)
    for (double distance : {0.5, 1.0, 2.0, 4.0, 7.0})
      edges.append({kink - distance * own, kink + distance * own});
  for (auto [x, w] : makeNormalRule(law.mean, common, edges))
    body(w, x, correlation < 0.0 ? 2.0 * law.mean - x : x, own);
}

PairedMoments keel::getPairedMoments(const ElementLaw &law, double correlation,
                                     const ScalarFunction &function) {
  if (law.law == Law::batchSphere && law.count >= 2)
    return getSpherePair(law, function);
  PairedMoments pair;
  ElementLaw normal{Law::normal, law.mean, law.deviation};
  ElementMoments own = getElementMoments(normal, function);
  if (correlation > 1.0 - 1e-9)
    return {own.ff, own.dd, own.xxdd, own.ffff, own.dddd, own.ffdd, own.ffuu};
  if (std::abs(correlation) < 1e-9) {
    addProduct(pair, 1.0, own, own);
    return pair;
  }
  correlation = std::max(correlation, -1.0 + 1e-9);
  forCommonPart(law, correlation, function.kinks,
                [&](double weight, double x, double y, double deviation) {
                  auto given = [&](double mean) {
                    return sum(makeNormalRule(mean, deviation, function.kinks),
                               law.mean, function);
                  };
                  ElementMoments first = given(x);
                  addProduct(pair, weight, first, x == y ? first : given(y));
                });
  return pair;
}

double keel::getDeadShare(const ElementLaw &law, double correlation,
                          int64_t count, const ScalarFunction &function) {
  auto flat = [&](const QuadratureRule &rule) {
    double share = 0.0;
    for (auto [x, w] : rule)
      share += function.derivative(x) == 0.0 ? w : 0.0;
    return share;
  };
  if (law.law == Law::batchSphere || correlation <= 0.0)
    return std::pow(flat(makeElementRule(law, function.kinks)), double(count));
  double share = 0.0;
  forCommonPart(law, std::min(correlation, 1.0), function.kinks,
                [&](double weight, double x, double, double deviation) {
                  double one =
                      flat(makeNormalRule(x, deviation, function.kinks));
                  share += weight * std::pow(one, double(count));
                });
  return share;
}
