//===- Normalization.cpp - Signals through norms --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/Quadrature.h"
#include "keel/Analysis/SignalTransfers.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// The same moments with samples and units in each other's place: what is true
/// of a norm over units is so of one over samples.
static PairMoments swapAxes(const PairMoments &m) {
  return {m.self, m.units, m.samples, m.both};
}

static bool isConstant(const Signal &held) {
  return held.isHeld && held.getVariance() <= 1e-12 * held.moments.self;
}

namespace {

/// A norm over `count` elements, written for one over the units of a sample.
struct Normalizer {
  PairMoments x;  ///< of the input
  double count;   ///< elements that are normalized together
  double freedom; ///< of the variance that they have
  double epsilon;
  bool subtractsMean;
  double growth = 1.0; ///< of the mean of 1 / v, for other reasons

  double getVariance() const {
    return std::max(0.0, subtractsMean ? x.self - x.units : x.self);
  }
  /// The mean of the biased variance.
  double getBiasedVariance() const {
    return getVariance() * (subtractsMean ? (count - 1.0) / count : 1.0);
  }
  /// What is left of a variance of 1.
  double getShare() const {
    double v = getBiasedVariance();
    return v > 0.0 ? v / (v + epsilon) : 0.0;
  }

  /// (x - m) r.
  PairMoments normalize() const {
    double share = getShare(), v = getVariance();
    if (v <= 0.0)
      return {};
    if (!subtractsMean)
      return share / v * x;
    double samples = share * (x.samples - x.both) / v;
    return {share, samples, -share / (count - 1.0), -samples / (count - 1.0)};
  }

  /// dx = r (g - mean(g) - xh mean(g xh)), of which one coordinate along xh and
  /// one along 1 are gone: E dx^2 = E r^2 (E g^2 - E g g' / n' ...).
  PairMoments pull(const PairMoments &g, const PairMoments &weighted) const {
    double n = count, rest = n - 1.0;
    double square = g.self;
    if (subtractsMean)
      square -= (g.self + rest * g.units) / n;
    square -= (weighted.self + rest * weighted.units) / n;
    double r =
        growth * getMeanReciprocal(getBiasedVariance(), freedom, epsilon);
    double self = r * std::max(0.0, square);
    if (!subtractsMean)
      return {self, r * g.samples, r * g.units, r * g.both};
    double samples = r * (g.samples - g.both);
    return {self, samples, -self / rest, -samples / rest};
  }
};

} // namespace

/// y = xh gamma + beta, given xh; `gamma` and `beta` are operands 1 and 2.
static Signal scaleAndShift(const SignalQuery &query, const PairMoments &xh,
                            bool hasBeta) {
  const Signal &gamma = query.operands[1];
  Signal y;
  y.units = query.operands[0].units;
  y.moments = xh * gamma.moments;
  if (hasBeta) {
    y.mean = query.operands[2].mean;
    y.moments = y.moments + query.operands[2].moments;
  }
  return y;
}

/// Whether y has the law of xh.
static bool keepsLaw(const SignalQuery &query, bool hasBeta) {
  return isConstant(query.operands[1]) &&
         (!hasBeta || isConstant(query.operands[2]));
}

/// The products g xh of a cotangent with the normalized value, g that of xh.
static PairMoments getWeighted(const Cotangent &dy, const SignalQuery &query,
                               const PairMoments &xh, bool hasBeta) {
  const Signal &gamma = query.operands[1];
  // Without a shift, y is xh gamma: g xh is dy y.
  if (!hasBeta || query.operands[2].moments.self == 0.0)
    return dy.weighted;
  return dy.moments * gamma.moments * xh;
}

/// How much of a gradient's square is left, over what is left where it does not
/// depend on y: without what is along y, and along 1 where a mean is taken off.
static double getAlignedFactor(const Cotangent &dy, const Signal &y,
                               bool subtractsMean) {
  double n = double(y.units), square = dy.getSquare();
  Matrix2 gram = y.getGram();
  if (y.units < 4 || !(square > 0.0) || !(gram.d > 0.0))
    return 1.0;
  double usual = square - dy.excess * dy.weighted.self / (n * gram.d), gone;
  if (subtractsMean) {
    usual -= square / n;
    gone = getInnerProduct(dy.aligned, gram);
  } else {
    Matrix2 along{gram.c * gram.c, gram.c * gram.d, gram.c * gram.d,
                  gram.d * gram.d};
    gone = getInnerProduct(dy.aligned, along) / gram.d;
  }
  return usual > 0.0 ? std::max(0.0, square - gone) / usual : 1.0;
}

