//===- FuseElementwise.cpp - Element-wise operations in one pass ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace keel {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct FuseElementwise : keel::impl::FuseElementwiseBase<FuseElementwise> {
  using FuseElementwiseBase::FuseElementwiseBase;

  void runOnOperation() override;
  LogicalResult generalize();
};

} // namespace

/// Whether repeating the body costs more than reading its result.
static bool isExpensive(linalg::LinalgOp op) {
  return llvm::any_of(
      op.getBlock()->without_terminator(), [](Operation &inner) {
        return isa<math::MathDialect>(inner.getDialect()) ||
               isa<arith::DivFOp, arith::MulUIExtendedOp>(inner);
      });
}

/// Whether an operation computes from what stands in its destination.
static bool isUpdate(linalg::LinalgOp op) {
  return llvm::any_of(op.getDpsInitsMutable(), [&](OpOperand &output) {
    return op.payloadUsesValueFromOperand(&output);
  });
}

/// Fuses a producer into its only consumer, unless it works in place, or that
/// is a contraction or would compute something expensive once for each element
/// of a broadcast.
static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::LinalgOp>();
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  if (!producer || !consumer || !producer->hasOneUse() || isUpdate(producer) ||
      isContraction(consumer))
    return false;
  return !isExpensive(producer) ||
         consumer.getMatchingIndexingMap(operand).isPermutation();
}

/// Only generics are fused; contractions, fills and transposes keep their names
/// for the passes that know them.
LogicalResult FuseElementwise::generalize() {
  SmallVector<linalg::LinalgOp> named;
  getOperation()->walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp, linalg::FillOp, linalg::TransposeOp>(
            op.getOperation()) &&
        !isContraction(op))
      named.push_back(op);
  });
  IRRewriter rewriter(&getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::generalizeNamedOp(rewriter, op)))
      return failure();
  }
  return success();
}

void FuseElementwise::runOnOperation() {
  if (failed(generalize()))
    return signalPassFailure();
  RewritePatternSet patterns(&getContext());
  linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
  linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
  tensor::EmptyOp::getCanonicalizationPatterns(patterns, &getContext());
  linalg::populateInlineConstantOperandsPatterns(patterns);
  if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
    signalPassFailure();
}
