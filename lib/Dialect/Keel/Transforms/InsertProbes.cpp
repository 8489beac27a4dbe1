//===- InsertProbes.cpp - Measure every value and its gradient ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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

namespace {

struct InsertProbes : keel::impl::KeelInsertProbesBase<InsertProbes> {
  void runOnOperation() override {
    ModelOp model = getOperation();
    SmallVector<Operation *> measured;
    for (Operation &op : model.getBody().front().without_terminator())
      if (isMeasured(op))
        measured.push_back(&op);
    OpBuilder builder(&getContext());
    for (auto [index, op] : llvm::enumerate(measured)) {
      builder.setInsertionPointAfter(op);
      Value value = op->getResult(0);
      auto probe =
          ProbeOp::create(builder, op->getLoc(), value, 2 * int64_t(index));
      value.replaceAllUsesExcept(probe.getResult(), probe);
    }
    builder.setInsertionPointToStart(&model.getBody().front());
    auto type = RankedTensorType::get({2 * int64_t(measured.size())},
                                      builder.getF64Type());
    StateOp::create(builder, model.getLoc(), type, "probes",
                    ZerosAttr::get(&getContext()));
  }
};

} // namespace
