//===- Covariances.cpp - What two values of a model have in common --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Values that come together again, such as both sides of a shortcut, are
// correlated as far as no random weight stands between them. For normal values
// E (f(x) - E f)(y - E y) = E f'(x) cov(x, y) (Stein 1981), so a covariance
// follows from those of what the later value is computed from. Gradients are
// the same in the other direction.

#include "keel/Analysis/GradientForecast.h"
#include "keel/Analysis/SignalTransfers.h"

using namespace mlir;
using namespace keel;

/// Inputs come first.
unsigned GradientForecast::getOrder(Value value) const {
  Operation *op = value.getDefiningOp();
  return op ? order.lookup(op) : 0;
}

PairMoments GradientForecast::getCovariance(Value a, Value b) {
  if (getOrder(a) < getOrder(b))
    std::swap(a, b);
  auto found = covariances.find({a, b});
  if (found != covariances.end())
    return found->second;
  PairMoments result = computeCovariance(a, b);
  covariances[{a, b}] = result;
  return result;
}

/// `a` is not before `b`.
PairMoments GradientForecast::computeCovariance(Value a, Value b) {
  Signal x = getSignal(a), y = getSignal(b);
  if (a == b)
    return getCentered(x);
  Operation *op = a.getDefiningOp();
  auto transfer = transfers.find(op);
  if (x.isHeld || y.isHeld || !op || transfer == transfers.end())
    return {};
  const auto &mixing = transfer->second.mixing;
  if (!mixing) {
    PairMoments sum;
    for (auto [operand, response] :
         llvm::zip(op->getOperands(), transfer->second.responses))
      if (response.slope != 0.0)
        sum = sum + response.slope * getCovariance(operand, b);
    return sum;
  }
  // Only what the same weights mixed has anything in common with it.
  Value weights = op->getOperand(mixing->weights);
  Operation *other = b.getDefiningOp();
  if (weights.hasOneUse() || !other || !transfers.contains(other))
    return {};
  const SignalTransfer &otherTransfer = transfers.find(other)->second;
  if (!otherTransfer.mixing) {
    PairMoments sum;
    for (auto [operand, response] :
         llvm::zip(other->getOperands(), otherTransfer.responses))
      if (response.slope != 0.0)
        sum = sum + response.slope * getCovariance(a, operand);
    return sum;
  }
  if (other->getOperand(otherTransfer.mixing->weights) != weights)
    return {};
  Value first = op->getOperand(mixing->input);
  Value second = other->getOperand(otherTransfer.mixing->input);
  PairMoments product =
      getCovariance(first, second) +
      PairMoments::splat(getSignal(first).mean * getSignal(second).mean);
  return {mixing->gain * product.self, mixing->gain * product.samples, 0.0,
          0.0};
}

PairMoments GradientForecast::getCotangentCovariance(Value a, Value b) {
  if (getOrder(b) < getOrder(a))
    std::swap(a, b);
  auto found = cotangentCovariances.find({a, b});
  if (found != cotangentCovariances.end())
    return found->second;
  PairMoments result = computeCotangentCovariance(a, b);
  cotangentCovariances[{a, b}] = result;
  return result;
}

/// `a` is not behind `b`: its gradient is that of its users.
PairMoments GradientForecast::computeCotangentCovariance(Value a, Value b) {
  if (a == b)
    return getCotangent(a).moments;
  PairMoments sum;
  for (OpOperand &use : a.getUses()) {
    auto transfer = transfers.find(use.getOwner());
    if (transfer == transfers.end())
      continue;
    const SignalResponse &response =
        transfer->second.responses[use.getOperandNumber()];
    if (response.slope != 0.0)
      sum = sum + response.slope *
                      getCotangentCovariance(use.getOwner()->getResult(0), b);
  }
  return sum;
}