/// Of one operand x, normalized over units.
static SignalTransfer normalizeRows(const SignalQuery &query, double epsilon,
                                    bool subtractsMean) {
  const Signal &x = query.operands[0];
  double n = double(x.units);
  Normalizer norm{x.moments, n, std::max(1.0, n - 1.0), epsilon, subtractsMean};
  PairMoments xh = norm.normalize();
  bool hasBeta = subtractsMean;
  SignalTransfer transfer;
  transfer.result = scaleAndShift(query, xh, hasBeta);
  double v = norm.getVariance(), share = norm.getShare();
  double scale = v > 0.0 ? std::sqrt(share / v) : 0.0;
  double gamma = query.operands[1].mean;
  if (!subtractsMean)
    transfer.result.mean = scale * x.mean * gamma;
  if (keepsLaw(query, hasBeta) && (subtractsMean || x.mean == 0.0) &&
      x.units >= 4)
    transfer.result.law = Law::unitSphere;
  transfer.result.overlapVariance = x.overlapVariance;
  transfer.responses.resize(query.operands.size());
  SmallVector<Signal> operands(query.operands);
  int64_t batch = query.batchSize;
  AlignedResponse aligned;
  double slope = scale * gamma;
  if (double square = transfer.result.moments.self;
      !subtractsMean && square > 0.0)
    aligned.map = {slope, 0.0, -slope * slope * transfer.result.mean / square,
                   0.0};
  transfer.responses[0] = {
      slope,
      [=, y = transfer.result](const Cotangent &dy) {
        SignalQuery query{operands, batch, nullptr};
        PairMoments scaled = dy.moments * operands[1].moments;
        Cotangent dx;
        dx.moments = norm.pull(scaled, getWeighted(dy, query, xh, hasBeta));
        dx.excess = getAlignedFactor(dy, y, subtractsMean) * dy.excess;
        dx.alignedShare = dy.alignedShare;
        dx.weighted = dx.moments * operands[0].moments;
        dx.overlapVariance = dy.overlapVariance;
        // The gradient goes with 1 / v, what follows does not depend on v.
        dx.sensitivity = -share;
        dx.correction = dy.correction;
        dx.logVariance = dy.logVariance + operands[0].samplingVariance;
        dx.logShift = dy.logShift - 0.5 * operands[0].samplingVariance;
        dx.rowSensitivity = -share;
        return dx;
      },
      aligned};
  return transfer;
}

LogicalResult LayerNormOp::transferSignal(const SignalQuery &query,
                                          SignalTransfer &transfer) {
  return succeed(transfer, normalizeRows(query, getEpsilon().convertToDouble(),
                                         /*subtractsMean=*/true));
}

LogicalResult RmsNormOp::transferSignal(const SignalQuery &query,
                                        SignalTransfer &transfer) {
  return succeed(transfer, normalizeRows(query, getEpsilon().convertToDouble(),
                                         /*subtractsMean=*/false));
}

/// By statistics that do not depend on the batch: (x - mean) r.
static SignalTransfer normalizeByGiven(const SignalQuery &query,
                                       const Signal &mean,
                                       const Signal &variance, double epsilon) {
  double scale = 1.0 / std::sqrt(std::max(variance.mean, 0.0) + epsilon);
  return transferAffine(query, scale, -scale * mean.mean);
}

LogicalResult StandardizeOp::transferSignal(const SignalQuery &query,
                                            SignalTransfer &transfer) {
  return succeed(transfer,
                 normalizeByGiven(query, query.operands[1], query.operands[2],
                                  getEpsilon().convertToDouble()));
}

/// A frozen norm: gamma scales what the running statistics normalize.
static SignalTransfer normalizeFrozen(const SignalQuery &query,
                                      double epsilon) {
  SignalTransfer transfer =
      normalizeByGiven(query, query.operands[3], query.operands[4], epsilon);
  Signal xh = transfer.result;
  transfer.result = scaleAndShift(query, xh.moments, /*hasBeta=*/true);
  transfer.result.mean += xh.mean * query.operands[1].mean;
  transfer.result.kernelVariance = xh.kernelVariance;
  transfer.result.rowKernelVariance = xh.rowKernelVariance;
  transfer.result.samplingVariance = xh.samplingVariance;
  transfer.result.rowSamplingVariance = xh.rowSamplingVariance;
  transfer.result.rowShift = xh.rowShift;
  transfer.result.rowSpread = xh.rowSpread;
  transfer.result.correction = xh.correction;
  transfer.result.overlapVariance = xh.overlapVariance;
  SignalResponse inner = transfer.responses[0];
  PairMoments gamma = query.operands[1].moments;
  transfer.responses[0] = {inner.slope * query.operands[1].mean,
                           [=](const Cotangent &dy) {
                             Cotangent scaled = dy;
                             scaled.moments = dy.moments * gamma;
                             return inner.pull(scaled);
                           }};
  return transfer;
}

