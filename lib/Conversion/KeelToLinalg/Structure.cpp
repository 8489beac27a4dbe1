//===- Structure.cpp - Lowering of shortcuts, shapes and choices
//-----------===//
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

template <typename ScalarOp, typename OpTy>
static SmallVector<Value> lowerBinary(LocBuilder &b, OpTy op) {
  bool same = op.getRhs().getType() == op.getType();
  return buildElementwise(
      b, op.getType(),
      {{op.getLhs()},
       {op.getRhs(), same ? Access::element : Access::perSample}},
      [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        return {ScalarOp::create(b, x[0], x[1])};
      });
}

/// Each operand goes to its columns; where bufferization can, what computes an
/// operand writes there at once.
static SmallVector<Value> lowerConcat(LocBuilder &b, ConcatOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Value result = buildEmpty(b, type, op.getInputs().front());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  int64_t begin = 0;
  for (Value input : op.getInputs()) {
    offsets.back() = b.getIndexAttr(begin);
    result = tensor::InsertSliceOp::create(
        b, input, result, offsets, tensor::getMixedSizes(b, b.getLoc(), input),
        strides);
    begin += cast<RankedTensorType>(input.getType()).getShape().back();
  }
  return {result};
}

static SmallVector<Value> lowerFlatten(LocBuilder &b, FlattenOp op) {
  return {tensor::CollapseShapeOp::create(b, op.getType(), op.getInput(),
                                          op.getReassociation())};
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
  addLowering<AddOp>(patterns, lowerBinary<arith::AddFOp>);
  addLowering<SubOp>(patterns, lowerBinary<arith::SubFOp>);
  addLowering<MulOp>(patterns, lowerBinary<arith::MulFOp>);
  addLowering<ConcatOp>(patterns, lowerConcat);
  addLowering<FlattenOp>(patterns, lowerFlatten);
  patterns.add<LowerSelect>(patterns.getContext());
}
