//===- KeelToLinalg.cpp - Lower Keel's ops to linalg on tensors -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "keel/Conversion/Passes.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/DialectConversion.h"

namespace keel {
#define GEN_PASS_DEF_CONVERTKEELTOLINALG
#include "keel/Conversion/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Ops of other dialects lower themselves.
struct LowerByInterface : OpInterfaceRewritePattern<LoweringOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(LoweringOpInterface op,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> values =
        op.buildLowering(rewriter, op->getOperands());
    if (failed(values))
      return failure();
    rewriter.replaceOp(op, *values);
    return success();
  }
};

struct ConvertKeelToLinalg
    : keel::impl::ConvertKeelToLinalgBase<ConvertKeelToLinalg> {
  void runOnOperation() override {
    ConversionTarget target(getContext());
    target.addIllegalDialect<KeelDialect>();
    target.addDynamicallyLegalOp<arith::SelectOp>([](arith::SelectOp op) {
      return !isa<RankedTensorType>(op.getType()) ||
             isa<RankedTensorType>(op.getCondition().getType());
    });
    target.markUnknownOpDynamicallyLegal(
        [](Operation *op) { return !isa<LoweringOpInterface>(op); });

    RewritePatternSet patterns(&getContext());
    populateActivationPatterns(patterns);
    populateDensePatterns(patterns);
    populateFoldPatterns(patterns);
    populateGradientPatterns(patterns);
    populateLossPatterns(patterns);
    populateNormalizationPatterns(patterns);
    populateOptimizerPatterns(patterns);
    populateOrthogonalizePatterns(patterns);
    populatePreluPatterns(patterns);
    populateRandomPatterns(patterns);
    populateSoftmaxPatterns(patterns);
    populateStructurePatterns(patterns);
    populateTelemetryPatterns(patterns);
    patterns.add<LowerByInterface>(&getContext());
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
