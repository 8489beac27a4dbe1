//===- FoldLayerNormAffine.cpp - Fold gamma and beta into dense layers ----===//
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
#define GEN_PASS_DEF_KEELFOLDLAYERNORMAFFINE
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct FoldLayerNormAffine
    : keel::impl::KeelFoldLayerNormAffineBase<FoldLayerNormAffine> {
  void runOnOperation() override {
    FoldFunction fold(getOperation());
    if (!fold.getInfer())
      return markAllAnalysesPreserved();
    auto norms = llvm::to_vector(fold.getInfer().getOps<LayerNormOp>());
    for (LayerNormOp norm : llvm::reverse(norms)) {
      auto build = [&]() -> ScaleShift {
        return {fold.get(norm.getGamma()),
                fold.get(norm.getBeta()),
                {norm.getGamma()},
                {norm.getBeta()}};
      };
      if (Refusal refusal = foldForward(fold, norm, build)) {
        norm.emitRemark() << "gamma and beta not folded: " << *refusal;
        ++numRefused;
        continue;
      }
      OpBuilder builder(norm);
      norm.replaceAllUsesWith(
          NormalizeOp::create(builder, norm.getLoc(), norm.getType(),
                              norm.getInput(), norm.getEpsilonAttr())
              .getResult());
      norm.erase();
      ++numFolded;
    }
    fold.finish();
  }
};

} // namespace
