//===- ColumnPanel.cpp - Columns of B in consecutive memory ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnPanel.h"
#include "TransposeLoops.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

ColumnPanel::ColumnPanel(OpBuilder &b, Location loc,
                         const Contraction &contraction, VectorShape shape,
                         int64_t depth, int64_t width)
    : contraction(contraction), shape(shape) {
  auto type = MemRefType::get(
      {depth, width}, contraction.getType(contraction.b).getElementType());
  memory = memref::AllocaOp::create(b, loc, type,
                                    b.getI64IntegerAttr(KEEL_ARENA_ALIGNMENT));
}

SmallVector<Value> ColumnPanel::getIndices(ArrayRef<Value> dims) const {
  AffineMap map = contraction.getMap(contraction.b);
  SmallVector<Value> indices;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    indices.push_back(dims[map.getDimPosition(i)]);
  return indices;
}

Value ColumnPanel::load(OpBuilder &b, Location loc, Value k,
                        VectorPiece piece) const {
  Value offset = arith::ConstantIndexOp::create(b, loc, piece.offset);
  Type element = contraction.getType(contraction.b).getElementType();
  return vector::LoadOp::create(b, loc, piece.getType(element), memory,
                                ValueRange{k, offset});
}

void ColumnPanel::packRows(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                           ArrayRef<VectorPiece> pieces, Value begin,
                           Value end) const {
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto loop = scf::ForOp::create(b, loc, begin, end, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> at(dims);
  at[contraction.k] = loop.getInductionVar();
  Value row =
      arith::SubIOp::create(b, loc, loop.getInductionVar(), begin).getResult();
  for (VectorPiece piece : pieces) {
    Value columns =
        loadPiece(b, loc, contraction.b->get(), getIndices(at), piece);
    Value offset = arith::ConstantIndexOp::create(b, loc, piece.offset);
    vector::StoreOp::create(b, loc, columns, memory, ValueRange{row, offset});
  }
}

/// `steps` steps of k from `k` on: rows of B as vectors along k, transposed by
/// shuffles.
void ColumnPanel::packBlock(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                            VectorPiece piece, Value column, Value k,
                            Value target, int64_t steps) const {
  Type element = contraction.getType(contraction.b).getElementType();
  Value zero =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(piece.getType(element)));
  SmallVector<Value> at(dims), block;
  at[contraction.k] = k;
  Value first = arith::AddIOp::create(b, loc, dims[contraction.n], column);
  for (int64_t i = 0; i < piece.lanes; ++i) {
    at[contraction.n] = addConstant(b, loc, first, i);
    block.push_back(i < piece.active
                        ? loadPiece(b, loc, contraction.b->get(),
                                    getIndices(at), {0, piece.lanes, steps})
                        : zero);
  }
  transposeSquare(b, loc, block);
  for (int64_t i = 0; i < steps; ++i)
    vector::StoreOp::create(b, loc, block[i], memory,
                            ValueRange{addConstant(b, loc, target, i), column});
}

/// One step of k, element by element.
void ColumnPanel::packStep(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                           VectorPiece piece, Value column, Value k,
                           Value target) const {
  SmallVector<Value> at(dims);
  at[contraction.k] = k;
  Value first = arith::AddIOp::create(b, loc, dims[contraction.n], column);
  Type element = contraction.getType(contraction.b).getElementType();
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
  for (int64_t i = 0; i < piece.lanes; ++i) {
    at[contraction.n] = addConstant(b, loc, first, i);
    Value value = i < piece.active
                      ? memref::LoadOp::create(b, loc, contraction.b->get(),
                                               getIndices(at))
                            .getResult()
                      : zero;
    memref::StoreOp::create(b, loc, value, memory,
                            ValueRange{target, addConstant(b, loc, column, i)});
  }
}

void ColumnPanel::packTransposed(OpBuilder &b, Location loc,
                                 ArrayRef<Value> dims, VectorPiece piece,
                                 Value column, Value begin, Value end) const {
  auto emitLoop = [&](Value from, Value to, int64_t step) {
    auto loop = scf::ForOp::create(
        b, loc, from, to, arith::ConstantIndexOp::create(b, loc, step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value target = arith::SubIOp::create(b, loc, k, begin);
    if (step > 1)
      packBlock(b, loc, dims, piece, column, k, target, step);
    else
      packStep(b, loc, dims, piece, column, k, target);
  };
  Value lanes = arith::ConstantIndexOp::create(b, loc, piece.lanes);
  Value count = arith::SubIOp::create(b, loc, end, begin);
  Value blocks = arith::DivUIOp::create(b, loc, count, lanes);
  Value whole = arith::AddIOp::create(
      b, loc, begin, arith::MulIOp::create(b, loc, blocks, lanes));
  emitLoop(begin, whole, piece.lanes);
  // What is left is known where all of k is.
  int64_t size = contraction.getSize(contraction.k);
  int64_t left = ShapedType::isDynamic(size) ? 0 : size % piece.lanes;
  if (!shape.masks || left == 0)
    return emitLoop(whole, end, 1);
  Value isLeft =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, whole, end);
  auto branch = scf::IfOp::create(b, loc, isLeft, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  packBlock(b, loc, dims, piece, column, whole,
            arith::SubIOp::create(b, loc, whole, begin), left);
}

void ColumnPanel::pack(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                       ArrayRef<VectorPiece> pieces, Value begin,
                       Value end) const {
  if (contraction.isRowMajor())
    return packRows(b, loc, dims, pieces, begin, end);
  // Vectors of one kind in a loop: the code of a transposition is long.
  for (const auto *it = pieces.begin(); it != pieces.end();) {
    const auto *last = std::find_if(it, pieces.end(), [&](VectorPiece other) {
      return other.lanes != it->lanes || other.active != it->active;
    });
    auto loop = scf::ForOp::create(
        b, loc, arith::ConstantIndexOp::create(b, loc, it->offset),
        arith::ConstantIndexOp::create(b, loc,
                                       it->offset + (last - it) * it->lanes),
        arith::ConstantIndexOp::create(b, loc, it->lanes));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    packTransposed(b, loc, dims, *it, loop.getInductionVar(), begin, end);
    it = last;
  }
}
