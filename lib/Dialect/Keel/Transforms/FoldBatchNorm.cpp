//===- FoldBatchNorm.cpp - Fold inference batch norm into dense layers ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFunction.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_KEELFOLDBATCHNORM
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Why `norm` cannot be folded into the dense before it, or nothing.
std::optional<std::string> getRefusal(BatchNormInferOp norm) {
  auto dense = norm.getInput().getDefiningOp<DenseOp>();
  if (!dense)
    return "its input is no keel.dense: folding backwards through another op "
           "would change the result";
  if (!dense.getResult().hasOneUse())
    return "the dense layer before it has other users";
  auto isOwnArgument = [](Value value) {
    return isa<BlockArgument>(value) && value.hasOneUse();
  };
  if (!isOwnArgument(dense.getWeight()))
    return "the weight of the dense layer before it is shared or computed";
  if (dense.getBias() && !isOwnArgument(dense.getBias()))
    return "the bias of the dense layer before it is shared or computed";
  for (Value value : norm->getOperands().drop_front())
    if (!isa<BlockArgument>(value))
      return "its parameters are computed";
  return std::nullopt;
}

/// Moves the parameters of @infer behind a @fold.
class Folder {
public:
  explicit Folder(func::FuncOp infer) : infer(infer) {}

  bool fold();

private:
  void createFold();
  void foldOne(BatchNormInferOp norm);
  Value replaceArgument(Value argument, Value folded,
                        ArrayRef<Value> originals);
  void finish();
  StringAttr getName(Value argument);

  func::FuncOp infer, prepare;
  /// From an argument of @infer to its twin in @fold.
  IRMapping mapping;
  SmallVector<Value> foldedValues;
  SmallVector<StepValue> foldedResults;
  /// Arguments of @infer that @fold computes.
  DenseSet<Value> folded;
};

StringAttr Folder::getName(Value argument) {
  return StringAttr::get(argument.getContext(),
                         getArgumentName(cast<BlockArgument>(argument)));
}

void Folder::createFold() {
  OpBuilder builder(infer);
  prepare = createStepFunction(builder, infer.getLoc(), step::kFold, {});
  for (BlockArgument argument : infer.getArguments()) {
    StringRef role = getArgumentRole(argument);
    if (role == role::kParam || role == role::kState)
      mapping.map(
          argument,
          addStepArgument(
              prepare,
              {argument.getType(), role, getArgumentName(argument).str(), {}},
              argument.getLoc()));
  }
}

/// The argument of @infer that stands for `argument` (or for a new parameter,
/// where there is none) after folding.
Value Folder::replaceArgument(Value argument, Value value,
                              ArrayRef<Value> originals) {
  MLIRContext *context = infer.getContext();
  SmallVector<Attribute> names;
  for (Value original : originals)
    names.push_back(getName(original));
  std::string name =
      argument ? getName(argument).getValue().str()
               : getName(originals.front()).getValue().str() + ".folded_bias";
  StepValue described{value.getType(),
                      role::kFolded,
                      name,
                      {{StringAttr::get(context, kFoldedFromAttr),
                        ArrayAttr::get(context, names)}}};
  foldedValues.push_back(value);
  foldedResults.push_back(described);
  Value fresh = addStepArgument(
      infer, {value.getType(), role::kFolded, name, {}}, infer.getLoc());
  folded.insert(fresh);
  return fresh;
}

void Folder::foldOne(BatchNormInferOp norm) {
  auto dense = norm.getInput().getDefiningOp<DenseOp>();
  OpBuilder builder = OpBuilder::atBlockEnd(&prepare.getBody().front());
  auto lookup = [&](Value value) {
    return value ? mapping.lookup(value) : Value();
  };
  auto op = FoldBatchNormOp::create(
      builder, norm.getLoc(),
      TypeRange{dense.getWeight().getType(), norm.getGamma().getType()},
      lookup(dense.getWeight()), lookup(norm.getGamma()),
      lookup(norm.getBeta()), lookup(norm.getMean()),
      lookup(norm.getVariance()), lookup(dense.getBias()),
      norm.getEpsilonAttr());
  SmallVector<Value> scales = {dense.getWeight(), norm.getGamma(),
                               norm.getVariance()};
  SmallVector<Value> shifts = {dense.getWeight(), norm.getGamma(),
                               norm.getBeta(), norm.getMean(),
                               norm.getVariance()};
  if (dense.getBias())
    shifts.push_back(dense.getBias());
  Value weight = replaceArgument(dense.getWeight(), op.getNewWeight(), scales);
  Value bias = replaceArgument(dense.getBias(), op.getNewBias(), shifts);
  OpBuilder inner(norm);
  auto fused =
      DenseOp::create(inner, norm.getLoc(), dense.getInput(), weight, bias);
  norm.replaceAllUsesWith(fused.getResult());
  norm.erase();
  dense.erase();
}

/// Passes the other parameters through @fold, so that @infer's all come from
/// it, and drops the arguments that nothing reads any more.
void Folder::finish() {
  for (BlockArgument argument : llvm::to_vector(infer.getArguments())) {
    if (getArgumentRole(argument) != role::kParam || argument.use_empty())
      continue;
    Value fresh =
        replaceArgument(argument, mapping.lookup(argument), {argument});
    argument.replaceAllUsesWith(fresh);
  }
  llvm::BitVector dead(infer.getNumArguments());
  for (BlockArgument argument : infer.getArguments()) {
    StringRef role = getArgumentRole(argument);
    if (argument.use_empty() && (role == role::kParam || role == role::kState))
      dead.set(argument.getArgNumber());
  }
  (void)infer.eraseArguments(dead);
  setStepResults(prepare, foldedValues, foldedResults);
}

bool Folder::fold() {
  SmallVector<BatchNormInferOp> norms;
  infer.walk([&](BatchNormInferOp norm) {
    if (auto reason = getRefusal(norm))
      norm.emitRemark() << "not folded: " << *reason;
    else
      norms.push_back(norm);
  });
  if (norms.empty())
    return false;
  createFold();
  for (BatchNormInferOp norm : norms)
    foldOne(norm);
  finish();
  return true;
}

struct FoldBatchNorm : keel::impl::KeelFoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    auto infer = getOperation().lookupSymbol<func::FuncOp>(step::kInfer);
    if (!infer)
      return markAllAnalysesPreserved();
    if (getOperation().lookupSymbol(step::kFold)) {
      getOperation().emitError() << "has a @fold already";
      return signalPassFailure();
    }
    if (!Folder(infer).fold())
      markAllAnalysesPreserved();
  }
};

} // namespace
