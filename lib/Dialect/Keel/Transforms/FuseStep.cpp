//===- FuseStep.cpp - Gradients and updates in one function ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFunction.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace keel {
#define GEN_PASS_DEF_KEELFUSESTEP
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Builds @train_step from clones of the bodies of @grad_step and @apply_step.
class StepFuser {
public:
  StepFuser(func::FuncOp gradStep, func::FuncOp applyStep)
      : gradStep(gradStep), applyStep(applyStep), loc(gradStep.getLoc()),
        builder(gradStep.getContext()) {}

  /// Why there is no fused function, empty where there can be one.
  StringRef findObstacle();
  void run();

private:
  bool findChecks();
  void addArguments(func::FuncOp from);
  void cloneBody(func::FuncOp from);
  bool isProduct(Value value);
  void findProducts();
  Value getMagnitude(Value value);
  Value getRows(Value batch);
  Value getBound(Value gradient);
  Value buildLossCheck();
  Value buildGuard();
  void setResults(Value safe);
  void schedule(Operation *op);
  void scheduleValue(Value value);

  func::FuncOp gradStep, applyStep, fused;
  Location loc;
  OpBuilder builder;
  bool clips = false;
  /// What tells in @apply_step whether the gradients' norm is finite.
  SmallVector<arith::CmpFOp> checks;
  /// From both functions' values to those of the fused one.
  IRMapping mapping;
  /// In the fused function: what stands behind the guard and is not in its
  /// place yet.
  DenseSet<Operation *> late;
  llvm::MapVector<Value, Value> magnitudes;
};

} // namespace

/// A gradient below this bound has squares whose sum in f64 is finite, and
/// sums that come to it have not overflowed on the way, however rounded.
static std::optional<double> getSafeBound(Type type) {
  if (type.isF32())
    return 0x1p126;
  if (type.isF64())
    return 1e140;
  return std::nullopt;
}

/// False unless the norm is only returned and compared with infinity.
bool StepFuser::findChecks() {
  Value tensor;
  for (auto [result, value] :
       llvm::zip_equal(getStepResults(applyStep), getReturnedValues(applyStep)))
    if (result.role == role::kNorm)
      tensor = value;
  auto made = tensor ? tensor.getDefiningOp<tensor::FromElementsOp>() : nullptr;
  if (!made || made.getElements().size() != 1)
    return false;
  SmallVector<Value> scalars = {made.getElements().front()};
  for (Operation *user : tensor.getUsers())
    if (auto extract = dyn_cast<tensor::ExtractOp>(user))
      scalars.push_back(extract);
    else if (!isa<func::ReturnOp>(user))
      return false;
  for (Value scalar : scalars)
    for (Operation *user : scalar.getUsers()) {
      if (user == made)
        continue;
      auto check = dyn_cast<arith::CmpFOp>(user);
      FloatAttr limit;
      if (!check || check.getPredicate() != arith::CmpFPredicate::OLT ||
          check.getLhs() != scalar ||
          !matchPattern(check.getRhs(), m_Constant(&limit)) ||
          !limit.getValue().isInfinity())
        return false;
      checks.push_back(check);
    }
  return !checks.empty();
}

StringRef StepFuser::findObstacle() {
  auto module = gradStep->getParentOfType<ModuleOp>();
  Attribute clip = module->getAttr(kClipAttr);
  clips = bool(clip);
  if (clip && !isa<ClipByValueAttr>(clip))
    return "clipping needs all gradients before the first update";
  if (!findChecks())
    return "the gradients' norm decides more than whether to update";
  for (func::FuncOp func : {gradStep, applyStep})
    for (Operation &op : func.getBody().front().without_terminator())
      if (!isMemoryEffectFree(&op))
        return "the step has operations with effects";
  bool any = false;
  for (auto [result, value] :
       llvm::zip_equal(getStepResults(gradStep), getReturnedValues(gradStep))) {
    if (result.role != role::kGrad)
      continue;
    any = true;
    if (matchPattern(value, m_Constant()))
      return "the loss does not depend on a parameter";
    if (!getSafeBound(getElementTypeOrSelf(result.type)))
      return "a gradient has an element type without a safe bound";
  }
  return any ? "" : "no parameter is trained";
}

