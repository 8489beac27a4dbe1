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

GradientForecast::AlignedPart
GradientForecast::getAlignedPart(const Contribution &contribution,
                                 const Matrix2 &gram) const {
  OpOperand &use = *contribution.use;
  AlignedPart part;
  part.aligned = getFreshAligned(use, contribution.square);
  part.size = getInnerProduct(part.aligned, gram);
  // A mean over the batch of squares of normals, which are as alike as the
  // gradient's rows.
  double rows = 1.0 / double(batchSize), alike = rows;
  const SignalResponse *response = findResponse(use);
  if (response) {
    Cotangent dy = getCotangent(use.getOwner()->getResult(0));
    alike = averagePairs(rows, 1.0, dy.overlapVariance);
    part.driven = contribution.square * dy.alignedShare;
    part.variance = part.driven * dy.alignedShare * dy.alignedVariance;
    if (response->aligned) {
      const Matrix2 &map = response->aligned->map;
      Matrix2 kept = map * dy.aligned * map.transpose();
      double size = getInnerProduct(kept, gram);
      part.aligned = part.aligned + kept;
      part.deviation = size * std::sqrt(dy.alignedVariance);
      part.deviation += part.size * std::sqrt(2.0 * alike);
      part.size += size;
      return part;
    }
  }
  part.deviation = part.size * std::sqrt(2.0 * alike);
  return part;
}

/// Whether what two ways have in common has been added as a whole: by slopes,
/// where there are no weights in them.
bool GradientForecast::isFollowedWhole(OpOperand &a, OpOperand &b) const {
  const SignalResponse *first = findResponse(a), *second = findResponse(b);
  return !first || !second || first->slope * second->slope != 0.0;
}

void GradientForecast::align(Value value, ArrayRef<Contribution> contributions,
                             Cotangent &cotangent) {
  Signal x = getSignal(value);
  double square = cotangent.getSquare();
  if (x.units < kFewestUnits || !(square > 0.0))
    return;
  Matrix2 gram = x.getGram();
  AlignedPart sum;
  double common = 0.0, before = square;
  SmallVector<double> sizes;
  for (auto [i, contribution] : llvm::enumerate(contributions)) {
    AlignedPart part = getAlignedPart(contribution, gram);
    sum = sum + part;
    sizes.push_back(part.size);
    for (size_t j = 0; j < i; ++j) {
      OpOperand &use = *contribution.use, &other = *contributions[j].use;
      Matrix2 pair = getAlignedCovariance(&use, &other);
      double size = getInnerProduct(pair, gram);
      sum.aligned = sum.aligned + pair + pair.transpose();
      sizes[i] += size;
      sizes[j] += size;
      if (!isFollowedWhole(use, other))
        common += 2.0 * size;
    }
  }
  square = std::max(0.0, square + common);
  cotangent.excess = square / cotangent.moments.self;
  double whole = getInnerProduct(sum.aligned, gram);
  if (!(whole > 0.0) || !(sum.size > 0.0) || !(square > 0.0))
    return;
  // Where ways meet, what has varied in one of them is a part of the whole.
  double sampling = 0.0;
  for (auto [contribution, size] : llvm::zip(contributions, sizes))
    sampling += size * size / (whole * whole) * contribution.alignedSampling;
  bool isMeeting = contributions.size() > 1;
  cotangent.alignedSampling = isMeeting ? 0.0 : sampling;
  double deviation = sum.deviation / sum.size;
  cotangent.alignedVariance =
      deviation * deviation + (isMeeting ? sampling : 0.0);
  // It is a part of the whole.
  cotangent.aligned = std::min(1.0, square / whole) * sum.aligned;
  double share = std::clamp((sum.driven + common) / square, 0.0, 1.0);
  cotangent.alignedShare = share;
  double grown = std::max(0.0, share * share * cotangent.alignedVariance -
                                   sum.variance / before);
  cotangent.logVariance += grown;
  cotangent.logShift -= 0.5 * grown;
}
