//===- Elementwise.cpp - Signals through functions of one element ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/ElementMoments.h"
#include "keel/Analysis/Quadrature.h"
#include "keel/Analysis/SignalTransfers.h"
#include <cmath>

using namespace keel;
using llvm::SmallVector;

PairMoments keel::getCentered(const Signal &signal) {
  return signal.moments + PairMoments::splat(-1.0 * signal.mean * signal.mean);
}

/// The largest power of a row's size that its gradient is taken to go with.
static constexpr double kLargest = 2.0;

namespace {

/// What the mean of a square depends on the variance of its argument by: the
/// first and second derivative of its logarithm by the variance's.
struct LogResponse {
  double first = 0.0, second = 0.0;
};

/// One function, and the signal that it is applied to.
class ElementwiseTransfer {
public:
  ElementwiseTransfer(const SignalQuery &query, const Signal &x,
                      const ScalarFunction &function)
      : x(x), selfShare(getSelfShare(query)), function(function) {
    centered = getCentered(x);
    double variance = std::max(centered.self, 0.0);
    law = {x.law, x.mean, std::sqrt(variance), x.units, double(x.units)};
    if (x.law == Law::batchSphere) {
      // Rows that overlap are fewer as far as one unit's values tell.
      law.count = query.batchSize;
      law.freedom =
          1.0 + 1.0 / (1.0 / (double(law.count) - 1.0) + x.overlapVariance);
    }
    own = getElementMoments(law, function);
    auto pair = [&](double covariance) {
      double c = variance > 0.0 ? covariance / variance : 0.0;
      return getPairedMoments(law, std::clamp(c, -1.0, 1.0), function);
    };
    samples = x.isHeld ? getSelfPair() : pair(centered.samples);
    isMixed = x.law == Law::batchSphere && x.rowKernelVariance > 0.0;
    if (isMixed)
      mixRows();
    units = getUnitPair(centered.units, pair);
    both = getUnitPair(centered.both, pair);
    correlation = variance > 0.0 ? centered.samples / variance : 0.0;
  }

  Signal getResult(int64_t batchSize);
  SignalResponse getResponse();

private:
  PairedMoments getSelfPair() const {
    return {own.ff, own.dd, own.xxdd, own.ffff, own.dddd, own.ffdd, own.ffuu};
  }
  /// Units are next to independent, but for symmetric weights.
  template <typename Pair>
  PairedMoments getUnitPair(double covariance, Pair pair) {
    if (x.law != Law::batchSphere &&
        std::abs(covariance) > 0.02 * std::abs(centered.self))
      return pair(covariance);
    PairedMoments p;
    p.ff = own.f * own.f + covariance * own.d * own.d;
    p.dd = own.d * own.d;
    p.xdxd = own.xd * own.xd;
    p.ffff = own.ff * own.ff;
    p.dddd = own.dd * own.dd;
    return p;
  }
  LogResponse getLogResponse(bool ofDerivative) const;
  /// What becomes of the overlap of two rows, both relative to the spread over
  /// the batch; that of the result is given.
  double getOverlapFactor(double spread) const;
  double getRowSpread() const;
  /// Behind a norm over the batch rows differ in size by lognormal factors:
  /// means over one row become means over all, and two rows' covariance that of
  /// two with factors of their own.
  void mixRows();
  /// What the units on hand add to the variance of a mean over them: `self` and
  /// `pair` are covariances of one unit's summands.
  double getSampling(double self, double pair) const;
  AlignedResponse getAligned() const;
  /// Covariance of a quantity with u^2 / variance on a sphere takes no part.
  double getHeldPart(double meanProduct, double mean) const;

  Signal x;
  double selfShare;
  ScalarFunction function;
  ElementLaw law;
  PairMoments centered;
  ElementMoments own;
  PairedMoments samples, units, both;
  double correlation = 0.0;
  bool isMixed = false;
  /// Of the logarithms of a row's E f^2, and of that about the units' means.
  double squareVariance = 0.0, spreadVariance = 0.0;
};

} // namespace

