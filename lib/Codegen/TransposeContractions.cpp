//===- TransposeContractions.cpp - Second factors in row-major order ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_TRANSPOSECONTRACTIONS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct TransposeContractions
    : keel::impl::TransposeContractionsBase<TransposeContractions> {
  using TransposeContractionsBase::TransposeContractionsBase;

  void runOnOperation() override {
    SmallVector<Contraction> found;
    getOperation()->walk([&](linalg::LinalgOp op) {
      FailureOr<Contraction> contraction = Contraction::match(op);
      if (succeeded(contraction) && op.hasPureTensorSemantics() &&
          !contraction->isRowMajor())
        found.push_back(*contraction);
    });
    for (Contraction &contraction : found)
      rewrite(contraction);
  }

  void rewrite(Contraction &contraction);
};

} // namespace

/// Moves n to the end of B's shape.
void TransposeContractions::rewrite(Contraction &contraction) {
  linalg::LinalgOp op = contraction.op;
  OpBuilder b(op);
  Location loc = op.getLoc();
  AffineMap map = contraction.getMap(contraction.b);
  SmallVector<int64_t> order;
  int64_t last = 0;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    if (map.getDimPosition(i) == contraction.n)
      last = i;
    else
      order.push_back(i);
  order.push_back(last);

  Value source = contraction.b->get();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source), to;
  SmallVector<AffineExpr> exprs;
  for (int64_t i : order) {
    to.push_back(sizes[i]);
    exprs.push_back(map.getResult(i));
  }
  Value empty = tensor::EmptyOp::create(
      b, loc, to, contraction.getType(contraction.b).getElementType());
  Value transposed =
      linalg::TransposeOp::create(b, loc, source, empty, order)->getResult(0);
  AffineMap newMap = AffineMap::get(map.getNumDims(), 0, exprs, b.getContext());
  auto contract = linalg::ContractOp::create(
      b, loc, op->getResultTypes(),
      ValueRange{contraction.a->get(), transposed},
      ValueRange{contraction.c->get()},
      b.getAffineMapArrayAttr({contraction.getMap(contraction.a), newMap,
                               contraction.getMap(contraction.c)}));
  op->replaceAllUsesWith(contract->getResults());
  op->erase();
}
