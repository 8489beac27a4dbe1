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
#include "llvm/ADT/bit.h"

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
  if (!panel)
    return loadPiece(b, loc, contraction.b->get(),
                     getIndices(contraction.getMap(contraction.b), dims),
                     piece);
  Value k = arith::SubIOp::create(b, loc, dims[contraction.k], begin);
  return panel->load(b, loc, k, piece);
}

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

/// How many multiply-adds are in flight at once on a core with two units of
/// four stages.
static constexpr int64_t kInFlight = 8;

/// One loop over k in [from, to) whose every iteration does one step for each
/// chain: `sums` has one accumulator for each chain, row and piece.
SmallVector<Value> MicroKernel::emitLoop(OpBuilder &b, Location loc,
                                         const RowDims &at,
                                         ArrayRef<VectorPiece> pieces,
                                         Value from, Value to,
                                         ArrayRef<Value> sums) const {
  int64_t accumulators = at.size() * pieces.size();
  int64_t chains = sums.size() / accumulators;
  AffineMap aMap = contraction.getMap(contraction.a);
  auto body = [&](OpBuilder &b, Location loc, Value k, ValueRange carried) {
    SmallVector<Value> next;
    for (int64_t chain = 0; chain < chains; ++chain) {
      Value step = addConstant(b, loc, k, chain);
      SmallVector<Value> dims(at.front()), factors;
      dims[contraction.k] = step;
      for (VectorPiece piece : pieces)
        factors.push_back(loadColumns(b, loc, dims, piece));
      for (const SmallVector<Value> &row : at) {
        dims = row;
        dims[contraction.k] = step;
        Value scalar = memref::LoadOp::create(b, loc, contraction.a->get(),
                                              getIndices(aMap, dims));
        for (Value factor : factors) {
          Value spread =
              vector::BroadcastOp::create(b, loc, factor.getType(), scalar);
          next.push_back(vector::FMAOp::create(b, loc, spread, factor,
                                               carried[next.size()]));
        }
      }
    }
    scf::YieldOp::create(b, loc, next);
  };
  Value step = arith::ConstantIndexOp::create(b, loc, chains);
  auto loop = scf::ForOp::create(b, loc, from, to, step, sums, body);
  keepRolled(loop);
  return SmallVector<Value>(loop.getResults());
}

/// The sums over k: one for each row and piece, rows outermost. Those of a
/// small tile are sums of several chains, for as many independent
/// multiply-adds.
SmallVector<Value> MicroKernel::emitSums(OpBuilder &b, Location loc,
                                         const RowDims &at,
                                         ArrayRef<VectorPiece> pieces) const {
  SmallVector<Value> sums;
  for (const SmallVector<Value> &dims : at)
    for (VectorPiece piece : pieces)
      sums.push_back(loadInit(b, loc, dims, piece));
  int64_t accumulators = sums.size();
  int64_t chains =
      llvm::bit_floor(uint64_t(std::max<int64_t>(1, kInFlight / accumulators)));
  if (chains == 1)
    return emitLoop(b, loc, at, pieces, begin, end, sums);
  for (int64_t i = accumulators; i < chains * accumulators; ++i)
    sums.push_back(arith::ConstantOp::create(
        b, loc, b.getZeroAttr(sums[i % accumulators].getType())));
  Value step = arith::ConstantIndexOp::create(b, loc, chains);
  Value count = arith::SubIOp::create(b, loc, end, begin);
  Value steps = arith::DivUIOp::create(b, loc, count, step);
  Value whole = arith::AddIOp::create(
      b, loc, begin, arith::MulIOp::create(b, loc, steps, step));
  sums = emitLoop(b, loc, at, pieces, begin, whole, sums);
  for (; chains > 1; chains /= 2)
    for (int64_t i = 0; i < chains / 2 * accumulators; ++i)
      sums[i] = arith::AddFOp::create(b, loc, sums[i],
                                      sums[i + chains / 2 * accumulators]);
  sums.resize(accumulators);
  return emitLoop(b, loc, at, pieces, whole, end, sums);
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
  int64_t columns = pieces.back().offset + pieces.back().active;
  for (const SmallVector<Value> &row : at)
    epilogue.prefetch(b, loc, row, columns);
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