LogResponse ElementwiseTransfer::getLogResponse(bool ofDerivative) const {
  if (law.deviation <= 0.0)
    return {};
  constexpr double step = 0.1;
  auto logAt = [&](double change) {
    ElementLaw other = law;
    other.deviation *= std::exp(0.5 * change);
    ElementMoments m = getElementMoments(other, function);
    return std::log(ofDerivative ? m.dd : m.ff);
  };
  double low = logAt(-step), middle = std::log(ofDerivative ? own.dd : own.ff),
         high = logAt(step);
  LogResponse response{(high - low) / (2.0 * step),
                       (high - 2.0 * middle + low) / (step * step)};
  return std::isfinite(response.first) && std::isfinite(response.second)
             ? response
             : LogResponse();
}

double ElementwiseTransfer::getSampling(double self, double pair) const {
  double alike = centered.self > 0.0 ? centered.units / centered.self : 0.0;
  double units = 1.0 / double(x.units);
  return std::max(0.0, averagePairs(selfShare, self, pair)) *
         (units + (1.0 - units) * alike * alike);
}

/// The mean square of `u / deviation` over units is fixed, so what a quantity
/// has in common with it does not vary.
double ElementwiseTransfer::getHeldPart(double meanProduct, double mean) const {
  if (x.law != Law::unitSphere || !(centered.self > 0.0))
    return 0.0;
  double covariance = meanProduct / centered.self - mean;
  return 0.5 * covariance * covariance;
}

void ElementwiseTransfer::mixRows() {
  // Gauss and Hermite's five points (Abramowitz & Stegun 1964, table 25.10).
  static constexpr WeightedPoint kPoints[] = {{-2.8569700138728056, 0.01125741},
                                              {-1.3556261799742659, 0.22207592},
                                              {0.0, 0.53333333},
                                              {1.3556261799742659, 0.22207592},
                                              {2.8569700138728056, 0.01125741}};
  double w = x.rowKernelVariance;
  ElementMoments base = own;
  own = {};
  SmallVector<ElementMoments> rows;
  for (auto [z, weight] : kPoints) {
    ElementLaw row = law;
    row.deviation *= std::exp(0.5 * (std::sqrt(w) * z - 0.5 * w));
    rows.push_back(getElementMoments(row, function));
    own.add(weight, rows.back());
  }
  samples.ff += own.f * own.f - base.f * base.f;
  samples.dd += own.d * own.d - base.d * base.d;
  samples.xdxd += own.xd * own.xd - base.xd * base.xd;
  auto vary = [&](auto get) {
    double mean = 0.0, squares = 0.0;
    for (auto [point, row] : llvm::zip(kPoints, rows)) {
      double value = std::log(std::max(get(row), 1e-300));
      mean += point.weight * value;
      squares += point.weight * value * value;
    }
    return std::max(0.0, squares - mean * mean);
  };
  squareVariance = vary([](const ElementMoments &m) { return m.ff; });
  spreadVariance = vary([&](const ElementMoments &m) {
    return m.ff - 2.0 * own.f * m.f + own.f * own.f;
  });
}

// A row's own factor goes through f about the units' means m:
// d E (f - m)^2 = E f f' u - m E f' u; the units on hand add to it.
double ElementwiseTransfer::getRowSpread() const {
  double variance = own.ff - own.f * own.f;
  if (!(variance > 1e-12 * own.ff))
    return 0.0;
  double f = own.f, fourth = own.ffff - 4.0 * f * own.fff +
                             6.0 * f * f * own.ff - 3.0 * f * f * f * f;
  double sampling =
      std::max(0.0, fourth / (variance * variance) - 1.0) / double(x.units);
  if (isMixed)
    return spreadVariance + sampling;
  double factor =
      (own.xfd - x.mean * own.fd - own.f * (own.xd - x.mean * own.d)) /
      variance;
  return sampling + factor * factor *
                        std::max(0.0, x.rowKernelVariance - x.kernelVariance);
}

// Behind a norm over the batch, of f + 1 rows, a unit's values are weighted by
// 1 + f/2 (x, d x) / |x|^2 where the rows' Gram matrix is 1 + d. The norm
// itself has been taken for linear, which leaves f / (f + 2) of d.
double ElementwiseTransfer::getOverlapFactor(double spread) const {
  if (!(spread > 0.0))
    return 0.0;
  if (x.law != Law::batchSphere || law.count < 3 || !(centered.self > 0.0))
    return samples.dd * x.getSpread() / spread;
  ScalarFunction about = function;
  about.value = [&](double v) { return function.value(v) - own.f; };
  double product = getPairedMoments(law, correlation, about).xfxf;
  double f = double(law.count) - 1.0;
  return (f + 1.0) / f * (f + 2.0) / f * product / (centered.self * spread);
}