// Over the batch, for each unit by itself: a norm over units with the axes
// swapped.
LogicalResult BatchNormOp::transferSignal(const SignalQuery &query,
                                          SignalTransfer &transfer) {
  double epsilon = getEpsilon().convertToDouble();
  if (getFrozen())
    return succeed(transfer, normalizeFrozen(query, epsilon));
  const Signal &x = query.operands[0];
  double rows = double(std::max<int64_t>(query.batchSize, 2));
  PairMoments moments = x.moments;
  // The mean over rows that differ in size.
  moments.self *= std::exp(x.rowShift + 0.5 * x.rowKernelVariance);
  Normalizer norm{swapAxes(moments), rows, rows - 1.0, epsilon,
                  /*subtractsMean=*/true};
  // Of few rows, or of rows that differ in size.
  double v = norm.getVariance();
  // The rows' Gram matrix is not a multiple of 1 where some rows weigh more or
  // two overlap. To second order in what its eigenvalues differ by, over f
  // degrees of freedom, E 1 / v grows by 2 / (f + 2) of their variance.
  double f = rows - 1.0;
  // One row that outweighs all others is as far as that goes.
  double uneven = std::min(std::expm1(x.rowSpread), f) +
                  f * std::min(x.overlapVariance, 1.0);
  norm.growth = 1.0 + 2.0 / (f + 2.0) * uneven;
  PairMoments swapped = norm.normalize();
  transfer.result = scaleAndShift(query, swapAxes(swapped), /*hasBeta=*/true);
  if (keepsLaw(query, /*hasBeta=*/true))
    transfer.result.law = Law::batchSphere;
  // A unit's values are scaled to one norm, so that rows that weigh more, or
  // overlap, do so less: E xh xh' has f / (f + 2) of what sets x x' off.
  double contraction = f * f / ((f + 2.0) * (f + 2.0));
  transfer.result.rowSpread = contraction * x.rowSpread;
  double growth = std::log(norm.growth);
  transfer.result.correction =
      std::max({x.correction, std::expm1(2.0 * x.rowSpread), 2.0 * growth});
  transfer.result.rowKernelVariance = transfer.result.rowSpread;
  transfer.result.rowShift = -0.5 * transfer.result.rowSpread;
  transfer.result.overlapVariance = contraction * x.overlapVariance;
  // Two units' gradients lose what lies along either one's values, and large
  // values that are alike weigh less.
  double opposed = std::max(0.0, f - 2.0) / (f - 1.0) * std::max(0.0, f - 2.0) /
                   (f + 2.0 * uneven);
  // Of 1 / v, v a chi-square over f: units weigh unlike.
  double scales = 2.0 / std::max(f - 4.0, 0.25) / double(x.units);
  double share = norm.getShare();
  double slope = v > 0.0 ? std::sqrt(share / v) : 0.0;
  transfer.responses.resize(query.operands.size());
  SmallVector<Signal> operands(query.operands);
  int64_t batch = query.batchSize;
  transfer.responses[0] = {
      slope * query.operands[1].mean, [=](const Cotangent &dy) {
        SignalQuery query{operands, batch, nullptr};
        PairMoments weighted = getWeighted(dy, query, swapAxes(swapped), true);
        PairMoments scaled = dy.moments * operands[1].moments;
        Cotangent dx;
        dx.moments = swapAxes(norm.pull(swapAxes(scaled), swapAxes(weighted)));
        dx.excess = dy.excess;
        dx.alignedShare = dy.alignedShare;
        dx.weighted = dx.moments * operands[0].moments;
        dx.overlapVariance = dy.overlapVariance;
        dx.sensitivity = -share;
        double added = scales * (1.0 + dy.unitVariance);
        dx.logVariance = dy.logVariance + added;
        dx.alignment = dy.alignment * opposed;
        dx.isScaled = share;
        dx.logShift = dy.logShift - 0.5 * added;
        dx.correction = dy.correction + growth;
        dx.rowSensitivity = dy.rowSensitivity;
        return dx;
      }};
  return success();
}