/// Adds what `from` takes: gradients and new states are values of the function
/// already, parameters, states and the step may be arguments already.
void StepFuser::addArguments(func::FuncOp from) {
  NamedValues made = getNamedResults(gradStep),
              known = getNamedArguments(fused);
  StepArguments arguments(fused);
  for (BlockArgument argument : from.getArguments()) {
    StringRef role = getArgumentRole(argument),
              name = getArgumentName(argument);
    Value value;
    if (role == role::kGrad || role == role::kNewState)
      value = mapping.lookupOrNull(made.lookup({role, name}));
    else
      value = known.lookup({role, name});
    if (!value)
      value = arguments.add(argument.getType(),
                            from.getArgAttrDict(argument.getArgNumber()),
                            argument.getLoc());
    mapping.map(argument, value);
  }
  arguments.finish();
}

void StepFuser::cloneBody(func::FuncOp from) {
  for (Operation &op : from.getBody().front().without_terminator())
    builder.clone(op, mapping);
}

/// Whether `value`, of @grad_step, is a weight's gradient that only its update
/// reads: a product, or a sum with one where a weight is shared.
bool StepFuser::isProduct(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto add = dyn_cast_or_null<AddOp>(op))
    return llvm::all_of(add->getOperands(), [&](Value term) {
      return term.hasOneUse() && isProduct(term);
    });
  return isa_and_nonnull<DenseWeightGradOp>(op);
}

/// Collects the products that go behind the guard. Clipping by value reports
/// whether it changed anything, and so reads each gradient before its update:
/// there a gradient tells by itself.
void StepFuser::findProducts() {
  if (clips)
    return;
  for (auto [result, value] :
       llvm::zip_equal(getStepResults(gradStep), getReturnedValues(gradStep))) {
    if (result.role != role::kGrad || !value.hasOneUse() || !isProduct(value))
      continue;
    SmallVector<Value> terms = {mapping.lookup(value)};
    while (!terms.empty()) {
      Operation *op = terms.pop_back_val().getDefiningOp();
      late.insert(op);
      if (isa<AddOp>(op))
        llvm::append_range(terms, op->getOperands());
    }
  }
}

/// The largest magnitude of a tensor of the fused function, an f64.
Value StepFuser::getMagnitude(Value value) {
  Value &magnitude = magnitudes[value];
  if (!magnitude)
    magnitude = MaxAbsOp::create(builder, loc, builder.getF64Type(), value);
  return magnitude;
}

/// The rows of a batch, an f64.
Value StepFuser::getRows(Value batch) {
  Value size = tensor::DimOp::create(builder, loc, batch, 0);
  size = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), size);
  return arith::SIToFPOp::create(builder, loc, builder.getF64Type(), size);
}

// |sum over n of x[n, i] dy[n, j]| <= rows max|x| max|dy|, and
// |sum over n of dy[n, j]| <= rows max|dy|.
Value StepFuser::getBound(Value gradient) {
  if (clips)
    return getMagnitude(gradient);
  if (auto sum = gradient.getDefiningOp<SumOverBatchOp>()) {
    Value most = getMagnitude(sum.getInput());
    return arith::MulFOp::create(builder, loc, getRows(sum.getInput()), most);
  }
  Operation *op = gradient.getDefiningOp();
  if (!late.contains(op))
    return getMagnitude(gradient);
  if (isa<AddOp>(op)) {
    Value left = getBound(op->getOperand(0));
    Value right = getBound(op->getOperand(1));
    return arith::AddFOp::create(builder, loc, left, right);
  }
  auto product = cast<DenseWeightGradOp>(op);
  Value input = getMagnitude(product.getInput());
  Value cotangent = getMagnitude(product.getCotangent());
  Value share =
      arith::MulFOp::create(builder, loc, getRows(product.getInput()), input);
  return arith::MulFOp::create(builder, loc, share, cotangent);
}

