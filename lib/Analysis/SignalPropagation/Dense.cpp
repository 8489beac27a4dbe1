//===- Dense.cpp - Signals through fully connected layers -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"
#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

namespace {

/// Sums over the products of weights of `units` units on the side that is
/// summed over, of variance `variance` and mean `mean`.
struct Mixing {
  double units, variance, mean;

  PairMoments apply(const PairMoments &x) const {
    double own = units * variance, shared = mean * mean * units;
    // The part that all results have in common.
    double samplewise = shared * (x.self + (units - 1.0) * x.units);
    double crosswise = shared * (x.samples + (units - 1.0) * x.both);
    return {own * x.self + samplewise, own * x.samples + crosswise, samplewise,
            crosswise};
  }
};

} // namespace

/// The variance of |Wx|^2 / E|Wx|^2 for one x: of a sum of squares of
/// independent normals, or of a projection on `out` of `in` dimensions.
static double getNormVariance(double in, double out, bool orthogonal) {
  if (!orthogonal)
    return 2.0 / out;
  return in > out ? 2.0 * (in - out) / (out * (in + 2.0)) : 0.0;
}

// W is known along x, since W x is: y x^T / |x|^2 and a random rest. What is
// aligned with y comes back along x; what comes back by the rest is at right
// angles to x.
static std::optional<AlignedResponse> alignInput(const Signal &x, double in,
                                                 double out, double variance) {
  double square = x.moments.self, spread = x.getVariance();
  if (!(square > 0.0) || in < 4.0)
    return std::nullopt;
  AlignedResponse aligned;
  aligned.map.d = out * variance;
  if (spread > 1e-9 * square)
    aligned.ofSquare =
        out * variance / (in * spread) *
        Matrix2{square, -x.mean, -x.mean, x.mean * x.mean / square};
  return aligned;
}

// y_j = sum_i W_ij x_i + b_j. With weights of mean mu and variance s, n of
// them: E y^2 = n s E x^2 + mu^2 E (sum x)^2 + E b^2 + 2 n mu E x E b, and E
// dx^2 = n_out s E dy^2 + mu^2 E (sum dy)^2.
LogicalResult DenseOp::transferSignal(const SignalQuery &query,
                                      SignalTransfer &transfer) {
  const Signal &x = query.operands[0], &w = query.operands[1];
  if (!w.initial && !w.isHeld)
    return failure();
  double in = double(getWeight().getType().getDimSize(0));
  double out = double(getWeight().getType().getDimSize(1));
  double variance = w.getVariance();
  bool orthogonal = w.initial && w.initial->orthogonal;
  Signal &y = transfer.result;
  y.units = int64_t(out);
  y.mean = in * w.mean * x.mean;
  y.moments = Mixing{in, variance, w.mean}.apply(x.moments);
  double through = y.moments.self;
  if (getBias()) {
    const Signal &b = query.operands[2];
    y.moments =
        y.moments + b.moments + PairMoments::splat(2.0 * y.mean * b.mean);
    y.mean += b.mean;
  }
  double share = y.moments.self > 0.0 ? through / y.moments.self : 0.0;
  double selfShare = getSelfShare(query);
  double overlap =
      x.moments.self > 0.0 ? x.moments.samples / x.moments.self : 0.0;
  double spread = 1.0 - overlap;
  double squares = averagePairs(
      selfShare, 1.0, overlap * overlap + spread * spread * x.overlapVariance);
  y.kernelVariance = share * share * x.getLogVariance();
  y.rowKernelVariance = share * share * x.getRowLogVariance();
  y.rowShift = share * x.getRowLogShift();
  y.rowSpread = share * share * x.rowSpread;
  y.correction = x.correction;
  y.rowSamplingVariance = share * share * getNormVariance(in, out, orthogonal);
  y.samplingVariance = squares * y.rowSamplingVariance;
  y.overlapVariance = x.overlapVariance;
  if (orthogonal && in == out && share > 0.999)
    y.law = Law::unitSphere;

  transfer.responses.resize(query.operands.size());
  Mixing back{out, variance, w.mean};
  double norm = getNormVariance(out, in, orthogonal);
  std::optional<AlignedResponse> aligned;
  if (w.mean == 0.0)
    aligned = alignInput(x, in, out, variance);
  transfer.responses[0].aligned = aligned;
  transfer.responses[0].pull = [=](const Cotangent &dy) {
    Cotangent dx;
    dx.moments = back.apply(dy.moments);
    dx.excess = dy.excess;
    if (aligned && dx.getSquare() > 0.0) {
      double gain = aligned->map.d;
      dx.excess *= 1.0 - 1.0 / in +
                   gain * gain * dy.aligned.d * x.moments.self / dx.getSquare();
    }
    dx.weighted = dx.moments * x.moments;
    dx.alignedShare = dy.alignedShare;
    dx.alignedSampling = dy.alignedSampling;
    dx.sensitivity = dy.sensitivity * share;
    dx.rowSensitivity = dy.rowSensitivity * share;
    double alike = averagePairs(selfShare, 1.0, dy.overlapVariance);
    double follows = dx.sensitivity * dx.sensitivity * x.samplingVariance;
    dx.logVariance = dy.logVariance + norm * alike + follows;
    dx.unitVariance = 2.0 * alike;
    double rows = x.rowSamplingVariance;
    // Units of large values, which those weights have given them, have small
    // gradients behind a norm over the batch, and so have units alike.
    dx.alignment = dy.alignment + 2.0 * dy.isScaled / in;
    double follow = 0.5 * dx.rowSensitivity * (dx.rowSensitivity - 1.0) *
                        (rows - x.samplingVariance) -
                    0.5 * dx.sensitivity * x.samplingVariance;
    dx.logShift = dy.logShift - 0.5 * norm * alike - dx.alignment + follow;
    dx.correction = dy.correction + dx.alignment + std::abs(follow);
    dx.overlapVariance = dy.overlapVariance + 0.5 * norm;
    return dx;
  };
  // The bias gets the sum over the batch; nobody asks for its size yet.
  transfer.mixing = RandomMixing{0, 1, in * variance};
  return success();
}
