//===- Binary.cpp - Signals through sums and products of two values -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"
#include <cmath>

using namespace keel;

/// The part of `whole` that `part` is, both not negative.
static double getShare(double part, double whole) {
  return whole > 0.0 ? std::clamp(part / whole, 0.0, 1.0) : 0.0;
}

// A gradient g = u + v y + rest: y is k a + c + (what a knows nothing of), and
// the rest is at right angles to y, but not to what of a is not along y, which
// is, with the other sign, what of b is not.
static void alignSum(const SignalQuery &query, double sign,
                     SignalTransfer &transfer) {
  const Signal &y = transfer.result;
  double cross = query.covariance(0, 1).self, units = double(y.units);
  double all = y.getVariance(), own[2];
  AlignedResponse parts[2];
  for (unsigned i : {0u, 1u}) {
    const Signal &x = query.operands[i];
    double s = i == 0 ? 1.0 : sign;
    own[i] = x.getVariance();
    double common = s * own[i] + (i == 0 ? sign : 1.0) * cross;
    if (x.isHeld || !(all > 0.0) || !(own[i] > 1e-9 * x.moments.self))
      return;
    double k = common / own[i];
    double left = std::max(0.0, own[i] - common * common / all);
    parts[i].map = {s, s * (y.mean - k * x.mean), 0.0, s * k};
    double square = left / (own[i] * own[i] * units);
    parts[i].ofRest = {square * x.mean * x.mean, -square * x.mean,
                       -square * x.mean, square};
  }
  for (unsigned i : {0u, 1u})
    transfer.responses[i].aligned = parts[i];
  double shared = -std::sqrt(parts[0].ofRest.d * parts[1].ofRest.d);
  transfer.ofSharedRest = [=, a = query.operands[0].mean,
                           b = query.operands[1].mean](unsigned i, unsigned j) {
    double first = i == 0 ? a : b, second = j == 0 ? a : b;
    return shared * Matrix2{first * second, -first, -second, 1.0};
  };
}

// y = a + sign b: E y y' = E a a' + E b b' + sign (E a b' + E b a').
SignalTransfer keel::transferSum(const SignalQuery &query, double sign) {
  const Signal &a = query.operands[0], &b = query.operands[1];
  PairMoments covariance = query.covariance(0, 1);
  SignalTransfer transfer;
  Signal &y = transfer.result;
  y.units = a.units;
  y.isHeld = a.isHeld && b.isHeld;
  y.mean = a.mean + sign * b.mean;
  PairMoments cross = covariance + PairMoments::splat(a.mean * b.mean);
  y.moments = a.moments + b.moments + 2.0 * sign * cross;
  // What is common to both counts by halves.
  double shares[] = {
      getShare(a.moments.self + sign * cross.self, y.moments.self),
      getShare(b.moments.self + sign * cross.self, y.moments.self)};
  // A branch's kernel follows what it starts from: the two move together.
  double total = shares[0] * std::sqrt(a.getLogVariance()) +
                 shares[1] * std::sqrt(b.kernelVariance);
  double branch = shares[1] * shares[1] * b.samplingVariance;
  y.samplingVariance = shares[0] * shares[0] * a.samplingVariance + branch;
  y.kernelVariance = std::max(0.0, total * total + branch - y.samplingVariance);
  double rowTotal = shares[0] * std::sqrt(a.getRowLogVariance()) +
                    shares[1] * std::sqrt(b.rowKernelVariance);
  double rowBranch = shares[1] * shares[1] * b.rowSamplingVariance;
  y.rowSamplingVariance =
      shares[0] * shares[0] * a.rowSamplingVariance + rowBranch;
  y.rowKernelVariance =
      std::max(0.0, rowTotal * rowTotal + rowBranch - y.rowSamplingVariance);
  // A mean is a sum: it has no shift but that of its logarithm.
  double mean = shares[0] * (a.getRowLogShift() + 0.5 * a.getRowLogVariance()) +
                shares[1] * (b.getRowLogShift() + 0.5 * b.getRowLogVariance());
  y.rowShift = mean - 0.5 * y.rowKernelVariance;
  double spreads =
      shares[0] * std::sqrt(a.rowSpread) +
      shares[1] * std::sqrt(std::max(0.0, b.rowSpread - b.rowSamplingVariance));
  y.rowSpread =
      spreads * spreads +
      shares[1] * shares[1] * std::min(b.rowSpread, b.rowSamplingVariance);
  double rowMeans = std::sqrt(a.rowMeanVariance) + std::sqrt(b.rowMeanVariance);
  y.rowMeanVariance = rowMeans * rowMeans;
  // A row's mean adds to its size, by which a norm over the batch lets its mean
  // grow on: m' = m + r m^2 / s. Of a batch's rows, the largest leads.
  double feedback = 0.0;
  if (double spread = a.getSpread(); spread > 0.0)
    feedback =
        b.rowMeanResponse * std::sqrt(a.rowMeanVariance) / spread *
        std::sqrt(2.0 *
                  std::log(double(std::max<int64_t>(query.batchSize, 1))));
  y.correction = shares[0] * a.correction + shares[1] * b.correction + feedback;
  double overlaps[] = {getShare(a.getSpread(), y.getSpread()),
                       getShare(b.getSpread(), y.getSpread())};
  y.overlapVariance = overlaps[0] * overlaps[0] * a.overlapVariance +
                      overlaps[1] * overlaps[1] * b.overlapVariance;
  for (unsigned i : {0u, 1u})
    transfer.responses.push_back(
        {i == 0 ? 1.0 : sign, [moments = query.operands[i].moments,
                               share = shares[i]](const Cotangent &dy) {
           Cotangent dx = dy;
           dx.weighted = dy.moments * moments;
           dx.sensitivity *= share;
           dx.rowSensitivity *= share;
           return dx;
         }});
  alignSum(query, sign, transfer);
  return transfer;
}

