//===- InsertProbes.cpp - Measure every value and its gradient ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/GradientForecast.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "mlir/IR/Builders.h"

namespace keel {
#define GEN_PASS_DEF_KEELINSERTPROBES
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

/// Whether an op computes something from the batch, or from parameters.
static bool isMeasured(Operation &op) {
  if (isa<ParamOp, StateOp, ProbeOp>(op) ||
      op.hasTrait<OpTrait::ConstantLike>() || op.getNumResults() == 0)
    return false;
  auto type = dyn_cast<RankedTensorType>(op.getResult(0).getType());
  return type && isa<Float32Type, Float64Type>(type.getElementType());
}

SmallVector<Operation *> keel::getProbedOps(ModelOp model) {
  SmallVector<Operation *> probed;
  for (Operation &op : model.getBody().front().without_terminator())
    if (isMeasured(op))
      probed.push_back(&op);
  return probed;
}

ParamOp keel::getProbedWeight(Operation *op) {
  for (Value operand : op->getOperands())
    if (auto param = operand.getDefiningOp<ParamOp>())
      return param.getTrainable() ? param : ParamOp();
  return {};
}

namespace {

struct InsertProbes : keel::impl::KeelInsertProbesBase<InsertProbes> {
  using KeelInsertProbesBase::KeelInsertProbesBase;

  void runOnOperation() override {
    ModelOp model = getOperation();
    SmallVector<Operation *> measured = getProbedOps(model);
    if (telemetry)
      (void)getAnalysis<GradientForecast>(); // of the model without probes
    OpBuilder builder(&getContext());
    for (auto [index, op] : llvm::enumerate(measured)) {
      builder.setInsertionPointAfter(op);
      Value value = op->getResult(0);
      auto probe =
          ProbeOp::create(builder, op->getLoc(), value, 2 * int64_t(index));
      value.replaceAllUsesExcept(probe.getResult(), probe);
      if (telemetry)
        describe(probe, op);
    }
    if (!telemetry)
      addState(builder, 2 * int64_t(measured.size()));
  }

  /// What telemetry tells of `op` beside sizes.
  void describe(ProbeOp probe, Operation *op) {
    Signal signal = getAnalysis<GradientForecast>().getSignal(op->getResult(0));
    if (ParamOp weight = getProbedWeight(op))
      probe.setWeightAttr(weight.getNameAttr());
    if (signal.saturated)
      probe.setSaturation(APFloat(signal.saturation));
    probe.setFlat(signal.dead.has_value());
  }

  void addState(OpBuilder &builder, int64_t count) {
    ModelOp model = getOperation();
    builder.setInsertionPointToStart(&model.getBody().front());
    auto type = RankedTensorType::get({count}, builder.getF64Type());
    StateOp::create(builder, model.getLoc(), type, "probes",
                    ZerosAttr::get(&getContext()));
  }
};

} // namespace
