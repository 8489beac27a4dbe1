//===- GradientForecast.cpp - Signals and gradients at initialization -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/GradientForecast.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// Elements of a sample.
static int64_t getUnits(Type type, bool hasBatch) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return 1;
  int64_t units = 1;
  for (int64_t size :
       tensor.getShape().drop_front(hasBatch && tensor.getRank() > 0 ? 1 : 0))
    units *= ShapedType::isDynamic(size) ? 1 : size;
  return std::max<int64_t>(units, 1);
}

/// A standardized input: independent elements.
static Signal makeInput(Type type, int64_t rows) {
  Signal signal;
  signal.moments.self = 1.0;
  signal.units = getUnits(type, /*hasBatch=*/true);
  signal.overlapVariance = 1.0 / double(signal.units);
  signal.rowSamplingVariance = signal.rowSpread = 2.0 / double(signal.units);
  signal.samplingVariance = signal.rowSamplingVariance / double(rows);
  return signal;
}

static Signal makeHeldSignal(const InitialMoments &initial, Type type) {
  Signal signal;
  double square = initial.mean * initial.mean;
  signal.mean = initial.mean;
  signal.moments = {initial.variance + square, initial.variance + square,
                    square, square};
  signal.units = getUnits(type, /*hasBatch=*/false);
  signal.isHeld = true;
  signal.initial = initial;
  return signal;
}

/// The moments of a constant's elements.
static std::optional<InitialMoments> getConstantMoments(Operation *op) {
  DenseFPElementsAttr elements;
  FloatAttr number;
  if (matchPattern(op, m_Constant(&number)))
    return InitialMoments{number.getValueAsDouble(), 0.0};
  if (!matchPattern(op, m_Constant(&elements)))
    return std::nullopt;
  double sum = 0.0, squares = 0.0, count = double(elements.getNumElements());
  for (const APFloat &element : elements) {
    APFloat wide = element;
    bool lossy;
    wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
    double x = wide.convertToDouble();
    sum += x;
    squares += x * x;
    if (elements.isSplat()) {
      sum *= count;
      squares *= count;
      break;
    }
  }
  double mean = sum / count;
  return InitialMoments{mean, std::max(0.0, squares / count - mean * mean)};
}

/// How many units the parameter connects, by the user that knows.
static std::optional<Fans> getFans(Value parameter) {
  for (OpOperand &use : parameter.getUses())
    if (auto user = dyn_cast<ParameterUserOpInterface>(use.getOwner()))
      if (auto fans = user.getFans(use.getOperandNumber()))
        return fans;
  return std::nullopt;
}

GradientForecast::GradientForecast(ModelOp model, int64_t batchSize)
    : model(model), batchSize(batchSize) {
  for (auto [index, op] : llvm::enumerate(model.getBody().front()))
    order[&op] = unsigned(index) + 1;
  propagateForward();
  propagateBackward();
  summarize();
}

Signal GradientForecast::makeHeld(Operation *op) {
  InitializerAttrInterface initializer;
  if (auto param = dyn_cast<ParamOp>(op))
    initializer = param.getInit();
  else if (auto state = dyn_cast<StateOp>(op))
    initializer = state.getInit();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto moments = initializer.getInitialMoments(type, getFans(op->getResult(0)));
  if (!moments)
    unknownParams.push_back(op);
  return makeHeldSignal(moments.value_or(InitialMoments{0.0, 1.0}), type);
}

/// An op that says nothing: what it is given, at unit size where that is none
/// of its kind.
static SignalTransfer makeIdentity(Operation *op, ArrayRef<Signal> operands,
                                   int64_t rows) {
  SignalTransfer transfer;
  transfer.responses.resize(operands.size());
  transfer.result = makeInput(op->getResult(0).getType(), rows);
  for (auto [signal, response] : llvm::zip(operands, transfer.responses)) {
    if (signal.isHeld)
      continue;
    transfer.result = signal;
    transfer.result.law = Law::normal;
    transfer.result.units = getUnits(op->getResult(0).getType(), true);
    response = {1.0, [](const Cotangent &dy) { return dy; }};
    break;
  }
  return transfer;
}

SignalTransfer GradientForecast::transfer(Operation *op) {
  SmallVector<Signal> operands;
  for (Value operand : op->getOperands())
    operands.push_back(getSignal(operand));
  auto covariance = [&](unsigned a, unsigned b) {
    return getCovariance(op->getOperand(a), op->getOperand(b));
  };
  SignalQuery query{operands, batchSize, covariance};
  if (auto propagates = dyn_cast<SignalPropagationOpInterface>(op)) {
    SignalTransfer transfer;
    if (succeeded(propagates.transferSignal(query, transfer)))
      return transfer;
  }
  unknown.push_back(op);
  return makeIdentity(op, operands, batchSize);
}

void GradientForecast::propagateForward() {
  for (BlockArgument input : model.getArguments())
    signals[input] = makeInput(input.getType(), batchSize);
  for (Operation &op : model.getBody().front().without_terminator()) {
    if (op.getNumResults() == 0)
      continue;
    if (isa<ParamOp, StateOp>(op)) {
      signals[op.getResult(0)] = makeHeld(&op);
      continue;
    }
    if (auto moments = getConstantMoments(&op)) {
      signals[op.getResult(0)] =
          makeHeldSignal(*moments, op.getResult(0).getType());
      continue;
    }
    SignalTransfer result = transfer(&op);
    result.responses.resize(op.getNumOperands());
    for (Value value : op.getResults())
      signals[value] = result.result;
    transfers[&op] = std::move(result);
  }
}