// For normal a, b: E a^2 b^2 = E a^2 E b^2 + 2 c^2 + 4 c E a E b with c their
// covariance; for other pairs of elements likewise.
SignalTransfer keel::transferProduct(const SignalQuery &query) {
  const Signal &a = query.operands[0], &b = query.operands[1];
  PairMoments c = query.covariance(0, 1);
  auto product = [&](double aa, double bb, double cross) {
    return aa * bb + c.self * c.self + cross * cross +
           2.0 * (c.self + cross) * a.mean * b.mean;
  };
  SignalTransfer transfer;
  Signal &y = transfer.result;
  y.units = a.units;
  y.isHeld = a.isHeld && b.isHeld;
  y.mean = a.mean * b.mean + c.self;
  y.moments = {product(a.moments.self, b.moments.self, c.self),
               product(a.moments.samples, b.moments.samples, c.samples),
               product(a.moments.units, b.moments.units, c.units),
               product(a.moments.both, b.moments.both, c.both)};
  double kernels = std::sqrt(a.kernelVariance) + std::sqrt(b.kernelVariance);
  y.kernelVariance = kernels * kernels;
  double rowKernels =
      std::sqrt(a.rowKernelVariance) + std::sqrt(b.rowKernelVariance);
  y.rowKernelVariance = rowKernels * rowKernels;
  y.rowSamplingVariance = a.rowSamplingVariance + b.rowSamplingVariance;
  y.rowShift = a.rowShift + b.rowShift;
  y.correction = a.correction + b.correction;
  y.samplingVariance = a.samplingVariance + b.samplingVariance;
  y.overlapVariance = a.overlapVariance + b.overlapVariance;
  for (unsigned i : {0u, 1u})
    transfer.responses.push_back(
        {query.operands[1 - i].mean, [other = query.operands[1 - i].moments,
                                      own = y.moments](const Cotangent &dy) {
           Cotangent dx = dy;
           dx.moments = dy.moments * other;
           dx.weighted = dy.moments * own;
           return dx;
         }});
  return transfer;
}
