//===- RepairUtils.cpp - What the repair passes share ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace keel;

Value HiddenLayer::getResult() const {
  Operation *last = activation ? activation : norm ? norm : dense;
  return last->getResult(0);
}

bool keel::isActivation(Operation *op) {
  return isa<ReluOp, LeakyReluOp, PreluOp, EluOp, SeluOp, GeluOp, SiluOp,
             SoftplusOp, SoftsignOp, SigmoidOp, HardSigmoidOp, HardSwishOp,
             TanhOp>(op);
}

static bool isNorm(Operation *op) {
  return isa<BatchNormOp, LayerNormOp, RmsNormOp>(op);
}

/// The op that alone reads `value` as its first operand, else null.
static Operation *getReader(Value value) {
  if (!value.hasOneUse())
    return nullptr;
  OpOperand &use = *value.use_begin();
  return use.getOperandNumber() == 0 ? use.getOwner() : nullptr;
}

SmallVector<HiddenLayer> keel::getLayers(ModelOp model) {
  SmallVector<HiddenLayer> layers;
  for (DenseOp dense : model.getBody().getOps<DenseOp>()) {
    HiddenLayer &layer = layers.emplace_back(HiddenLayer{dense});
    Operation *reader = getReader(dense.getResult());
    if (reader && isNorm(reader)) {
      layer.norm = reader;
      reader = getReader(reader->getResult(0));
    }
    if (reader && isActivation(reader))
      layer.activation = reader;
  }
  return layers;
}

bool keel::isBeforeALayer(Value value) {
  llvm::SetVector<Operation *> seen;
  SmallVector<Value> stack = {value};
  while (!stack.empty())
    for (Operation *user : stack.pop_back_val().getUsers()) {
      if (isa<DenseOp>(user))
        return true;
      if (seen.insert(user))
        stack.append(user->result_begin(), user->result_end());
    }
  return false;
}

std::string keel::getLayerName(DenseOp op) {
  auto weight = op.getWeight().getDefiningOp<ParamOp>();
  if (!weight)
    return "";
  StringRef name = weight.getName();
  return (name.contains('.') ? name.rsplit('.').first : name).str();
}

std::string keel::getFreeName(ModelOp model, StringRef name) {
  llvm::StringSet<> taken;
  for (Operation &op : model.getBody().front()) {
    if (auto param = dyn_cast<ParamOp>(op))
      taken.insert(param.getName());
    if (auto state = dyn_cast<StateOp>(op))
      taken.insert(state.getName());
  }
  std::string free = name.str();
  for (int i = 2; taken.contains(free); ++i)
    free = (name + Twine(i)).str();
  return free;
}

Location keel::getNamedLoc(Operation *op, StringRef suffix) {
  auto name = dyn_cast<NameLoc>(op->getLoc());
  if (!name)
    return op->getLoc();
  return NameLoc::get(
      StringAttr::get(op->getContext(), name.getName().getValue() + suffix),
      name.getChildLoc());
}
