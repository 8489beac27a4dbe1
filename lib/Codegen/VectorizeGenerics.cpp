//===- VectorizeGenerics.cpp - Linalg operations become vector loops ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposeLoops.h"
#include "VectorLoops.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace keel {
#define GEN_PASS_DEF_VECTORIZEGENERICS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct VectorizeGenerics
    : keel::impl::VectorizeGenericsBase<VectorizeGenerics> {
  using VectorizeGenericsBase::VectorizeGenericsBase;

  void runOnOperation() override {
    VectorShape shape{vectorBits, vectorRegisters, maskedMemory};
    SmallVector<linalg::LinalgOp> found;
    getOperation()->walk([&](linalg::LinalgOp op) { found.push_back(op); });
    for (linalg::LinalgOp op : found)
      vectorize(op, shape);
  }

  static void vectorize(linalg::LinalgOp op, VectorShape shape);
};

} // namespace

/// Tries the last dimension of the first output, then the reduced ones from the
/// innermost out.
void VectorizeGenerics::vectorize(linalg::LinalgOp op, VectorShape shape) {
  if (succeeded(lowerTranspose(op, shape)))
    return;
  SmallVector<unsigned> candidates;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (map.getNumResults())
    if (auto last = dyn_cast<AffineDimExpr>(map.getResults().back()))
      candidates.push_back(last.getPosition());
  for (unsigned dim = op.getNumLoops(); dim-- > 0;)
    if (op.getIteratorTypesArray()[dim] == utils::IteratorType::reduction)
      candidates.push_back(dim);
  for (unsigned dim : candidates) {
    FailureOr<VectorBody> body = VectorBody::get(op, dim);
    if (succeeded(body) && succeeded(VectorLoops(*body, shape).run()))
      return;
  }
}
