//===- MicroKernel.cpp - A tile of a product in registers -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

static SmallVector<Value> getIndices(AffineMap map, ArrayRef<Value> dims) {
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
  if (contraction.packedColumns) {
    // A tile begins where a panel does.
    Value width =
        arith::ConstantIndexOp::create(b, loc, contraction.packedColumns);
    Value number = arith::DivUIOp::create(b, loc, dims[contraction.n], width);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    return loadPiece(b, loc, contraction.b->get(),
                     {number, dims[contraction.k], zero}, piece);
  }
  if (!panel)
    return loadPiece(b, loc, contraction.b->get(),
                     getIndices(contraction.getMap(contraction.b), dims),
                     piece);
  Value k = arith::SubIOp::create(b, loc, dims[contraction.k], begin);
  return panel->load(b, loc, k, piece);
}

static constexpr int64_t kLineBytes = 64;

/// Up to so many sums, registers are left for several steps of k at once.
static constexpr int64_t kUnrolledSums = 8;

/// Keeps the loop over k as it is: unrolled, it would not have the registers.
static void keepRolled(scf::ForOp loop) {
  MLIRContext *context = loop.getContext();
  auto yes = BoolAttr::get(context, true);
  auto unroll = LLVM::LoopUnrollAttr::get(context, yes, {}, {}, {}, {}, {}, {});
  loop->setAttr("llvm.loop_annotation",
                LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {},
                                              {}, {}, {}, {}, {}, {}, {}, {},
                                              {}, {}));
}

/// Which vector of the next panel's rows a tile asks for: the first tile of a
/// block for the first one, and so on, so that the panel comes while this one
/// is worked on. Null where B has no panels or there are too few rows for that.
Value MicroKernel::getNextLine(OpBuilder &b, Location loc,
                               const RowDims &at) const {
  if (!contraction.packedColumns || !contraction.m || at.size() < 2)
    return {};
  int64_t bytes =
      contraction.getType(contraction.b).getElementTypeBitWidth() / 8;
  int64_t width = std::max<int64_t>(1, kLineBytes / bytes);
  int64_t lines = contraction.packedColumns / width;
  if (lines < 1)
    return {};
  Value tile =
      arith::DivUIOp::create(b, loc, at.front()[*contraction.m],
                             arith::ConstantIndexOp::create(b, loc, at.size()));
  Value line = arith::MinUIOp::create(
      b, loc, tile, arith::ConstantIndexOp::create(b, loc, lines - 1));
  return arith::MulIOp::create(b, loc, line,
                               arith::ConstantIndexOp::create(b, loc, width));
}

/// Asks for the line at column `line` of the next panel's row dims[k].
void MicroKernel::prefetchLine(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                               Value line) const {
  Value width =
      arith::ConstantIndexOp::create(b, loc, contraction.packedColumns);
  Value number = arith::DivUIOp::create(b, loc, dims[contraction.n], width);
  memref::PrefetchOp::create(
      b, loc, contraction.b->get(),
      ValueRange{addConstant(b, loc, number, 1), dims[contraction.k], line},
      /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
}

/// The sums over k: one for each row and piece, rows outermost. Each is one
/// chain of k in any tile, so that a row's result does not depend on the rows
/// around it.
SmallVector<Value> MicroKernel::emitSums(OpBuilder &b, Location loc,
                                         const RowDims &at,
                                         ArrayRef<VectorPiece> pieces) const {
  SmallVector<Value> starts;
  for (const SmallVector<Value> &dims : at)
    for (VectorPiece piece : pieces)
      starts.push_back(loadInit(b, loc, dims, piece));
  AffineMap aMap = contraction.getMap(contraction.a);
  Value nextLine = getNextLine(b, loc, at);
  auto body = [&](OpBuilder &b, Location loc, Value k, ValueRange sums) {
    SmallVector<Value> dims(at.front()), factors, next;
    dims[contraction.k] = k;
    if (nextLine)
      prefetchLine(b, loc, dims, nextLine);
    for (VectorPiece piece : pieces)
      factors.push_back(loadColumns(b, loc, dims, piece));
    for (const SmallVector<Value> &row : at) {
      dims = row;
      dims[contraction.k] = k;
      Value scalar = memref::LoadOp::create(b, loc, contraction.a->get(),
                                            getIndices(aMap, dims));
      for (Value factor : factors) {
        Value spread =
            vector::BroadcastOp::create(b, loc, factor.getType(), scalar);
        next.push_back(
            vector::FMAOp::create(b, loc, spread, factor, sums[next.size()]));
      }
    }
    scf::YieldOp::create(b, loc, next);
  };
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto loop = scf::ForOp::create(b, loc, begin, end, one, starts, body);
  if (int64_t(starts.size()) > kUnrolledSums)
    keepRolled(loop);
  return SmallVector<Value>(loop.getResults());
}

void MicroKernel::storeResult(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                              VectorPiece piece, Value value) const {
  if (epilogue.empty() || epilogue.needsResult())
    storePiece(b, loc, value, contraction.c->get(),
               getIndices(contraction.getMap(contraction.c), dims), piece);
}

/// A long epilogue is a loop over rows, which finds the sums on the stack.
void MicroKernel::emitRolledEpilogue(OpBuilder &b, Location loc,
                                     ArrayRef<Value> dims, int64_t rows,
                                     ArrayRef<VectorPiece> pieces,
                                     ValueRange sums) const {
  Type element = contraction.getType(contraction.c).getElementType();
  int64_t width = pieces.back().offset + pieces.back().lanes;
  Value tile =
      memref::AllocaOp::create(b, loc, MemRefType::get({rows, width}, element),
                               b.getI64IntegerAttr(KEEL_ARENA_ALIGNMENT));
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  for (int64_t r = 0; r < rows; ++r)
    for (auto [i, piece] : llvm::enumerate(pieces))
      vector::StoreOp::create(b, loc, sums[r * pieces.size() + i], tile,
                              ValueRange{index(r), index(piece.offset)});
  auto loop = scf::ForOp::create(b, loc, index(0), index(rows), index(1));
  keepRolled(loop);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> at(dims);
  if (contraction.m)
    at[*contraction.m] = arith::AddIOp::create(b, loc, dims[*contraction.m],
                                               loop.getInductionVar());
  for (VectorPiece piece : pieces) {
    Value sum = vector::LoadOp::create(
        b, loc, piece.getType(element), tile,
        ValueRange{loop.getInductionVar(), index(piece.offset)});
    epilogue.emit(b, loc, at, piece, sum);
  }
}

void MicroKernel::emitTile(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                           int64_t rows, ArrayRef<VectorPiece> pieces) const {
  RowDims at(rows, SmallVector<Value>(dims));
  if (contraction.m)
    for (int64_t r = 0; r < rows; ++r)
      at[r][*contraction.m] = addConstant(b, loc, dims[*contraction.m], r);
  SmallVector<Value> sums = emitSums(b, loc, at, pieces);
  for (int64_t r = 0; r < rows; ++r)
    for (auto [i, piece] : llvm::enumerate(pieces)) {
      Value sum = sums[r * pieces.size() + i];
      storeResult(b, loc, at[r], piece, sum);
      if (epilogue.isCheap())
        epilogue.emit(b, loc, at[r], piece, sum);
    }
  if (!epilogue.isCheap())
    emitRolledEpilogue(b, loc, dims, rows, pieces, sums);
}
