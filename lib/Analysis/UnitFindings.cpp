//===- UnitFindings.cpp - Units that saturate or die, clips that cut ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Findings.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// More than this share of elements, or of units, is a trouble.
static constexpr double kSaturatedShare = 0.5, kDeadShare = 0.7;
/// A gradient's norm this many times its bound is cut at every step.
static constexpr double kAlwaysClipped = 100.0;

/// Whether the op's result is added to a value that it is computed from:
/// gradients pass beside it.
static bool isBypassed(Operation *op) {
  llvm::SmallPtrSet<Value, 16> sources;
  SmallVector<Value> stack(op->getOperands());
  // A few ops back: a shortcut goes around a layer or two.
  while (!stack.empty() && sources.size() < 16) {
    Value value = stack.pop_back_val();
    if (Operation *source = value.getDefiningOp();
        sources.insert(value).second && source)
      stack.insert(stack.begin(), source->operand_begin(),
                   source->operand_end());
  }
  return llvm::any_of(op->getResult(0).getUsers(), [&](Operation *user) {
    return isa<AddOp>(user) &&
           llvm::any_of(user->getOperands(), [&](Value operand) {
             return sources.contains(operand);
           });
  });
}

void keel::findUnits(const GradientForecast &forecast, Findings &findings) {
  const LayerForecast *saturated = nullptr, *dead = nullptr;
  unsigned numSaturated = 0, numDead = 0;
  for (const LayerForecast &layer : forecast.getLayers()) {
    if (layer.saturated && *layer.saturated > kSaturatedShare &&
        !isBypassed(layer.op)) {
      saturated = saturated ? saturated : &layer;
      ++numSaturated;
    }
    if (layer.dead && *layer.dead > kDeadShare) {
      dead = dead ? dead : &layer;
      ++numDead;
    }
  }
  auto percent = [](double share) { return int(std::lround(100.0 * share)); };
  auto inputSize = [&](const LayerForecast *layer) {
    return formatShort(forecast.getForwardRms(layer->op->getOperand(0)));
  };
  if (saturated)
    findings.push_back(
        {saturated->op, finding::kSaturated,
         llvm::formatv("{0}% of this {1}'s elements are saturated, as in {2} "
                       "layer{3}: its inputs have size {4}",
                       percent(*saturated->saturated),
                       getShortName(saturated->op), numSaturated,
                       numSaturated == 1 ? "" : "s", inputSize(saturated)),
         "use init(#keel.xavier_normal) for the weights before it, or put "
         "keel.layer_norm before it"});
  if (dead)
    findings.push_back(
        {dead->op, finding::kDead,
         llvm::formatv("{0}% of this {1}'s units are 0 for a whole batch and "
                       "get no gradient, as in {2} layer{3}",
                       percent(*dead->dead), getShortName(dead->op), numDead,
                       numDead == 1 ? "" : "s"),
         "use keel.leaky_relu, or biases that start at 0"});
}

/// The gradient of an element of a result, of a loss that is a mean over the
/// batch, as its form has it at initialization.
static double getLossGradientRms(LossAttrInterface loss, double outputs,
                                 double rows, double outputRms) {
  if (isa<SoftmaxCrossEntropyAttr>(loss)) // p - onehot, p = 1 / outputs
    return std::sqrt((1.0 - 1.0 / outputs) / outputs) / rows;
  double each = 1.0 / (rows * outputs);
  if (isa<MeanSquaredErrorAttr>(loss)) // 2 (y - t), targets of size 1
    return 2.0 * each * std::sqrt(outputRms * outputRms + 1.0);
  if (isa<SigmoidCrossEntropyAttr>(loss))
    return 0.5 * each;
  return each;
}

/// The sum of squares of the gradients of all weights, for a cotangent of this
/// size: rows n, each sum_s x(s, i) dy(s, j).
static double getWeightGradientSquares(const GradientForecast &forecast,
                                       double cotangent) {
  double rows = double(forecast.getBatchSize()), sum = 0.0;
  for (DenseOp op : getDenseLayers(forecast.getModel())) {
    ParamOp weight = getParam(op.getWeight());
    if (!weight || !weight.getTrainable())
      continue;
    PairMoments x = forecast.getSignal(op.getInput()).moments;
    PairMoments dy = forecast.getCotangent(op.getResult()).moments;
    double each =
        rows * x.self * dy.self + rows * (rows - 1.0) * x.samples * dy.samples;
    sum += double(op.getWeight().getType().getNumElements()) *
           std::max(0.0, each) * cotangent * cotangent;
  }
  return sum;
}

void keel::findClipping(const GradientForecast &forecast, Findings &findings) {
  ModelOp model = forecast.getModel();
  ClipAttrInterface clip = model.getClipAttr();
  Operation *exit = model.getBody().front().getTerminator();
  if (!clip || exit->getNumOperands() != 1 || !model.getResultLoss(0))
    return;
  Value output = exit->getOperand(0);
  double size = getLossGradientRms(
      model.getResultLoss(0), double(forecast.getSignal(output).units),
      double(forecast.getBatchSize()), forecast.getForwardRms(output));
  double norm = std::sqrt(getWeightGradientSquares(forecast, size));
  double limit = 0.0;
  if (auto global = dyn_cast<ClipByGlobalNormAttr>(clip))
    limit = global.getLimit().value;
  else if (auto each = dyn_cast<ClipByNormAttr>(clip))
    limit = each.getLimit().value;
  if (!(limit > 0.0) || norm < kAlwaysClipped * limit)
    return;
  findings.push_back(
      {model, finding::kClipAlways,
       llvm::formatv("the gradients' norm starts at {0}, {1} times what the "
                     "clip allows: every step is cut",
                     formatShort(norm), formatShort(norm / limit)),
       "mend what makes gradients large first, or raise the clip's bound"});
}
