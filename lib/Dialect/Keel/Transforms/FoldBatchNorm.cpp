//===- FoldBatchNorm.cpp - Fold inference batch norm into dense layers ----===//
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
#define GEN_PASS_DEF_KEELFOLDBATCHNORM
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

ScaleShift buildScaleShift(FoldFunction &fold, BatchNormInferOp norm) {
  return buildNorm(fold, norm.getLoc(), norm.getMean(), norm.getVariance(),
                   norm.getGamma(), norm.getBeta(), norm.getEpsilon());
}

/// Rule 1: into the dense layer before the norm.
Refusal foldIntoInput(FoldFunction &fold, BatchNormInferOp norm) {
  if (!hasParameters(fold, norm))
    return "its parameters are computed";
  Operation *before = norm.getInput().getDefiningOp();
  if (!before)
    return "its input is one of the model";
  auto dense = dyn_cast<DenseOp>(before);
  if (!dense)
    return "its input is the result of '" +
           before->getName().getStringRef().str() + "', no dense layer";
  if (!dense->hasOneUse())
    return "the dense layer before it has other users";
  if (!hasParameters(fold, dense))
    return "a parameter of the dense layer before it is computed";
  foldBackward(fold, dense, buildScaleShift(fold, norm));
  return std::nullopt;
}

/// Rule 2: into the dense layers behind the norm.
Refusal foldIntoUsers(FoldFunction &fold, BatchNormInferOp norm) {
  return foldForward(fold, norm, [&] { return buildScaleShift(fold, norm); });
}

struct FoldBatchNorm : keel::impl::KeelFoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    FoldFunction fold(getOperation());
    if (!fold.getInfer())
      return markAllAnalysesPreserved();
    SmallVector<std::pair<BatchNormInferOp, std::string>> left;
    fold.getInfer().walk([&](BatchNormInferOp norm) {
      if (Refusal refusal = foldIntoInput(fold, norm))
        left.push_back({norm, *refusal});
      else
        remove(norm);
    });
    for (auto [norm, backwards] : llvm::reverse(left)) {
      if (Refusal forwards = foldIntoUsers(fold, norm)) {
        norm.emitRemark() << "not folded: backwards, " << backwards
                          << "; forwards, " << *forwards;
        ++numRefused;
      } else {
        remove(norm);
      }
    }
    fold.finish();
  }

  void remove(BatchNormInferOp norm) {
    norm.replaceAllUsesWith(norm.getInput());
    norm.erase();
    ++numFolded;
  }
};

} // namespace