Signal ElementwiseTransfer::getResult(int64_t batchSize) {
  Signal y;
  y.mean = own.f;
  y.moments = {own.ff, samples.ff, units.ff, both.ff};
  y.units = x.units;
  y.isHeld = x.isHeld;
  if (own.ff > 0.0) {
    LogResponse response = getLogResponse(/*ofDerivative=*/false);
    double factor = response.first * response.first;
    y.kernelVariance = factor * x.kernelVariance;
    y.rowKernelVariance = factor * x.rowKernelVariance;
    y.rowShift = response.first * x.rowShift +
                 0.5 * response.second * x.rowKernelVariance;
    y.correction =
        x.correction + std::abs(0.5 * response.second * x.rowKernelVariance);
    double square = own.ff * own.ff, held = getHeldPart(own.ffuu, own.ff);
    y.samplingVariance =
        getSampling(own.ffff - square - held,
                    samples.ffff - square - correlation * correlation * held) /
        square;
    y.rowSamplingVariance =
        (own.ffff - square - held) / (square * double(x.units));
    y.rowSpread = getRowSpread();
    double answer = 0.5 * std::abs(own.xd - x.mean * own.d);
    double kept = std::abs(own.d) * std::sqrt(x.rowMeanVariance) +
                  answer * std::sqrt(x.rowSpread);
    if (x.law == Law::batchSphere)
      y.rowMeanResponse = answer;
    y.rowMeanVariance = kept * kept;
    if (isMixed) {
      y.rowKernelVariance = squareVariance;
      y.rowShift = -0.5 * squareVariance;
    }
    double spread = y.getSpread();
    double through = getOverlapFactor(spread);
    y.overlapVariance =
        through * through * x.overlapVariance + 1.0 / double(x.units);
  }
  if (function.saturation) {
    y.saturated = own.saturated;
    y.saturation = *function.saturation;
  }
  if (function.hasFlatPiece)
    y.dead = getDeadShare(law, std::clamp(correlation, -1.0, 1.0), batchSize,
                          function);
  return y;
}

// d(x) (a + b f(x)) along 1 and x; and what d and x d are beside 1 and f.
AlignedResponse ElementwiseTransfer::getAligned() const {
  Matrix2 operand = x.getGram().invert();
  Matrix2 along{own.d, own.fd, own.xd, own.xfd};
  Matrix2 inner{own.dd, own.xdd, own.xdd, own.xxdd};
  Matrix2 result = Matrix2{1.0, own.f, own.f, own.ff}.invert();
  Matrix2 rest = inner + -1.0 * (along * result * along.transpose());
  AlignedResponse aligned;
  aligned.map = operand * along;
  aligned.ofRest = 1.0 / double(x.units) * (operand * rest * operand);
  return aligned;
}

/// The mean square of d g over that of d times that of g: `gram` and `weighted`
/// are means of products of 1 and f, and of those times d^2.
static double getAlignedFactor(const Cotangent &g, const Matrix2 &gram,
                               const Matrix2 &weighted, int64_t units) {
  double n = double(units), square = g.getSquare(), slopes = weighted.a;
  if (units < 4 || !(square > 0.0) || !(slopes > 0.0))
    return 1.0;
  double along = std::clamp(getInnerProduct(g.aligned, gram), 0.0, square);
  // The rest lies less where 1 and f are large.
  double rest =
      (n * slopes - getInnerProduct(gram.invert(), weighted)) / (n - 2.0);
  return (getInnerProduct(g.aligned, weighted) + (square - along) * rest) /
         (square * slopes);
}

