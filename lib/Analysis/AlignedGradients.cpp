//===- AlignedGradients.cpp - Gradients along 1 and the value -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A row of the gradient with respect to a value x of n units is
// g = a + b x + rest. Where g does not depend on x these are two of n
// directions. But random weights W are known along what they were given: from
// y = W x, W^T g has x (y, g) / |x|^2 in it, so that a part of g that is
// aligned with 1 or y comes back along x, which no other part does. Where that
// grows by more than the rest, as with shortcuts around activations of positive
// mean, it takes over in deep networks.
//
// Each op maps (a, b) of its result to (a, b) of an operand, and adds to their
// second moments what was random to it. Several ways to a value may share the
// same origin, however many weights stand between: covariances of a and b are
// followed over pairs of ways.

#include "keel/Analysis/GradientForecast.h"
#include "keel/Analysis/SignalTransfers.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// Pairs of ways that are followed: what is beyond counts as independent.
static constexpr size_t kMostPairs = 1 << 20;
/// Of fewer units there is no rest to speak of.
static constexpr int64_t kFewestUnits = 4;

const SignalResponse *GradientForecast::findResponse(OpOperand &use) const {
  auto transfer = transfers.find(use.getOwner());
  if (transfer == transfers.end())
    return nullptr;
  const SignalResponse &response =
      transfer->second.responses[use.getOperandNumber()];
  return response.pull ? &response : nullptr;
}

/// The mean square of what is not aligned.
double GradientForecast::getRestSquare(Value value) const {
  Cotangent dy = getCotangent(value);
  return std::max(0.0,
                  dy.getSquare() -
                      getInnerProduct(dy.aligned, getSignal(value).getGram()));
}

/// What one user's contribution has that its result's gradient does not give
/// it: by what was random there.
Matrix2 GradientForecast::getFreshAligned(OpOperand &use, double square) const {
  const SignalResponse *response = findResponse(use);
  if (!response || !response->aligned) {
    Signal x = getSignal(use.get());
    return square / double(x.units) * x.getGram().invert();
  }
  Value result = use.getOwner()->getResult(0);
  return getRestSquare(result) * response->aligned->ofRest +
         getCotangent(result).getSquare() * response->aligned->ofSquare;
}

// The contribution of the use by the earlier op is made of those to its result.
Matrix2 GradientForecast::getAlignedCovariance(OpOperand *a, OpOperand *b) {
  auto getOrderOf = [&](OpOperand *use) {
    return order.lookup(use->getOwner());
  };
  auto arrange = [&](OpOperand *first, OpOperand *second) {
    bool isArranged = getOrderOf(first) < getOrderOf(second);
    return isArranged ? std::pair(first, second) : std::pair(second, first);
  };
  SmallVector<std::pair<OpOperand *, OpOperand *>> stack = {{a, b}};
  if (getOrderOf(b) < getOrderOf(a))
    return getAlignedCovariance(b, a).transpose();
  while (!stack.empty() && alignedCovariances.size() < kMostPairs) {
    auto [first, second] = stack.back();
    const SignalResponse *response = findResponse(*first);
    Matrix2 covariance;
    bool isKnown = alignedCovariances.contains({first, second});
    if (isKnown || !response || !response->aligned) {
      if (!isKnown)
        alignedCovariances[{first, second}] = {};
      stack.pop_back();
      continue;
    }
    Operation *op = first->getOwner();
    Value result = op->getResult(0);
    const Matrix2 &map = response->aligned->map;
    if (op == second->getOwner()) {
      const SignalResponse *other = findResponse(*second);
      const auto &shared = transfers.find(op)->second.ofSharedRest;
      if (other && other->aligned)
        covariance = map * getCotangent(result).aligned *
                     other->aligned->map.transpose();
      if (shared)
        covariance = covariance +
                     getRestSquare(result) * shared(first->getOperandNumber(),
                                                    second->getOperandNumber());
      alignedCovariances[{first, second}] = covariance;
      stack.pop_back();
      continue;
    }
    bool isComplete = true;
    for (OpOperand &use : result.getUses()) {
      auto pair = arrange(&use, second);
      auto found = alignedCovariances.find(pair);
      if (found == alignedCovariances.end()) {
        isComplete = false;
        stack.push_back(pair);
        continue;
      }
      covariance =
          covariance + map * (pair.first == second ? found->second.transpose()
                                                   : found->second);
    }
    if (isComplete) {
      alignedCovariances[{first, second}] = covariance;
      stack.pop_back();
    }
  }
  return alignedCovariances.lookup({a, b});
}

