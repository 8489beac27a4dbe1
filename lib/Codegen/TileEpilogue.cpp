//===- TileEpilogue.cpp - Element-wise work on a tile in registers --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;

/// Bodies of up to this many operations are repeated for every vector.
static constexpr unsigned kCheapOperations = 8;

TileEpilogue TileEpilogue::get(const Contraction &contraction) {
  TileEpilogue epilogue(contraction);
  epilogue.transient = contraction.op->hasAttr(kTransientAttr);
  unsigned last = contraction.getMap(contraction.c).getNumResults() - 1;
  for (Operation *op = contraction.op->getNextNode();
       op && op->hasAttr(kEpilogueAttr); op = op->getNextNode()) {
    FailureOr<VectorBody> body =
        VectorBody::get(cast<linalg::LinalgOp>(op), last);
    assert(succeeded(body) && "keel-fuse-epilogues marks what fits");
    epilogue.bodies.push_back(*body);
  }
  return epilogue;
}

bool TileEpilogue::isCheap() const {
  unsigned operations = 0;
  for (const VectorBody &body : bodies) {
    auto op = body.getOp();
    for (Operation &inner : op.getBlock()->without_terminator())
      if (isa<math::MathDialect>(inner.getDialect()))
        return false;
    operations += body.getNumOperations();
  }
  return operations <= kCheapOperations;
}

SmallVector<Value> TileEpilogue::getWritten() const {
  SmallVector<Value> written;
  for (const VectorBody &body : bodies) {
    auto op = body.getOp();
    llvm::append_range(written, op.getDpsInits());
  }
  return written;
}

/// The loops of the bodies run over C's dimensions.
SmallVector<Value> TileEpilogue::getDims(ArrayRef<Value> dims) const {
  AffineMap map = contraction.getMap(contraction.c);
  SmallVector<Value> result;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    result.push_back(dims[map.getDimPosition(i)]);
  return result;
}

void TileEpilogue::emit(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                        VectorPiece piece, Value value) const {
  SmallVector<Value> at = getDims(dims);
  llvm::DenseMap<Value, Value> known = {{contraction.c->get(), value}};
  for (const VectorBody &body : bodies) {
    auto op = body.getOp();
    SmallVector<Value> results =
        body.emit(b, at, piece, body.loadOutputs(b, at, piece, known), known);
    for (auto [output, result] : llvm::zip(op.getDpsInits(), results))
      known[output] = result;
    body.storeOutputs(b, at, piece, results);
  }
}

void TileEpilogue::eraseOps() {
  for (const VectorBody &body : bodies)
    body.getOp()->erase();
  bodies.clear();
}