/// Adds what one user contributes.
static void add(Cotangent &sum, const Cotangent &part) {
  double total = sum.getSquare() + part.getSquare();
  double share = total > 0.0 ? part.getSquare() / total : 0.5;
  auto mix = [&](double a, double b) { return a + share * (b - a); };
  sum.moments = sum.moments + part.moments;
  if (sum.moments.self > 0.0)
    sum.excess = total / sum.moments.self;
  sum.weighted = sum.weighted + part.weighted;
  // They go through the same weights for the most part: not independent.
  double deviation =
      mix(std::sqrt(sum.logVariance), std::sqrt(part.logVariance));
  sum.logVariance = deviation * deviation;
  sum.logShift = mix(sum.logShift, part.logShift);
  sum.overlapVariance = mix(sum.overlapVariance, part.overlapVariance);
  sum.sensitivity = mix(sum.sensitivity, part.sensitivity);
  sum.rowSensitivity = mix(sum.rowSensitivity, part.rowSensitivity);
  sum.alignment = mix(sum.alignment, part.alignment);
  sum.correction = mix(sum.correction, part.correction);
  sum.isScaled = mix(sum.isScaled, part.isScaled);
  sum.unitVariance = mix(sum.unitVariance, part.unitVariance);
}

/// The gradient with respect to a value: of all its users, and of the model's
/// results.
Cotangent GradientForecast::gather(Value value) {
  Cotangent sum;
  SmallVector<Contribution> contributions;
  SmallVector<std::pair<Value, double>> direct;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    Cotangent part;
    if (isa<ReturnOp>(user)) {
      Signal signal = getSignal(value);
      part.moments.self = 1.0;
      part.weighted.self = signal.moments.self;
      part.overlapVariance = 1.0 / double(signal.units);
      // It is noise of so many numbers.
      part.logVariance = 2.0 / double(signal.units * batchSize);
      add(sum, part);
      contributions.push_back({&use, 1.0, 0.0});
      continue;
    }
    const SignalResponse *response = findResponse(use);
    if (!response)
      continue;
    part = response->pull(cotangents.lookup(user->getResult(0)));
    add(sum, part);
    contributions.push_back({&use, part.getSquare(), part.alignedSampling});
    // Two ways that begin without a random weight may meet again.
    for (auto [other, slope] : direct)
      if (slope * response->slope != 0.0)
        sum.moments =
            sum.moments + 2.0 * slope * response->slope *
                              getCotangentCovariance(user->getResult(0), other);
    direct.push_back({user->getResult(0), response->slope});
  }
  align(value, contributions, sum);
  return sum;
}

void GradientForecast::propagateBackward() {
  Block &body = model.getBody().front();
  for (Operation &op : llvm::reverse(body.without_terminator()))
    for (Value result : op.getResults())
      cotangents[result] = gather(result);
  for (BlockArgument input : model.getArguments())
    cotangents[input] = gather(input);
}

double GradientForecast::getForwardRms(Value value) const {
  Signal signal = getSignal(value);
  return std::sqrt(std::max(signal.moments.self, 0.0)) *
         std::exp(0.5 * signal.getLogShift());
}

double GradientForecast::getGradientRms(Value value) const {
  Cotangent cotangent = getCotangent(value);
  Signal signal = getSignal(value);
  // What the batch has in common, and what sets a row apart.
  double rows = signal.rowKernelVariance - signal.kernelVariance;
  double a = cotangent.sensitivity, b = cotangent.rowSensitivity;
  double shift = cotangent.logShift + a * (signal.rowShift + 0.5 * rows) +
                 0.5 * b * (b - 1.0) * rows;
  return std::sqrt(std::max(cotangent.getSquare(), 0.0)) *
         std::exp(0.5 * shift);
}

void GradientForecast::summarize() {
  for (Operation &op : model.getBody().front().without_terminator()) {
    if (!transfers.contains(&op))
      continue;
    Value value = op.getResult(0);
    Signal signal = getSignal(value);
    Cotangent cotangent = getCotangent(value);
    double variance = cotangent.logVariance + cotangent.sensitivity *
                                                  cotangent.sensitivity *
                                                  signal.kernelVariance;
    layers.push_back({&op, value, getForwardRms(value), getGradientRms(value),
                      0.5 * std::sqrt(signal.getLogVariance()),
                      0.5 * std::sqrt(variance), signal.saturated, signal.dead,
                      signal.correction <= kLargestCorrection});
  }
  bool isReliable = true;
  for (LayerForecast &layer : llvm::reverse(layers)) {
    isReliable &= layer.isReliable;
    layer.isReliable = isReliable && getCotangent(layer.value).correction <=
                                         kLargestCorrection;
  }
}

const LayerForecast *GradientForecast::find(Value value) const {
  const auto *found = llvm::find_if(
      layers, [&](const LayerForecast &l) { return l.value == value; });
  return found == layers.end() ? nullptr : found;
}
