//===- Elementwise.cpp - Signals through functions of one element ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/ElementMoments.h"
#include "keel/Analysis/SignalTransfers.h"
#include <cmath>

using namespace keel;

PairMoments keel::getCentered(const Signal &signal) {
  return signal.moments + PairMoments::splat(-1.0 * signal.mean * signal.mean);
}

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
    law = {x.law, x.mean, std::sqrt(variance),
           x.law == Law::batchSphere ? query.batchSize : x.units};
    own = getElementMoments(law, function);
    auto pair = [&](double covariance) {
      double c = variance > 0.0 ? covariance / variance : 0.0;
      return getPairedMoments(law, std::clamp(c, -1.0, 1.0), function);
    };
    samples = x.isHeld ? getSelfPair() : pair(centered.samples);
    units = getUnitPair(centered.units, pair);
    both = getUnitPair(centered.both, pair);
    correlation = variance > 0.0 ? centered.samples / variance : 0.0;
  }

  Signal getResult(int64_t batchSize);
  SignalResponse getResponse();

private:
  PairedMoments getSelfPair() const {
    return {own.ff, own.dd, own.xxdd, own.ffff, own.dddd, own.ffdd};
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
  /// What the units on hand add to the variance of a mean over them: `self` and
  /// `pair` are covariances of one unit's summands.
  double getSampling(double self, double pair) const;
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

Signal ElementwiseTransfer::getResult(int64_t batchSize) {
  Signal y;
  y.mean = own.f;
  y.moments = {own.ff, samples.ff, units.ff, both.ff};
  y.units = x.units;
  y.isHeld = x.isHeld;
  if (own.ff > 0.0) {
    LogResponse response = getLogResponse(/*ofDerivative=*/false);
    y.kernelVariance = response.first * response.first * x.kernelVariance;
    y.kernelShift = response.first * x.kernelShift +
                    0.5 * response.second * x.kernelVariance;
    double square = own.ff * own.ff, held = getHeldPart(own.ffuu, own.ff);
    y.samplingVariance =
        getSampling(own.ffff - square - held,
                    samples.ffff - square - correlation * correlation * held) /
        square;
    double through = samples.dd * x.moments.self / own.ff;
    y.overlapVariance = through * through * x.overlapVariance +
                        std::max(0.0, samples.ffff - samples.ff * samples.ff) /
                            (square * double(x.units));
  }
  if (function.saturation)
    y.saturated = own.saturated;
  if (function.hasFlatPiece)
    y.dead = getDeadShare(law, std::clamp(correlation, -1.0, 1.0), batchSize,
                          function);
  return y;
}

SignalResponse ElementwiseTransfer::getResponse() {
  SignalResponse response;
  response.slope = own.d;
  LogResponse value = getLogResponse(/*ofDerivative=*/false),
              slope = getLogResponse(/*ofDerivative=*/true);
  double square = own.dd * own.dd;
  double masks = 0.0, spread = 0.0, through = 0.0, common = 0.0;
  if (square > 0.0) {
    masks = getSampling(own.dddd - square, samples.dddd - square) / square;
    spread = std::max(0.0, samples.dddd - samples.dd * samples.dd) /
             (square * double(x.units));
    through = samples.dd * samples.dd / square;
    if (own.ff > 0.0)
      common = averagePairs(selfShare, own.ffdd - own.ff * own.dd,
                            samples.ffdd - own.ff * own.dd) /
               (own.ff * own.dd * double(x.units));
  }
  PairMoments slopes{own.dd, samples.dd, units.dd, both.dd};
  PairMoments weights{own.xxdd, samples.xdxd, units.xdxd, both.xdxd};
  double curvature = 0.5 * slope.second * x.kernelVariance;
  response.pull = [=, share = selfShare](const Cotangent &dy) {
    Cotangent dx;
    dx.moments = dy.moments * slopes;
    dx.weighted = dy.moments * weights;
    double alike = averagePairs(share, 1.0, dy.overlapVariance);
    double added = masks * (1.0 + 2.0 * alike);
    dx.logVariance =
        std::max(0.0, dy.logVariance + added + 2.0 * dy.sensitivity * common);
    dx.logShift = dy.logShift - 0.5 * added + curvature;
    dx.overlapVariance = through * dy.overlapVariance + spread;
    dx.sensitivity = dy.sensitivity * value.first + slope.first;
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

SignalTransfer keel::transferAffine(const SignalQuery &query, double scale,
                                    double offset, unsigned operand) {
  const Signal &x = query.operands[operand];
  SignalTransfer result;
  Signal &y = result.result;
  y = x;
  y.initial.reset();
  y.mean = scale * x.mean + offset;
  y.moments = scale * scale * x.moments +
              PairMoments::splat(offset * (2.0 * scale * x.mean + offset));
  double share = y.moments.self != 0.0
                     ? scale * scale * x.moments.self / y.moments.self
                     : 0.0;
  y.kernelVariance *= share * share;
  y.samplingVariance *= share * share;
  y.kernelShift *= share;
  result.responses.resize(query.operands.size());
  result.responses[operand] = {
      scale, [=, moments = x.moments](const Cotangent &dy) {
        Cotangent dx = dy;
        dx.moments = scale * scale * dy.moments;
        // Where no offset moves it, y's own weighting is x's.
        dx.weighted = offset == 0.0 ? dy.weighted : dx.moments * moments;
        dx.sensitivity *= share;
        return dx;
      }};
  return result;
}
