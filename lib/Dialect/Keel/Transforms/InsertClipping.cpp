//===- InsertClipping.cpp - Measure, check and clip the gradients ---------===//
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

namespace keel {
#define GEN_PASS_DEF_KEELINSERTCLIPPING
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

Value buildWhole(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI64IntegerAttr(value));
}

/// The norm of all gradients together, an f64.
Value buildNorm(OpBuilder &builder, Location loc, ArrayRef<Value> gradients) {
  Value sum =
      arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(0.0));
  for (Value gradient : gradients) {
    Value squares =
        SumOfSquaresOp::create(builder, loc, builder.getF64Type(), gradient);
    sum = arith::AddFOp::create(builder, loc, sum, squares);
  }
  return math::SqrtOp::create(builder, loc, sum);
}

Value buildScalarTensor(OpBuilder &builder, Location loc, Value scalar) {
  return tensor::FromElementsOp::create(
      builder, loc, RankedTensorType::get({}, scalar.getType()), scalar);
}

struct InsertClipping : keel::impl::KeelInsertClippingBase<InsertClipping> {
  void runOnOperation() override {
    auto gradStep = getOperation().lookupSymbol<func::FuncOp>(step::kGradStep);
    if (!gradStep) {
      getOperation().emitError()
          << "has no @grad_step: run keel-specialize{mode=train} and "
             "keel-differentiate first";
      return signalPassFailure();
    }
    if (getOperation().lookupSymbol(step::kApplyStep)) {
      getOperation().emitError() << "has an @apply_step already";
      return signalPassFailure();
    }
    build(gradStep);
  }

  void build(func::FuncOp gradStep) {
    Location loc = gradStep.getLoc();
    OpBuilder outer(gradStep);
    outer.setInsertionPointAfter(gradStep);
    func::FuncOp func = createStepFunction(outer, loc, step::kApplyStep, {});
    OpBuilder builder = OpBuilder::atBlockEnd(&func.getBody().front());

    StepArguments arguments(func);
    SmallVector<Value> gradients, oldStates, newStates;
    SmallVector<StepValue> results, stateResults;
    for (StepValue &result : getStepResults(gradStep)) {
      if (result.role == role::kGrad) {
        gradients.push_back(arguments.add(result, loc));
        results.push_back(result);
      } else if (result.role == role::kNewState) {
        stateResults.push_back({result.type, role::kState, result.name, {}});
        oldStates.push_back(arguments.add(stateResults.back(), loc));
        newStates.push_back(arguments.add(result, loc));
      }
    }
    arguments.add({builder.getI64Type(), role::kStep, "", {}}, loc);
    arguments.finish();

    Value norm = buildNorm(builder, loc, gradients);
    Value finite = buildFinite(builder, loc, norm);
    Value clipped;
    if (auto clip = getOperation()->getAttrOfType<ClipAttrInterface>(kClipAttr))
      clipped = clip.buildClip(builder, loc, gradients, norm);

    SmallVector<Value> values(gradients);
    for (auto [oldState, newState] : llvm::zip_equal(oldStates, newStates))
      values.push_back(
          arith::SelectOp::create(builder, loc, finite, newState, oldState));
    results.append(stateResults);
    values.push_back(buildScalarTensor(builder, loc, norm));
    results.push_back({values.back().getType(), role::kNorm, "", {}});
    values.push_back(buildScalarTensor(
        builder, loc, buildFlags(builder, loc, finite, clipped)));
    results.push_back({values.back().getType(), role::kFlags, "", {}});
    setStepResults(func, values, results);
  }

  Value buildFlags(OpBuilder &builder, Location loc, Value finite,
                   Value clipped) {
    Value flags = buildWhole(builder, loc, 0);
    if (clipped)
      flags = arith::SelectOp::create(
          builder, loc, clipped, buildWhole(builder, loc, KEEL_FLAG_CLIPPED),
          flags);
    return arith::SelectOp::create(
        builder, loc, finite, flags,
        buildWhole(builder, loc, KEEL_FLAG_NONFINITE));
  }
};

} // namespace