/// Whether the loss is finite.
Value StepFuser::buildLossCheck() {
  Value loss;
  for (auto [result, value] :
       llvm::zip_equal(getStepResults(gradStep), getReturnedValues(gradStep)))
    if (result.role == role::kLoss)
      loss = mapping.lookup(value);
  Value scalar = tensor::ExtractOp::create(builder, loc, loss, ValueRange{});
  return buildFinite(builder, loc, math::AbsFOp::create(builder, loc, scalar));
}

/// Whether the loss and every gradient are finite for sure, as is the sum of
/// all squares.
Value StepFuser::buildGuard() {
  Value safe = buildLossCheck();
  for (auto [result, value] :
       llvm::zip_equal(getStepResults(gradStep), getReturnedValues(gradStep))) {
    if (result.role != role::kGrad)
      continue;
    double limit = *getSafeBound(getElementTypeOrSelf(result.type));
    Value bound = getBound(mapping.lookup(value));
    Value isBelow = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OLT, bound,
        arith::ConstantOp::create(builder, loc,
                                  builder.getF64FloatAttr(limit)));
    safe = arith::AndIOp::create(builder, loc, safe, isBelow);
  }
  return safe;
}

/// Returns the loss and all that @apply_step does but the norm.
void StepFuser::setResults(Value safe) {
  SmallVector<StepValue> results;
  SmallVector<Value> values;
  for (func::FuncOp func : {gradStep, applyStep})
    for (auto [result, value] :
         llvm::zip_equal(getStepResults(func), getReturnedValues(func))) {
      if (result.role == role::kNorm || result.role == role::kGrad ||
          result.role == role::kNewState)
        continue;
      Value mapped = mapping.lookup(value);
      if (result.role == role::kFlags) {
        Value flags = tensor::ExtractOp::create(builder, loc, mapped);
        Value undecided = arith::ConstantOp::create(
            builder, loc, builder.getI64IntegerAttr(KEEL_FLAG_UNDECIDED));
        flags = arith::SelectOp::create(builder, loc, safe, flags, undecided);
        mapped = tensor::FromElementsOp::create(builder, loc, mapped.getType(),
                                                flags);
      }
      results.push_back(result);
      values.push_back(mapped);
    }
  setStepResults(fused, values, results);
}

void StepFuser::scheduleValue(Value value) {
  if (Operation *op = value.getDefiningOp())
    schedule(op);
}

/// Puts `op` at the function's end, behind what it reads: scalars first, so
/// that a product stands right before its update.
void StepFuser::schedule(Operation *op) {
  if (!late.erase(op))
    return;
  for (bool isTensor : {false, true})
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()) == isTensor)
        scheduleValue(operand);
  llvm::SetVector<Value> above;
  getUsedValuesDefinedAbove(op->getRegions(), above);
  for (Value value : above)
    scheduleValue(value);
  op->moveBefore(fused.getBody().front().getTerminator());
}

void StepFuser::run() {
  OpBuilder outer(applyStep);
  outer.setInsertionPointAfter(applyStep);
  fused = createStepFunction(outer, loc, step::kTrainStep, {});
  Block &block = fused.getBody().front();
  builder.setInsertionPointToEnd(&block);
  addArguments(gradStep);
  cloneBody(gradStep);

  findProducts();
  Value safe = buildGuard();
  Operation *last = &block.back();
  addArguments(applyStep);
  cloneBody(applyStep);
  for (arith::CmpFOp check : checks)
    mapping.lookup(check.getResult()).replaceAllUsesWith(safe);
  setResults(safe);

  for (Operation *op = last->getNextNode(); op != block.getTerminator();
       op = op->getNextNode())
    late.insert(op);
  for (Value value : getReturnedValues(fused))
    scheduleValue(value);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

namespace {

struct FuseStep : keel::impl::KeelFuseStepBase<FuseStep> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto [gradStep, applyStep] = getStepFunctions(module);
    if (!gradStep)
      return signalPassFailure();
    StepFuser fuser(gradStep, applyStep);
    if (StringRef obstacle = fuser.findObstacle(); !obstacle.empty()) {
      applyStep.emitRemark() << "no @train_step is made: " << obstacle;
      return;
    }
    fuser.run();
  }
};

} // namespace
