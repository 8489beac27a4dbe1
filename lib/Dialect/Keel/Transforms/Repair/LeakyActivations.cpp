//===- LeakyActivations.cpp - keel.leaky_relu where units die -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairUtils.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"

namespace keel {
#define GEN_PASS_DEF_KEELLEAKYACTIVATIONS
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct LeakyActivations
    : keel::impl::KeelLeakyActivationsBase<LeakyActivations> {
  void runOnOperation() override {
    SmallVector<Operation *> replaced;
    for (Operation &op : getOperation().getBody().front())
      if (isa<ReluOp, SigmoidOp, HardSigmoidOp, TanhOp, SoftsignOp>(op) &&
          isBeforeALayer(op.getResult(0)))
        replaced.push_back(&op);
    for (Operation *op : replaced) {
      OpBuilder builder(op);
      auto leaky =
          LeakyReluOp::create(builder, op->getLoc(), op->getResult(0).getType(),
                              op->getOperand(0), builder.getF64FloatAttr(0.01));
      op->getResult(0).replaceAllUsesWith(leaky.getResult());
      op->erase();
    }
  }
};

} // namespace
