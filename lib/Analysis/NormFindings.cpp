//===- NormFindings.cpp - Weights whose size a norm hides -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Findings.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;

/// A norm makes a layer's result independent of its weights' size, and their
/// gradient inverse to it: a step changes them by a share that goes with the
/// inverse square. Where weights multiply sizes by no less and no more than
/// this, learning rates that suit other layers suit them. Batch norm finds back
/// from small weights by itself.
static constexpr double kSmallGain = 0.15, kLargeGain = 5.0;

Operation *keel::getNorm(DenseOp op) {
  if (!op.getResult().hasOneUse())
    return nullptr;
  OpOperand &use = *op.getResult().use_begin();
  bool isNorm = isa<BatchNormOp, LayerNormOp, RmsNormOp>(use.getOwner()) &&
                use.getOperandNumber() == 0;
  return isNorm ? use.getOwner() : nullptr;
}

void keel::findNorms(const GradientForecast &forecast, Findings &findings) {
  for (DenseOp op : getDenseLayers(forecast.getModel())) {
    Operation *norm = getNorm(op);
    ParamOp weight = getParam(op.getWeight());
    if (!norm || !weight || !weight.getTrainable())
      continue;
    auto batchNorm = dyn_cast<BatchNormOp>(norm);
    if (batchNorm && batchNorm.getFrozen())
      continue;
    double gain = forecast.getForwardRms(op.getResult()) /
                  forecast.getForwardRms(op.getInput());
    bool isSmall = gain > 0.0 && gain < kSmallGain && !batchNorm;
    if (!isSmall && !(gain > kLargeGain))
      continue;
    findings.push_back(
        {weight, isSmall ? finding::kExploding : finding::kVanishing,
         llvm::formatv("{0}this layer makes values {1} times as large, which "
                       "keel.{2} takes back: a step changes the weights by {3} "
                       "times the share that it would change weights of gain 1",
                       getPrefix(op), formatShort(gain), getShortName(norm),
                       formatShort(1.0 / (gain * gain))),
         "use init(#keel.he_normal)"});
    return;
  }
}
