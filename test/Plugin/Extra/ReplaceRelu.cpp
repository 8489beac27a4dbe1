//===- ReplaceRelu.cpp - Replace keel.relu by extra.snake -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extra.h"
#include "mlir/IR/PatternMatch.h"

namespace extra {
#define GEN_PASS_DEF_REPLACERELU
#include "Passes.h.inc"
} // namespace extra

using namespace mlir;

namespace {

struct ReplaceRelu : extra::impl::ReplaceReluBase<ReplaceRelu> {
  using ReplaceReluBase::ReplaceReluBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    int64_t count = 0;
    getOperation()->walk([&](keel::ReluOp op) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOpWithNewOp<extra::SnakeOp>(
          op, op.getType(), op.getInput(), rewriter.getF64FloatAttr(frequency));
      ++count;
    });
    getOperation()->emitRemark() << "replaced " << count << " keel.relu";
  }
};

} // namespace
