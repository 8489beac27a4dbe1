//===- Differentiate.cpp - Derive the backward pass at compile time -------===//
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
#define GEN_PASS_DEF_KEELDIFFERENTIATE
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Reverse mode over the straight-line body of one function.
class Differentiator {
public:
  explicit Differentiator(func::FuncOp func)
      : func(func), builder(func.getBody().front().getTerminator()) {}

  LogicalResult run();

private:
  void findActive();
  LogicalResult propagate(Operation *op);
  void accumulate(Value value, Value cotangent, Location loc);
  Value getGradient(BlockArgument parameter);
  void eraseDead();

  func::FuncOp func;
  OpBuilder builder;
  /// Values that a trainable parameter reaches.
  DenseSet<Value> active;
  DenseMap<Value, Value> cotangents;
};

bool isTrainable(func::FuncOp func, BlockArgument argument) {
  auto flag =
      func.getArgAttrOfType<BoolAttr>(argument.getArgNumber(), kTrainableAttr);
  return getArgumentRole(argument) == role::kParam &&
         !(flag && !flag.getValue());
}

void Differentiator::findActive() {
  for (BlockArgument argument : func.getArguments())
    if (isTrainable(func, argument))
      active.insert(argument);
  for (Operation &op : func.getBody().front())
    if (llvm::any_of(op.getOperands(),
                     [&](Value operand) { return active.contains(operand); }))
      active.insert(op.result_begin(), op.result_end());
}

void Differentiator::accumulate(Value value, Value cotangent, Location loc) {
  Value &sum = cotangents[value];
  sum = sum ? AddOp::create(builder, loc, sum.getType(), sum, cotangent)
                  .getResult()
            : cotangent;
}

LogicalResult Differentiator::propagate(Operation *op) {
  SmallVector<Value> results;
  for (Value result : op->getResults())
    results.push_back(cotangents.lookup(result));
  bool reached = llvm::any_of(results, [](Value v) { return bool(v); });
  bool wanted = llvm::any_of(op->getOperands(),
                             [&](Value v) { return active.contains(v); });
  if (!reached || !wanted)
    return success();
  auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
  if (!differentiable)
    return op->emitError() << "'" << op->getName()
                           << "' has no adjoint: it stands between a "
                              "parameter and the loss and must implement "
                              "DifferentiableOpInterface";
  SmallVector<Value> operands(op->getNumOperands());
  if (failed(differentiable.buildAdjoint(builder, results, operands)))
    return failure();
  for (auto [operand, cotangent] : llvm::zip_equal(op->getOperands(), operands))
    if (cotangent && active.contains(operand))
      accumulate(operand, cotangent, op->getLoc());
  return success();
}

Value Differentiator::getGradient(BlockArgument parameter) {
  if (Value gradient = cotangents.lookup(parameter))
    return gradient;
  auto type = cast<RankedTensorType>(parameter.getType());
  return arith::ConstantOp::create(
      builder, func.getLoc(),
      DenseElementsAttr::get(type,
                             builder.getFloatAttr(type.getElementType(), 0.0)));
}

void Differentiator::eraseDead() {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

LogicalResult Differentiator::run() {
  SmallVector<StepValue> results = getStepResults(func);
  SmallVector<Value> values = getReturnedValues(func);
  auto *loss = llvm::find_if(
      results, [](const StepValue &r) { return r.role == role::kLoss; });
  if (loss == results.end())
    return func.emitError() << "@" << func.getSymName() << " has no result of "
                            << "role loss to differentiate";
  if (llvm::any_of(results,
                   [](const StepValue &r) { return r.role == role::kGrad; }))
    return func.emitError()
           << "@" << func.getSymName() << " is differentiated already";
  findActive();
  SmallVector<Operation *> forward;
  for (Operation &op : func.getBody().front().without_terminator())
    forward.push_back(&op);
  Value lossValue = values[loss - results.begin()];
  cotangents[lossValue] = arith::ConstantOp::create(
      builder, lossValue.getLoc(),
      DenseElementsAttr::get(cast<RankedTensorType>(lossValue.getType()), 1.0));
  for (Operation *op : llvm::reverse(forward))
    if (failed(propagate(op)))
      return failure();

  SmallVector<StepValue> gradientResults;
  SmallVector<Value> gradients;
  for (BlockArgument argument : func.getArguments()) {
    if (!isTrainable(func, argument))
      continue;
    gradients.push_back(getGradient(argument));
    gradientResults.push_back(
        {argument.getType(), role::kGrad, getArgumentName(argument).str(), {}});
  }
  auto position = loss - results.begin() + 1;
  values.insert(values.begin() + position, gradients.begin(), gradients.end());
  results.insert(results.begin() + position, gradientResults.begin(),
                 gradientResults.end());
  setStepResults(func, values, results);
  eraseDead();
  return success();
}

struct Differentiate : keel::impl::KeelDifferentiateBase<Differentiate> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>(step::kGradStep);
    if (!func) {
      getOperation().emitError()
          << "has no @grad_step: run keel-specialize{mode=train} first";
      return signalPassFailure();
    }
    if (failed(Differentiator(func).run()))
      signalPassFailure();
  }
};

} // namespace
