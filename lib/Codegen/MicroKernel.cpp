//===- MicroKernel.cpp - A tile of a product in registers -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

SmallVector<Value> MicroKernel::getIndices(AffineMap map,
                                           ArrayRef<Value> dims) const {
  SmallVector<Value> indices;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    indices.push_back(dims[map.getDimPosition(i)]);
  return indices;
}

Value MicroKernel::loadInit(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                            VectorPiece piece) const {
  Type element = contraction.getType(contraction.c).getElementType();
  VectorType type = piece.getType(element);
  if (init.kind == TileInit::Constant)
    return vector::BroadcastOp::create(b, loc, type, init.value);
  bool isOutput = init.kind == TileInit::Output;
  AffineMap map = isOutput ? contraction.getMap(contraction.c) : init.map;
  Value memref = isOutput ? contraction.c->get() : init.value;
  SmallVector<Value> indices = getIndices(map, dims);
  if (map.isFunctionOfDim(contraction.n))
    return loadPiece(b, loc, memref, indices, piece);
  Value scalar = memref::LoadOp::create(b, loc, memref, indices);
  return vector::BroadcastOp::create(b, loc, type, scalar);
}

/// A piece of B's row dims[k].
Value MicroKernel::loadColumns(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                               VectorPiece piece) const {
  if (!panel)
    return loadPiece(b, loc, contraction.b->get(),
                     getIndices(contraction.getMap(contraction.b), dims),
                     piece);
  Value offset = arith::ConstantIndexOp::create(b, loc, piece.offset);
  Type element = contraction.getType(contraction.b).getElementType();
  return vector::LoadOp::create(b, loc, piece.getType(element), panel,
                                ValueRange{dims[contraction.k], offset});
}

void MicroKernel::packColumns(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                              ArrayRef<VectorPiece> pieces, Value target) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto loop = scf::ForOp::create(b, loc, zero, kSize, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> dimsK(dims);
  dimsK[contraction.k] = loop.getInductionVar();
  for (VectorPiece piece : pieces) {
    Value offset = arith::ConstantIndexOp::create(b, loc, piece.offset);
    vector::StoreOp::create(b, loc, loadColumns(b, loc, dimsK, piece), target,
                            ValueRange{loop.getInductionVar(), offset});
  }
  panel = target;
}

void MicroKernel::emitTile(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                           int64_t rows, ArrayRef<VectorPiece> pieces) const {
  // The dimensions' values for each row.
  SmallVector<SmallVector<Value>> at(rows, SmallVector<Value>(dims));
  if (contraction.m)
    for (int64_t r = 0; r < rows; ++r)
      at[r][*contraction.m] = addConstant(b, loc, dims[*contraction.m], r);
  SmallVector<Value> starts;
  for (int64_t r = 0; r < rows; ++r)
    for (VectorPiece piece : pieces)
      starts.push_back(loadInit(b, loc, at[r], piece));

  auto body = [&](OpBuilder &b, Location loc, Value k, ValueRange sums) {
    SmallVector<Value> dimsK(dims);
    dimsK[contraction.k] = k;
    AffineMap aMap = contraction.getMap(contraction.a);
    SmallVector<Value> factors, next;
    for (VectorPiece piece : pieces)
      factors.push_back(loadColumns(b, loc, dimsK, piece));
    for (int64_t r = 0; r < rows; ++r) {
      at[r][contraction.k] = k;
      Value scalar = memref::LoadOp::create(b, loc, contraction.a->get(),
                                            getIndices(aMap, at[r]));
      for (auto [i, factor] : llvm::enumerate(factors)) {
        Value row =
            vector::BroadcastOp::create(b, loc, factor.getType(), scalar);
        next.push_back(vector::FMAOp::create(b, loc, row, factor,
                                             sums[r * pieces.size() + i]));
      }
    }
    scf::YieldOp::create(b, loc, next);
  };
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto loop = scf::ForOp::create(b, loc, zero, kSize, one, starts, body);

  AffineMap cMap = contraction.getMap(contraction.c);
  for (int64_t r = 0; r < rows; ++r)
    for (auto [i, piece] : llvm::enumerate(pieces))
      storePiece(b, loc, loop.getResult(r * pieces.size() + i),
                 contraction.c->get(), getIndices(cMap, at[r]), piece);
}
