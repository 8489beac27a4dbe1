//===- TileInit.cpp - What the sums of a tile start from ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileInit.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace keel;

TileInit TileInit::find(const Contraction &contraction,
                        SmallVector<Value> written) {
  Value c = contraction.c->get();
  Operation *op = contraction.op->getPrevNode();
  SmallPtrSet<Operation *, 8> users(c.getUsers().begin(), c.getUsers().end());
  while (op && !users.contains(op)) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      llvm::append_range(written, linalgOp.getDpsInits());
    else if (!isMemoryEffectFree(op) && !isa<memref::AllocOp>(op))
      return {};
    op = op->getPrevNode();
  }
  auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op);
  if (!linalgOp || linalgOp.getNumDpsInits() != 1 ||
      linalgOp.getDpsInits()[0] != c || linalgOp.getNumDpsInputs() != 1)
    return {};
  Value source = linalgOp.getDpsInputs()[0];
  if (isa<linalg::FillOp>(op)) {
    if (source.getType() != contraction.getType(contraction.c).getElementType())
      return {};
    return {Constant, source, {}, linalgOp};
  }
  // A copy through a projection, in terms of the contraction's dimensions.
  AffineMap map = linalgOp.getIndexingMapsArray()[0];
  AffineMap outMap = linalgOp.getIndexingMapsArray()[1];
  auto type = dyn_cast<MemRefType>(source.getType());
  auto yield = linalgOp.getBlock()->getTerminator();
  if (!type || source == c || llvm::is_contained(written, source) ||
      yield->getOperand(0) != linalgOp.getBlock()->getArgument(0) ||
      !outMap.isPermutation() || !map.isProjectedPermutation())
    return {};
  AffineMap composed = map.compose(inversePermutation(outMap))
                           .compose(contraction.getMap(contraction.c));
  if (composed.isFunctionOfDim(contraction.n) &&
      (composed.getDimPosition(composed.getNumResults() - 1) != contraction.n ||
       !type.areTrailingDimsContiguous(1)))
    return {};
  return {Broadcast, source, composed, linalgOp};
}
