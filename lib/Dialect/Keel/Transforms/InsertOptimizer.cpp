//===- InsertOptimizer.cpp - Updates from clipped gradients ---------------===//
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
#define GEN_PASS_DEF_KEELINSERTOPTIMIZER
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

Value buildZeros(OpBuilder &builder, Location loc, RankedTensorType type) {
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(type, builder.getZeroAttr(type.getElementType())));
}

/// The scheduled learning rate after `step` steps, an f64.
Value buildRate(OpBuilder &builder, Location loc,
                OptimizerAttrInterface optimizer, Value step) {
  Value rate = arith::ConstantOp::create(
      builder, loc, builder.getF64FloatAttr(optimizer.getBaseLearningRate()));
  ScheduleAttrInterface schedule = optimizer.getLearningRateSchedule();
  if (!schedule)
    return rate;
  return arith::MulFOp::create(builder, loc, rate,
                               schedule.buildFactor(builder, loc, step));
}

/// Extends one module's @apply_step and @init.
class OptimizerInserter {
public:
  OptimizerInserter(func::FuncOp apply, func::FuncOp init,
                    func::FuncOp gradStep, OptimizerAttrInterface optimizer)
      : apply(apply), init(init), gradStep(gradStep), optimizer(optimizer),
        loc(apply.getLoc()), builder(apply.getBody().front().getTerminator()),
        arguments(apply), trained(getNamedArguments(gradStep)) {}

  void run();
  void buildLearningRate();

private:
  void buildCommon();
  Value addSlot(const std::string &name, RankedTensorType type);
  void update(const StepValue &result, Value gradient);
  bool decays(StringRef parameter, RankedTensorType type);
  void commit(Value newValue, Value oldValue, const StepValue &result);

  func::FuncOp apply, init, gradStep;
  OptimizerAttrInterface optimizer;
  Location loc;
  OpBuilder builder;
  StepArguments arguments;
  NamedValues trained; ///< the arguments of @grad_step
  Value finite, rate, count;
  SmallVector<Value> values;
  SmallVector<StepValue> results;
  SmallVector<Value> initialSlots;
  SmallVector<StepValue> slots;
};

Value OptimizerInserter::addSlot(const std::string &name,
                                 RankedTensorType type) {
  StepValue slot{type, role::kSlot, name, {}};
  OpBuilder start(init.getBody().front().getTerminator());
  initialSlots.push_back(buildZeros(start, init.getLoc(), type));
  slots.push_back(slot);
  return arguments.add(slot, loc);
}

void OptimizerInserter::commit(Value newValue, Value oldValue,
                               const StepValue &result) {
  values.push_back(
      arith::SelectOp::create(builder, loc, finite, newValue, oldValue));
  results.push_back(result);
}

/// What all updates share: whether to apply them, the rate, the count.
void OptimizerInserter::buildCommon() {
  SmallVector<StepValue> old = getStepResults(apply);
  SmallVector<Value> returned = getReturnedValues(apply);
  Value norm;
  for (auto [result, value] : llvm::zip_equal(old, returned))
    if (result.role == role::kNorm)
      norm = tensor::ExtractOp::create(builder, loc, value, ValueRange{});
  finite = buildFinite(builder, loc, norm);
  for (BlockArgument argument : apply.getArguments())
    if (getArgumentRole(argument) == role::kStep)
      rate = buildRate(builder, loc, optimizer, argument);
  if (!optimizer.needsCount())
    return;
  auto type = RankedTensorType::get({}, builder.getI64Type());
  Value slot = addSlot("optimizer/count", type);
  Value before = tensor::ExtractOp::create(builder, loc, slot, ValueRange{});
  Value one =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
  count = arith::AddIOp::create(builder, loc, before, one);
  Value kept = arith::SelectOp::create(builder, loc, finite, count, before);
  values.push_back(tensor::FromElementsOp::create(builder, loc, type, kept));
  results.push_back(slots.back());
}

bool OptimizerInserter::decays(StringRef parameter, RankedTensorType type) {
  if (type.getRank() > 1)
    return true;
  auto argument = dyn_cast_or_null<BlockArgument>(
      trained.lookup({role::kParam, parameter}));
  return argument && gradStep.getArgAttr(argument.getArgNumber(), kDecayAttr);
}

void OptimizerInserter::update(const StepValue &result, Value gradient) {
  auto type = cast<RankedTensorType>(result.type);
  StepValue described{type, role::kParam, result.name, {}};
  Value parameter = arguments.add(described, loc);
  SmallVector<Value> slotValues;
  unsigned firstSlot = slots.size();
  for (StringRef name : optimizer.getSlotNames())
    slotValues.push_back(
        addSlot(("optimizer/" + name + "/" + result.name).str(), type));
  SmallVector<Value> updated =
      optimizer.buildUpdate(builder, loc, parameter, gradient, slotValues, rate,
                            count, decays(result.name, type));
  commit(updated.front(), parameter, described);
  for (auto [index, slot] : llvm::enumerate(slotValues))
    commit(updated[index + 1], slot, slots[firstSlot + index]);
}

void OptimizerInserter::run() {
  buildCommon();
  SmallVector<StepValue> old = getStepResults(apply);
  SmallVector<Value> returned = getReturnedValues(apply);
  for (auto [index, result] : llvm::enumerate(old)) {
    if (result.role == role::kGrad) {
      update(result, returned[index]);
    } else {
      values.push_back(returned[index]);
      results.push_back(result);
    }
  }
  arguments.finish();
  setStepResults(apply, values, results);

  SmallVector<StepValue> initResults = getStepResults(init);
  SmallVector<Value> initValues = getReturnedValues(init);
  initResults.append(slots);
  initValues.append(initialSlots);
  setStepResults(init, initValues, initResults);
}

void OptimizerInserter::buildLearningRate() {
  OpBuilder outer(apply);
  outer.setInsertionPointAfter(apply);
  func::FuncOp func =
      createStepFunction(outer, loc, step::kLearningRate,
                         {{outer.getI64Type(), role::kStep, "", {}}});
  OpBuilder inner = OpBuilder::atBlockEnd(&func.getBody().front());
  Value value = buildRate(inner, loc, optimizer, func.getArgument(0));
  func::ReturnOp::create(inner, loc, value);
  func.setFunctionType(
      inner.getFunctionType(func.getArgumentTypes(), value.getType()));
}

struct InsertOptimizer : keel::impl::KeelInsertOptimizerBase<InsertOptimizer> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto find = [&](StringRef name) {
      return module.lookupSymbol<func::FuncOp>(name);
    };
    func::FuncOp apply = find(step::kApplyStep), init = find(step::kInit),
                 gradStep = find(step::kGradStep);
    auto optimizer =
        module->getAttrOfType<OptimizerAttrInterface>(kOptimizerAttr);
    if (!apply || !init || !gradStep) {
      module.emitError()
          << "has no @apply_step: run keel-specialize{mode=train}"
             ", keel-differentiate and keel-insert-clipping "
             "first, in this order";
      return signalPassFailure();
    }
    if (!optimizer) {
      module.emitError() << "has no " << kOptimizerAttr;
      return signalPassFailure();
    }
    OptimizerInserter inserter(apply, init, gradStep, optimizer);
    inserter.run();
    inserter.buildLearningRate();
  }
};

} // namespace
