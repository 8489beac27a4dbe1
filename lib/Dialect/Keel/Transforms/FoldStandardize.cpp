//===- FoldStandardize.cpp - Fold standardization into dense layers -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FoldDense.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_KEELFOLDSTANDARDIZE
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct FoldStandardize : keel::impl::KeelFoldStandardizeBase<FoldStandardize> {
  void runOnOperation() override {
    FoldFunction fold(getOperation());
    if (!fold.getInfer())
      return markAllAnalysesPreserved();
    auto ops = llvm::to_vector(fold.getInfer().getOps<StandardizeOp>());
    for (StandardizeOp op : llvm::reverse(ops)) {
      auto build = [&] {
        return buildNorm(fold, op.getLoc(), op.getMean(), op.getVariance(),
                         /*gamma=*/{}, /*beta=*/{}, op.getEpsilon());
      };
      if (Refusal refusal = foldForward(fold, op, build)) {
        op.emitRemark() << "not folded: " << *refusal;
        ++numRefused;
        continue;
      }
      op.replaceAllUsesWith(op.getInput());
      op.erase();
      ++numFolded;
    }
    fold.finish();
  }
};

} // namespace