SignalResponse ElementwiseTransfer::getResponse() {
  SignalResponse response;
  response.slope = own.d;
  LogResponse value = getLogResponse(/*ofDerivative=*/false),
              slope = getLogResponse(/*ofDerivative=*/true);
  double square = own.dd * own.dd;
  double masks = 0.0, noise = 0.0, through = 0.0;
  // What squares and slopes have in common: of a batch, of a row.
  double common = 0.0, rowCommon = 0.0;
  if (square > 0.0) {
    masks = getSampling(own.dddd - square, samples.dddd - square) / square;
    noise = std::max(0.0, samples.dddd - samples.dd * samples.dd) /
            (square * double(x.units));
    through = samples.dd * samples.dd / square;
    if (double product = own.ff * own.dd; product > 0.0) {
      double scale = 1.0 / (product * double(x.units));
      common = scale * averagePairs(selfShare, own.ffdd - product,
                                    samples.ffdd - product);
      rowCommon = scale * (own.ffdd - product);
    }
  }
  PairMoments slopes{own.dd, samples.dd, units.dd, both.dd};
  PairMoments weights{own.xxdd, samples.xdxd, units.xdxd, both.xdxd};
  // Means over mixed rows have the row's own part in them.
  double curvature =
      isMixed ? -0.5 * slope.first * (slope.first - 1.0) * x.rowKernelVariance
              : 0.5 * slope.second * x.rowKernelVariance;
  // (sum x d g)^2 by the part of g along f(x), and by the rest of it.
  double spread = own.ff - samples.ff;
  double follows = spread > 0.0
                       ? std::min(1.0, own.d * own.d * x.getSpread() / spread)
                       : 0.0;
  if (own.dd > 0.0)
    follows *= own.d * own.d / own.dd;
  // Slopes weigh the aligned part of a gradient by how they go with f.
  Matrix2 gram{1.0, own.f, own.f, own.ff};
  Matrix2 weighted{own.dd, own.fdd, own.fdd, own.ffdd};
  response.aligned = getAligned();
  // The mean of x d (a + b f) over the units varies.
  Matrix2 products{own.xxdd, own.xxfdd, own.xxfdd, own.xxffdd};
  Matrix2 means{own.xd * own.xd, own.xd * own.xfd, own.xd * own.xfd,
                own.xfd * own.xfd};
  double likeness =
      averagePairs(selfShare, 1.0, correlation * correlation) / double(x.units);
  response.pull = [=, share = selfShare, units = x.units](const Cotangent &dy) {
    Cotangent dx;
    dx.moments = dy.moments * slopes;
    dx.excess = getAlignedFactor(dy, gram, weighted, units) * dy.excess;
    dx.weighted = dy.moments * weights;
    double mean = getInnerProduct(dy.aligned, means);
    dx.alignedShare = dy.alignedShare;
    dx.alignedSampling = dy.alignedSampling;
    if (mean > 0.0)
      dx.alignedSampling +=
          4.0 * likeness *
          std::max(0.0, getInnerProduct(dy.aligned, products) / mean - 1.0);
    double alike = averagePairs(share, 1.0, dy.overlapVariance);
    double added = masks * (1.0 + 2.0 * alike);
    dx.unitVariance = added * double(units) + 2.0 * alike;
    dx.logVariance =
        std::max(0.0, dy.logVariance + added + 2.0 * dy.sensitivity * common);
    dx.logShift = dy.logShift - 0.5 * added + curvature +
                  dy.rowSensitivity * rowCommon - dy.sensitivity * common;
    dx.correction =
        dy.correction + std::abs(curvature) +
        std::abs(dy.rowSensitivity * rowCommon - dy.sensitivity * common);
    dx.overlapVariance = through * dy.overlapVariance + noise;
    dx.sensitivity = dy.sensitivity * value.first + slope.first;
    // Where it is large, the least of rows decide, and they do not grow on.
    dx.rowSensitivity = std::clamp(
        dy.rowSensitivity * value.first + slope.first, -kLargest, kLargest);
    dx.alignment = follows * dy.alignment;
    return dx;
  };
  return response;
}

SignalTransfer keel::transferElementwise(const SignalQuery &query,
                                         const ScalarFunction &function,
                                         unsigned operand) {
  ElementwiseTransfer transfer(query, query.operands[operand], function);
  SignalTransfer result;
  result.result = transfer.getResult(query.batchSize);
  result.responses.resize(query.operands.size());
  result.responses[operand] = transfer.getResponse();
  return result;
}
