//===- Affine.cpp - Signals through scales and offsets --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"

using namespace keel;

SignalTransfer keel::transferAffine(const SignalQuery &query, double scale,
                                    double offset, unsigned operand) {
  const Signal &x = query.operands[operand];
  SignalTransfer result;
  Signal &y = result.result;
  y = x;
  y.initial.reset();
  y.saturated.reset(); // shares of the activation that x comes from
  y.dead.reset();
  y.mean = scale * x.mean + offset;
  y.moments = scale * scale * x.moments +
              PairMoments::splat(offset * (2.0 * scale * x.mean + offset));
  double share = y.moments.self != 0.0
                     ? scale * scale * x.moments.self / y.moments.self
                     : 0.0;
  for (double *variance : {&y.kernelVariance, &y.rowKernelVariance,
                           &y.samplingVariance, &y.rowSamplingVariance})
    *variance *= share * share;
  y.rowShift *= share;
  y.rowSpread *= share * share;
  y.rowMeanVariance *= scale * scale;
  result.responses.resize(query.operands.size());
  AlignedResponse aligned;
  aligned.map = {scale, scale * offset, 0.0, scale * scale};
  result.responses[operand] = {scale,
                               [=, moments = x.moments](const Cotangent &dy) {
                                 Cotangent dx = dy;
                                 dx.moments = scale * scale * dy.moments;
                                 // Where no offset moves it, y's own weighting
                                 // is x's.
                                 dx.weighted = offset == 0.0
                                                   ? dy.weighted
                                                   : dx.moments * moments;
                                 dx.sensitivity *= share;
                                 dx.rowSensitivity *= share;
                                 return dx;
                               },
                               aligned};
  return result;
}
