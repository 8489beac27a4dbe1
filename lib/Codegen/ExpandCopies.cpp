//===- ExpandCopies.cpp - Copies become linalg operations -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace keel {
#define GEN_PASS_DEF_EXPANDCOPIES
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct ExpandCopies : keel::impl::ExpandCopiesBase<ExpandCopies> {
  using ExpandCopiesBase::ExpandCopiesBase;

  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp copy) {
      if (isa<MemRefType>(copy.getTarget().getType()) &&
          isa<MemRefType>(copy.getSource().getType()))
        copies.push_back(copy);
    });
    for (memref::CopyOp copy : copies)
      expand(copy);
  }

  static void expand(memref::CopyOp copy) {
    OpBuilder b(copy);
    unsigned rank = cast<MemRefType>(copy.getTarget().getType()).getRank();
    AffineMap map = AffineMap::getMultiDimIdentityMap(rank, b.getContext());
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    linalg::GenericOp::create(
        b, copy.getLoc(), TypeRange(), ValueRange{copy.getSource()},
        ValueRange{copy.getTarget()}, ArrayRef<AffineMap>{map, map}, iterators,
        [](OpBuilder &b, Location loc, ValueRange args) {
          linalg::YieldOp::create(b, loc, args[0]);
        });
    copy.erase();
  }
};

} // namespace
