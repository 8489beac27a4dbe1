//===- FoldDense.cpp - A scale and shift, taken up by dense layers --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FoldDense.h"

using namespace mlir;
using namespace keel;

bool keel::hasParameters(FoldFunction &fold, Operation *op) {
  return llvm::all_of(op->getOperands().drop_front(),
                      [&](Value value) { return fold.has(value); });
}

ScaleShift keel::buildNorm(FoldFunction &fold, Location loc, Value mean,
                           Value variance, Value gamma, Value beta,
                           APFloat epsilon) {
  SmallVector<Value> affine, scaleFrom = {variance},
                             shiftFrom = {mean, variance};
  if (gamma) {
    affine = {fold.get(gamma), fold.get(beta)};
    scaleFrom = {gamma, variance};
    shiftFrom = {gamma, beta, mean, variance};
  }
  OpBuilder builder = fold.getBuilder();
  Type wide = getWideType(mean.getType());
  auto op = FoldNormOp::create(
      builder, loc, wide, wide, fold.get(mean), fold.get(variance), affine,
      builder.getF64FloatAttr(epsilon.convertToDouble()));
  return {op.getScale(), op.getShift(), scaleFrom, shiftFrom};
}

/// Gives `dense` the parameters that an OpTy makes of its own and `affine` in
/// @fold.
template <typename OpTy, typename... Settings>
static void takeUp(FoldFunction &fold, DenseOp dense, const ScaleShift &affine,
                   Settings... settings) {
  Value weight = dense.getWeight(), bias = dense.getBias();
  Value foldWeight = fold.get(weight), foldBias = bias ? fold.get(bias) : bias;
  OpBuilder builder = fold.getBuilder();
  auto op =
      OpTy::create(builder, dense.getLoc(), getWideType(weight.getType()),
                   getWideType(getPerFeatureType(weight.getType())), foldWeight,
                   affine.scale, affine.shift, foldBias, settings...);
  SmallVector<Value> weightFrom = {weight}, biasFrom;
  weightFrom.append(affine.scaleFrom);
  if (bias)
    biasFrom.push_back(bias);
  if (std::is_same_v<OpTy, FoldRowsOp>) // b' = b + t W
    biasFrom.push_back(weight);
  biasFrom.append(affine.shiftFrom);
  Type type = dense.getType().getElementType();
  std::string weightName = getArgumentName(cast<BlockArgument>(weight)).str();
  std::string biasName = bias ? fold.getNameAfter(bias)
                              : fold.getFreshName(weightName + ".folded_bias");
  dense.getBiasMutable().assign(
      fold.add(op.getNewBias(), type, biasName, biasFrom));
  dense.getWeightMutable().assign(
      fold.add(op.getNewWeight(), type, fold.getNameAfter(weight), weightFrom));
}

// (x W + b) s + t = x (W diag(s)) + (b s + t).
void keel::foldBackward(FoldFunction &fold, DenseOp dense,
                        const ScaleShift &affine) {
  takeUp<FoldColumnsOp>(fold, dense, affine);
}

namespace {
/// A dense layer that reads a value as features `first` and on of its input.
struct DenseUse {
  DenseOp dense;
  int64_t first;
};
} // namespace

static int64_t countFeatures(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

/// The dense layers that read `value`, whose features start at `first` of
/// theirs, also through concatenations.
static Refusal collectDenseUses(FoldFunction &fold, Value value, int64_t first,
                                SmallVectorImpl<DenseUse> &uses) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (auto concat = dyn_cast<ConcatOp>(user)) {
      int64_t begin = first;
      for (Value other : concat.getInputs().take_front(use.getOperandNumber()))
        begin += countFeatures(other);
      if (Refusal refusal =
              collectDenseUses(fold, concat.getResult(), begin, uses))
        return refusal;
      continue;
    }
    auto dense = dyn_cast<DenseOp>(user);
    if (!dense)
      return "'" + user->getName().getStringRef().str() +
             "' reads its result, and only dense layers take up a scale and "
             "shift";
    if (use.getOperandNumber() != 0)
      return "a dense layer reads its result as a parameter";
    if (!hasParameters(fold, dense))
      return "a parameter of a dense layer behind it is computed";
    uses.push_back({dense, first});
  }
  return std::nullopt;
}

Refusal keel::foldForward(FoldFunction &fold, Operation *norm,
                          llvm::function_ref<ScaleShift()> build) {
  if (!hasParameters(fold, norm))
    return "its parameters are computed";
  SmallVector<DenseUse> uses;
  if (Refusal refusal = collectDenseUses(fold, norm->getResult(0), 0, uses))
    return refusal;
  ScaleShift affine = build();
  // (x diag(s) + t) W + b = x (diag(s) W) + (b + t W).
  for (const DenseUse &use : uses)
    takeUp<FoldRowsOp>(fold, use.dense, affine, uint64_t(use.first));
  return std::nullopt;
}
