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
  double total = sum.moments.self + part.moments.self;
  double share = total > 0.0 ? part.moments.self / total : 0.5;
  auto mix = [&](double a, double b) { return a + share * (b - a); };
  sum.moments = sum.moments + part.moments;
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
  sum.radial = mix(sum.radial, part.radial);
  sum.radialVariance = mix(sum.radialVariance, part.radialVariance);
  sum.homogeneity = mix(sum.homogeneity, part.homogeneity);
}

/// The share of the gradient that lies along the value, beyond one of n
/// directions.
static double getRadialShare(const Cotangent &cotangent, int64_t units) {
  return std::clamp((cotangent.radial - 1.0) / double(units), 0.0, 1.0);
}

// y = x + b(x), b with the Jacobian J: the gradient along y comes back along x
// by (x + J x, y) / |y|^2, and J x is a part of b, all of it where b is
// homogeneous. Where the means of x and b add up that is more than the gradient
// grows by otherwise, so that what begins as one direction of n, or as `radial`
// of them, takes over in deep networks.
void GradientForecast::followShortcut(Value value, Value sum,
                                      double homogeneity,
                                      Cotangent &cotangent) {
  Cotangent dy = getCotangent(sum);
  Operation *op = sum.getDefiningOp();
  double xx = getSignal(value).moments.self, yy = getSignal(sum).moments.self;
  double bb = 0.0;
  for (Value operand : op->getOperands())
    if (operand != value)
      bb = getSignal(operand).moments.self;
  double growth = cotangent.moments.self / std::max(dy.moments.self, 1e-300);
  if (!(xx > 0.0) || !(yy > 0.0) || !(growth > 0.0))
    return;
  double xb = 0.5 * (yy - xx - bb), h = homogeneity;
  double along = (xx + xb + h * (xb + bb)) * (xx + xb + h * (xb + bb)) / yy;
  double rest = std::max(0.0, xx + 2.0 * h * xb + h * h * bb - along);
  double share = getRadialShare(dy, getSignal(sum).units);
  // Beside what comes back along x, the branch's weights give it the same
  // random part as any other.
  double gain = along / xx;
  double factor = gain > growth ? 1.0 + share * (gain - 1.0) / growth : 1.0;
  cotangent.radialVariance = dy.radialVariance;
  cotangent.radial = (dy.radial * along + rest) / (xx * growth * factor);
  // All that came from there varies with it.
  double whole = gain > growth ? (gain - 1.0) / (gain - growth) : 1.0;
  double old = std::min(1.0, whole * share);
  double fresh =
      std::min(1.0, whole * getRadialShare(cotangent, getSignal(value).units));
  cotangent.logVariance += (fresh * fresh - old * old) * dy.radialVariance;
  cotangent.logShift +=
      std::log(factor) - 0.5 * (fresh - old) * dy.radialVariance;
  // J x is no more than like b.
  cotangent.correction += std::abs(1.0 - h) * std::log(factor);
}

/// The gradient with respect to a value: of all its users, and of the model's
/// results.
Cotangent GradientForecast::gather(Value value) {
  Cotangent sum;
  SmallVector<std::pair<Value, double>> direct;
  Value shortcut;
  double homogeneity = 0.0;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    Cotangent part;
    if (isa<ReturnOp>(user)) {
      Signal signal = getSignal(value);
      part.moments.self = 1.0;
      part.weighted.self = signal.moments.self;
      part.overlapVariance = 1.0 / double(signal.units);
      add(sum, part);
      continue;
    }
    auto transfer = transfers.find(user);
    if (transfer == transfers.end())
      continue;
    const SignalResponse &response =
        transfer->second.responses[use.getOperandNumber()];
    if (!response.pull)
      continue;
    part = response.pull(cotangents.lookup(user->getResult(0)));
    add(sum, part);
    if (isa<AddOp>(user))
      shortcut = user->getResult(0);
    else
      homogeneity = part.homogeneity;
    // Two ways that begin without a random weight may meet again.
    for (auto [other, slope] : direct)
      if (slope * response.slope != 0.0)
        sum.moments =
            sum.moments + 2.0 * slope * response.slope *
                              getCotangentCovariance(user->getResult(0), other);
    direct.push_back({user->getResult(0), response.slope});
  }
  if (shortcut && !value.hasOneUse())
    followShortcut(value, shortcut, homogeneity, sum);
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
  return std::sqrt(std::max(cotangent.moments.self, 0.0)) *
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
