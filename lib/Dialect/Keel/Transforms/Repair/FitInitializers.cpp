//===- FitInitializers.cpp - Start weights as what follows needs ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairUtils.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include <cmath>

namespace keel {
#define GEN_PASS_DEF_KEELFITINITIALIZERS
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// A variance, or a scale, this many times off is another one. Behind the last
/// layer no error piles up.
constexpr double kNear = 1.3, kNearLast = 4.0;
/// A second moment up to this is no bias to speak of.
constexpr double kSmallBias = 0.02;

bool isNear(double value, double wanted, double factor = kNear) {
  return value <= factor * wanted && wanted <= factor * value;
}

/// The activation that the layer's result comes to first, null where another
/// layer or the model's end is nearer.
Operation *getNextActivation(DenseOp dense) {
  SmallVector<Value> level = {dense.getResult()};
  while (!level.empty()) {
    SmallVector<Value> next;
    for (Value value : level)
      for (Operation *user : value.getUsers()) {
        if (isActivation(user))
          return user;
        if (!isa<DenseOp>(user))
          next.append(user->result_begin(), user->result_end());
      }
    level = std::move(next);
  }
  return nullptr;
}

struct FitInitializers : keel::impl::KeelFitInitializersBase<FitInitializers> {
  using KeelFitInitializersBase::KeelFitInitializersBase;

  void runOnOperation() override;

private:
  void fitWeight(DenseOp dense);
  void fitOffset(Value value);
  void fitScale(Value value);
};

} // namespace

static ParamOp getTrained(Value value) {
  auto param = value ? value.getDefiningOp<ParamOp>() : ParamOp();
  return param && param.getTrainable() ? param : ParamOp();
}

static std::optional<InitialMoments> getMoments(ParamOp param, Attribute init,
                                                std::optional<Fans> fans) {
  return cast<InitializerAttrInterface>(init).getInitialMoments(
      cast<RankedTensorType>(param.getType()), fans);
}

void FitInitializers::fitWeight(DenseOp dense) {
  ParamOp param = getTrained(dense.getWeight());
  if (!param || !llvm::all_of(param->getUsers(), llvm::IsaPred<DenseOp>))
    return;
  Operation *activation = getNextActivation(dense);
  StringRef name = activation ? activation->getName().stripDialect() : "";
  InitializerAttrInterface fitting = getFittingInitializer(&getContext(), name);
  auto type = cast<RankedTensorType>(param.getType());
  Fans fans{type.getDimSize(0), type.getDimSize(1)};
  auto wanted = getMoments(param, fitting, fans);
  if (orthogonal && fans.in == fans.out) {
    double gain = std::sqrt(double(fans.in) * wanted->variance);
    param.setInitAttr(
        OrthogonalAttr::get(&getContext(), Real{std::round(1e4 * gain) / 1e4}));
    return;
  }
  auto moments = getMoments(param, param.getInit(), fans);
  if (moments &&
      isNear(moments->variance, wanted->variance,
             activation ? kNear : kNearLast) &&
      moments->mean * moments->mean < 0.01 * moments->variance)
    return;
  param.setInitAttr(fitting);
}

void FitInitializers::fitOffset(Value value) {
  ParamOp param = getTrained(value);
  if (!param)
    return;
  auto moments = getMoments(param, param.getInit(), std::nullopt);
  if (!moments ||
      moments->mean * moments->mean + moments->variance > kSmallBias)
    param.setInitAttr(ZerosAttr::get(&getContext()));
}

void FitInitializers::fitScale(Value value) {
  ParamOp param = getTrained(value);
  if (!param)
    return;
  auto moments = getMoments(param, param.getInit(), std::nullopt);
  if (!moments || !isNear(moments->mean, 1.0) || moments->variance > kSmallBias)
    param.setInitAttr(OnesAttr::get(&getContext()));
}

void FitInitializers::runOnOperation() {
  SmallPtrSet<Operation *, 8> fitted;
  for (Operation &op : getOperation().getBody().front()) {
    if (auto dense = dyn_cast<DenseOp>(op)) {
      // A weight that layers share goes by the first.
      if (fitted.insert(dense.getWeight().getDefiningOp()).second)
        fitWeight(dense);
      fitOffset(dense.getBias());
    } else if (isa<BatchNormOp, LayerNormOp, RmsNormOp>(op)) {
      fitScale(op.getOperand(1));
      if (!isa<RmsNormOp>(op))
        fitOffset(op.getOperand(2));
    }
  }
}
