//===- Structure.cpp - Lowering of shortcuts and selections ---------------===//
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

static SmallVector<Value> lowerAdd(LocBuilder &b, AddOp op) {
  bool same = op.getRhs().getType() == op.getType();
  return buildElementwise(
      b, op.getType(),
      {{op.getLhs()},
       {op.getRhs(), same ? Access::element : Access::perSample}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {arith::AddFOp::create(b, x[0], x[1])};
      });
}

namespace {

/// A choice between tensors by one condition, element by element.
struct LowerSelect : OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SelectOp op,
                                PatternRewriter &rewriter) const override {
    if (!isa<RankedTensorType>(op.getType()) ||
        isa<RankedTensorType>(op.getCondition().getType()))
      return failure();
    LocBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(
        op, buildElementwise(
                b, op.getType(), {{op.getTrueValue()}, {op.getFalseValue()}},
                [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                  return {arith::SelectOp::create(b, op.getCondition(), x[0],
                                                  x[1])};
                }));
    return success();
  }
};

} // namespace

void keel::populateStructurePatterns(RewritePatternSet &patterns) {
  addLowering<AddOp>(patterns, lowerAdd);
  patterns.add<LowerSelect>(patterns.getContext());
}
