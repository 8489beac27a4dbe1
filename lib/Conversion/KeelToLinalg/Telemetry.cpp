//===- Telemetry.cpp - Lowering of what telemetry counts ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

/// How many elements of `input` the condition holds for.
static Value
buildCountIf(LocBuilder &b, Value input,
             llvm::function_ref<Value(LocBuilder &, Value)> condition) {
  Value total = buildReduction(
      b, Access::single, {b.getF64Type()}, {0.0}, {{input}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Value one = scalar::select(b, condition(b, x[0]),
                                   buildConstant(b, x[1].getType(), 1.0),
                                   buildConstant(b, x[1].getType(), 0.0));
        return {scalar::add(b, x[1], one)};
      })[0];
  return tensor::ExtractOp::create(b, total, ValueRange{});
}

static SmallVector<Value> lowerCountSaturated(LocBuilder &b,
                                              CountSaturatedOp op) {
  double limit = op.getLimit().convertToDouble();
  return {buildCountIf(b, op.getInput(), [=](LocBuilder &b, Value x) {
    Value size = math::AbsFOp::create(b, x);
    return scalar::compare(b, size, arith::CmpFPredicate::OLT, limit);
  })};
}

/// The largest magnitude of each unit over the batch, NaN where one is, then
/// how many of these are 0.
static SmallVector<Value> lowerCountDead(LocBuilder &b, CountDeadOp op) {
  Type element = getElementTypeOrSelf(op.getInput());
  Value largest =
      buildReduction(b, Access::perSample, {element}, {0.0}, {{op.getInput()}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value size = math::AbsFOp::create(b, x[0]);
                       return {arith::MaximumFOp::create(b, x[1], size)};
                     })[0];
  return {buildCountIf(b, largest, [](LocBuilder &b, Value x) {
    return scalar::compare(b, x, arith::CmpFPredicate::OEQ, 0.0);
  })};
}

void keel::populateTelemetryPatterns(RewritePatternSet &patterns) {
  addLowering<CountSaturatedOp>(patterns, lowerCountSaturated);
  addLowering<CountDeadOp>(patterns, lowerCountDead);
}
