//===- StructuralFindings.cpp - What the graph alone tells ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Findings.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;

SmallVector<DenseOp> keel::getDenseLayers(ModelOp model) {
  return llvm::to_vector(model.getBody().getOps<DenseOp>());
}

ParamOp keel::getParam(Value value) { return value.getDefiningOp<ParamOp>(); }

std::string keel::getPrefix(DenseOp op) {
  ParamOp weight = getParam(op.getWeight());
  return weight ? weight.getName().str() + ": " : "";
}

StringRef keel::getShortName(Operation *op) {
  return op->getName().getStringRef().split('.').second;
}

/// All ops behind a value.
static SetVector<Operation *> getFollowers(Value value) {
  SetVector<Operation *> followers;
  SmallVector<Value> stack = {value};
  while (!stack.empty())
    for (Operation *user : stack.pop_back_val().getUsers())
      if (followers.insert(user))
        stack.append(user->result_begin(), user->result_end());
  return followers;
}

bool keel::isLastLayer(DenseOp op) {
  return llvm::none_of(getFollowers(op.getResult()),
                       [](Operation *user) { return isa<DenseOp>(user); });
}

/// The layers that read what the layer's result leads to, before any other.
static SmallVector<DenseOp> getNextLayers(DenseOp layer) {
  SmallVector<DenseOp> next;
  SetVector<Operation *> seen;
  SmallVector<Value> stack = {layer.getResult()};
  while (!stack.empty())
    for (Operation *user : stack.pop_back_val().getUsers()) {
      if (!seen.insert(user))
        continue;
      if (auto dense = dyn_cast<DenseOp>(user))
        next.push_back(dense);
      else
        stack.append(user->result_begin(), user->result_end());
    }
  return next;
}

/// Units that start alike stay alike while their gradients are: where the
/// weights behind them are alike too, or no gradient comes.
static void findSymmetric(const GradientForecast &forecast,
                          Findings &findings) {
  auto isConstant = [&](DenseOp op) {
    return forecast.getSignal(op.getWeight()).getVariance() <= 0.0;
  };
  for (DenseOp op : getDenseLayers(forecast.getModel())) {
    Signal weight = forecast.getSignal(op.getWeight());
    int64_t units = op.getWeight().getType().getDimSize(1);
    ParamOp param = getParam(op.getWeight());
    if (!param || units < 2 || !isConstant(op) || isLastLayer(op))
      continue;
    if (!llvm::all_of(getNextLayers(op), isConstant) &&
        forecast.getGradientRms(op.getResult()) > 0.0)
      continue;
    findings.push_back(
        {param, finding::kSymmetric,
         llvm::formatv("{0}all {1} units start with the same weights, {2}: "
                       "they compute one and the same number",
                       getPrefix(op), units, formatShort(weight.mean)),
         "use a random initializer, such as init(#keel.he_normal) before relu "
         "or init(#keel.xavier_normal) before tanh"});
  }
}

/// Whether the op is linear in the values it is given.
static bool isLinear(Operation *op) {
  return isa<DenseOp, FlattenOp, DropoutOp>(op);
}

static void findLinearStacks(const GradientForecast &forecast,
                             Findings &findings) {
  for (DenseOp op : getDenseLayers(forecast.getModel())) {
    Operation *before = op.getInput().getDefiningOp();
    while (before && isa<FlattenOp, DropoutOp>(before))
      before = before->getOperand(0).getDefiningOp();
    auto first = dyn_cast_or_null<DenseOp>(before);
    if (!first || !llvm::all_of(first.getResult().getUsers(), isLinear))
      continue;
    findings.push_back(
        {op, finding::kLinearStack,
         llvm::formatv("{0}nothing but linear ops stand between this layer and "
                       "{1}the two are one linear layer",
                       getPrefix(op), getPrefix(first)),
         "put an activation between them, such as keel.relu, or leave one "
         "out"});
  }
}

/// A softmax that a loss on logits gets.
static void findDoubleSoftmax(const GradientForecast &forecast,
                              Findings &findings) {
  ModelOp model = forecast.getModel();
  Operation *exit = model.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(exit->getOperands())) {
    LossAttrInterface loss = model.getResultLoss(unsigned(index));
    Operation *op = value.getDefiningOp();
    bool isClassLoss = isa_and_present<SoftmaxCrossEntropyAttr>(loss);
    bool isSignLoss = isa_and_present<SigmoidCrossEntropyAttr>(loss);
    if (!op || !((isClassLoss && isa<SoftmaxOp>(op)) ||
                 (isSignLoss && isa<SigmoidOp, HardSigmoidOp>(op))))
      continue;
    findings.push_back(
        {op, finding::kDoubleSoftmax,
         llvm::formatv("the loss applies {0} itself: with keel.{1} before it, "
                       "it is applied twice and gradients shrink",
                       isClassLoss ? "softmax" : "the sigmoid",
                       getShortName(op)),
         "return the logits, without keel." + getShortName(op).str()});
  }
}

void keel::findStructural(const GradientForecast &forecast,
                          Findings &findings) {
  findSymmetric(forecast, findings);
  findLinearStacks(forecast, findings);
  findDoubleSoftmax(forecast, findings);
}