void GradientForecast::align(Value value, ArrayRef<Contribution> contributions,
                             Cotangent &cotangent) {
  Signal x = getSignal(value);
  double square = cotangent.getSquare();
  if (x.units < kFewestUnits || !(square > 0.0))
    return;
  Matrix2 gram = x.getGram(), aligned;
  double common = 0.0, size = 0.0, deviation = 0.0;
  double driven = 0.0, before = 0.0;
  double rows = 1.0 / double(batchSize);
  SmallVector<double> sizes;
  for (auto [i, part] : llvm::enumerate(contributions)) {
    Matrix2 fresh = getFreshAligned(*part.use, part.square), kept;
    const SignalResponse *response = findResponse(*part.use);
    // A mean over the batch of squares of normals, which are as alike as the
    // gradient's rows.
    double alike = rows, keptVariance = 0.0;
    if (response) {
      Value result = part.use->getOwner()->getResult(0);
      Cotangent dy = getCotangent(result);
      alike = averagePairs(rows, 1.0, dy.overlapVariance);
      driven += part.square * dy.alignedShare;
      before += part.square / square * dy.alignedShare * dy.alignedShare *
                dy.alignedVariance;
      if (response->aligned) {
        const Matrix2 &map = response->aligned->map;
        kept = map * dy.aligned * map.transpose();
        keptVariance = dy.alignedVariance;
      }
    }
    double freshSize = getInnerProduct(fresh, gram),
           keptSize = getInnerProduct(kept, gram);
    sizes.push_back(freshSize + keptSize);
    deviation +=
        freshSize * std::sqrt(2.0 * alike) + keptSize * std::sqrt(keptVariance);
    size += freshSize + keptSize;
    aligned = aligned + fresh + kept;
    for (size_t j = 0; j < i; ++j) {
      OpOperand *other = contributions[j].use;
      Matrix2 pair = getAlignedCovariance(part.use, other);
      double pairSize = getInnerProduct(pair, gram);
      aligned = aligned + pair + pair.transpose();
      sizes[i] += pairSize;
      sizes[j] += pairSize;
      const SignalResponse *otherResponse = findResponse(*other);
      // Ways without weights have been added as a whole.
      if (response && otherResponse &&
          response->slope * otherResponse->slope == 0.0)
        common += 2.0 * pairSize;
    }
  }
  square = std::max(0.0, square + common);
  cotangent.excess = square / cotangent.moments.self;
  double whole = getInnerProduct(aligned, gram);
  if (!(whole > 0.0) || !(size > 0.0))
    return;
  cotangent.alignedVariance = deviation * deviation / (size * size);
  // Where ways meet, what has varied in one of them is a part of the whole.
  double sampling = 0.0;
  for (auto [part, partSize] : llvm::zip(contributions, sizes))
    sampling += partSize * partSize / (whole * whole) * part.alignedSampling;
  bool isMeeting = contributions.size() > 1;
  cotangent.alignedVariance += isMeeting ? sampling : 0.0;
  cotangent.alignedSampling = isMeeting ? 0.0 : sampling;
  // It is a part of the whole.
  cotangent.aligned = std::min(1.0, square / whole) * aligned;
  double share =
      square > 0.0 ? std::clamp((driven + common) / square, 0.0, 1.0) : 0.0;
  cotangent.alignedShare = share;
  double grown =
      std::max(0.0, share * share * cotangent.alignedVariance - before);
  cotangent.logVariance += grown;
  cotangent.logShift -= 0.5 * grown;
}
