//===- Structure.cpp - Signals through shortcuts, shapes and dropout ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include <cmath>

using namespace mlir;
using namespace keel;

LogicalResult AddOp::transferSignal(const SignalQuery &query,
                                    SignalTransfer &transfer) {
  return succeed(transfer, transferSum(query, 1.0));
}

LogicalResult SubOp::transferSignal(const SignalQuery &query,
                                    SignalTransfer &transfer) {
  return succeed(transfer, transferSum(query, -1.0));
}

LogicalResult MulOp::transferSignal(const SignalQuery &query,
                                    SignalTransfer &transfer) {
  return succeed(transfer, transferProduct(query));
}

/// Means over the units of all parts: of an element, and of two that differ,
/// which may be of two parts.
static Signal joinParts(ArrayRef<Signal> parts) {
  Signal y;
  y.units = 0;
  for (const Signal &part : parts)
    y.units += part.units;
  double n = double(y.units), pairs = 0.0;
  for (const Signal &part : parts) {
    double share = double(part.units) / n;
    y.mean += share * part.mean;
    y.moments.self += share * part.moments.self;
    y.moments.samples += share * part.moments.samples;
    double inside = share * (double(part.units) - 1.0) / std::max(n - 1.0, 1.0);
    y.moments.units += inside * part.moments.units;
    y.moments.both += inside * part.moments.both;
    pairs += inside;
  }
  // Of two parts: their means alone, which the sum over all pairs gives.
  double across = 0.0, weight = 0.0;
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t j = 0; j < parts.size(); ++j) {
      if (i == j)
        continue;
      double w = double(parts[i].units) * double(parts[j].units);
      across += w * parts[i].mean * parts[j].mean;
      weight += w;
    }
  if (weight > 0.0) {
    y.moments.units += (1.0 - pairs) * across / weight;
    y.moments.both += (1.0 - pairs) * across / weight;
  }
  return y;
}

/// What is aligned with the whole is so with each part.
static std::optional<AlignedResponse> alignPart(const Signal &part,
                                                const Signal &whole) {
  if (part.units < 4)
    return std::nullopt;
  AlignedResponse aligned;
  aligned.map = {1.0, 0.0, 0.0, 1.0};
  aligned.ofRest = 1.0 / double(part.units) * part.getGram().invert() +
                   -1.0 / double(whole.units) * whole.getGram().invert();
  return aligned;
}

LogicalResult ConcatOp::transferSignal(const SignalQuery &query,
                                       SignalTransfer &transfer) {
  Signal &y = transfer.result;
  y = joinParts(query.operands);
  double kernels = 0.0, rowKernels = 0.0, spreads = 0.0, mean = 0.0,
         rowMeans = 0.0;
  for (const Signal &part : query.operands) {
    double share = y.moments.self > 0.0
                       ? double(part.units) * part.moments.self /
                             (double(y.units) * y.moments.self)
                       : 0.0;
    kernels += share * std::sqrt(part.kernelVariance);
    rowKernels += share * std::sqrt(part.rowKernelVariance);
    y.rowSamplingVariance += share * share * part.rowSamplingVariance;
    spreads += share * std::sqrt(part.rowSpread);
    double width = double(part.units) / double(y.units);
    rowMeans += width * std::sqrt(part.rowMeanVariance);
    y.correction += share * part.correction;
    mean += share * (part.rowShift + 0.5 * part.rowKernelVariance);
    y.samplingVariance += share * share * part.samplingVariance;
    y.overlapVariance += share * share * part.overlapVariance;
    transfer.responses.push_back(
        {1.0,
         [share, moments = part.moments](const Cotangent &dy) {
           Cotangent dx = dy;
           dx.weighted = dy.moments * moments;
           dx.sensitivity *= share;
           dx.rowSensitivity *= share;
           return dx;
         },
         alignPart(part, y)});
  }
  // The rest of the whole is not the rest of each part.
  if (y.units >= 4)
    transfer.ofSharedRest = [shared =
                                 -1.0 / double(y.units) * y.getGram().invert()](
                                unsigned, unsigned) { return shared; };
  y.kernelVariance = kernels * kernels;
  y.rowKernelVariance = rowKernels * rowKernels;
  y.rowSpread = spreads * spreads;
  y.rowMeanVariance = rowMeans * rowMeans;
  y.rowShift = mean - 0.5 * y.rowKernelVariance;
  return success();
}

LogicalResult FlattenOp::transferSignal(const SignalQuery &query,
                                        SignalTransfer &transfer) {
  transfer = transferAffine(query, 1.0);
  transfer.result.law = Law::normal;
  return success();
}

// y = x m / (1 - rate): masks of two elements are independent, so that only the
// square of one grows.
LogicalResult DropoutOp::transferSignal(const SignalQuery &query,
                                        SignalTransfer &transfer) {
  double kept = 1.0 - getRate().convertToDouble();
  transfer = transferAffine(query, 1.0);
  Signal &y = transfer.result;
  y.law = Law::normal;
  y.moments.self /= kept;
  y.overlapVariance += (1.0 / kept - 1.0) / double(y.units);
  const Signal &operand = query.operands[0];
  // Masks keep x g as it is in the mean, and add to the sum of g.
  Matrix2 inner = operand.getGram().invert();
  AlignedResponse aligned;
  aligned.map = {1.0, 0.0, 0.0, 1.0 / kept};
  Matrix2 along{1.0, y.mean / kept, y.mean, y.moments.self};
  Matrix2 rest =
      Matrix2{1.0 / kept, y.mean / kept, y.mean / kept, y.moments.self} +
      -1.0 * (along * y.getGram().invert() * along.transpose());
  aligned.ofRest = 1.0 / double(y.units) * (inner * rest * inner);
  transfer.responses[0].aligned = aligned;
  PairMoments x = operand.moments;
  transfer.responses[0].pull = [=](const Cotangent &dy) {
    Cotangent dx = dy;
    dx.moments.self /= kept;
    dx.weighted = dx.moments * x;
    return dx;
  };
  return success();
}

LogicalResult ProbeOp::transferSignal(const SignalQuery &query,
                                      SignalTransfer &transfer) {
  return succeed(transfer, transferAffine(query, 1.0));
}
