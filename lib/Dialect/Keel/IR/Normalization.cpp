//===- Normalization.cpp - Verification and mode twins of the norms -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

LogicalResult keel::verifyEpsilon(Operation *op, const APFloat &epsilon) {
  if (epsilon.isNegative() || epsilon.isNaN())
    return op->emitOpError() << "epsilon must not be negative, got "
                             << formatReal(epsilon.convertToDouble());
  return success();
}

static LogicalResult verifyRunning(Operation *op, const APFloat &decay,
                                   StringRef variance) {
  double value = decay.convertToDouble();
  if (!(value >= 0.0 && value <= 1.0)) // (C1)
    return op->emitOpError()
           << "decay must be in [0, 1], got " << formatReal(value);
  if (variance != "population" && variance != "unbiased") // (C2)
    return op->emitOpError() << "running_variance must be \"population\" or "
                                "\"unbiased\", got \""
                             << variance << "\"";
  return success();
}

//===----------------------------------------------------------------------===//
// Batch norm
//===----------------------------------------------------------------------===//

LogicalResult BatchNormOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())) || // (C1)
      failed(verifyRunning(*this, getDecay(), getRunningVariance())))
    return failure();
  auto isState = [](Value value) { return value.getDefiningOp<StateOp>(); };
  if (!getFrozen() && !(isState(getMean()) && isState(getVariance()))) // (C3)
    return emitOpError() << "mean and variance must come from keel.state, "
                            "which training updates, unless the op is frozen";
  if (!getFrozen())
    return success();
  for (Value statistic : {getMean(), getVariance()})
    for (Operation *user : statistic.getUsers()) // (C4)
      if (auto norm = dyn_cast<BatchNormOp>(user);
          norm && !norm.getFrozen() &&
          llvm::is_contained({norm.getMean(), norm.getVariance()}, statistic))
        return emitOpError() << "is frozen, but another batch norm updates its "
                                "statistics";
  return success();
}

int64_t BatchNormOp::getMinTrainRows() { return getFrozen() ? 1 : 2; }

FailureOr<SmallVector<Value>>
BatchNormOp::buildTwin(OpBuilder &builder, Mode mode, IRMapping &mapping) {
  Value input = mapping.lookup(getInput()), gamma = mapping.lookup(getGamma()),
        beta = mapping.lookup(getBeta()), mean = mapping.lookup(getMean()),
        variance = mapping.lookup(getVariance());
  if (mode == Mode::infer || getFrozen())
    return SmallVector<Value>{BatchNormInferOp::create(
        builder, getLoc(), input.getType(), input, gamma, beta, mean, variance,
        getEpsilonAttr())};
  if (input.getType() == getInput().getType() &&
      getInput().getType().getDimSize(0) == 1)
    return emitOpError() << "needs at least two rows to train on, got a batch "
                            "of one; raise the batch or freeze the norm";
  Type vector = gamma.getType();
  auto train = BatchNormTrainOp::create(
      builder, getLoc(),
      TypeRange{input.getType(), vector, vector, vector, vector}, input, gamma,
      beta, mean, variance, getDecayAttr(), getEpsilonAttr(),
      getRunningVarianceAttr());
  mapping.map(getMean(), train.getNewMean());
  mapping.map(getVariance(), train.getNewVariance());
  return SmallVector<Value>{train.getResult()};
}

LogicalResult BatchNormTrainOp::verify() {
  if (failed(verifyEpsilon(*this, getEpsilon())) || // (C1)
      failed(verifyRunning(*this, getDecay(), getRunningVariance())))
    return failure();
  if (getInput().getType().getDimSize(0) == 1) // (C3)
    return emitOpError() << "needs at least two rows, got a batch of one";
  if (getNewMean().use_empty() || getNewVariance().use_empty()) // (C4)
    return emitOpError() << "drops its new running statistics";
  return success();
}

LogicalResult BatchNormInferOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}

//===----------------------------------------------------------------------===//
// Layer norm
//===----------------------------------------------------------------------===//

LogicalResult LayerNormOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}

FailureOr<SmallVector<Value>>
LayerNormOp::buildTwin(OpBuilder &builder, Mode mode, IRMapping &mapping) {
  if (mode == Mode::infer)
    return SmallVector<Value>(
        builder.clone(*getOperation(), mapping)->getResults());
  Value input = mapping.lookup(getInput());
  Type rows = getPerRowType(input.getType());
  auto train = LayerNormTrainOp::create(
      builder, getLoc(), TypeRange{input.getType(), rows, rows}, input,
      mapping.lookup(getGamma()), mapping.lookup(getBeta()), getEpsilonAttr());
  return SmallVector<Value>{train.getResult()};
}

LogicalResult LayerNormTrainOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}

LogicalResult NormalizeOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}

//===----------------------------------------------------------------------===//
// RMS norm
//===----------------------------------------------------------------------===//

LogicalResult RmsNormOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}

LogicalResult RmsNormGradOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}

//===----------------------------------------------------------------------===//
// Standardization
//===----------------------------------------------------------------------===//

LogicalResult StandardizeOp::verify() {
  return verifyEpsilon(*this, getEpsilon()); // (C1)
}
