//===- LowerContractions.cpp - Contractions become micro-kernels ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "TilePlan.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace keel {
#define GEN_PASS_DEF_LOWERCONTRACTIONS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Lowers one contraction: blocks of rows and columns in parallel, tiles of a
/// block one after the other.
class ContractionLowering {
public:
  /// The batch is at most `maxRows`.
  ContractionLowering(Contraction &contraction, VectorShape shape,
                      int64_t maxRows)
      : contraction(contraction), shape(shape),
        plan(TilePlan::get(contraction, shape, maxRows)),
        loc(contraction.op.getLoc()), b(contraction.op),
        epilogue(TileEpilogue::get(this->contraction)) {}

  void run();

private:
  void emitBlock(Value id);
  void emitColumns(ArrayRef<VectorPiece> pieces);
  void emitRows(ArrayRef<VectorPiece> pieces, Value begin, Value end,
                const ColumnPanel *panel);
  void emitRemainder(const MicroKernel &kernel, Value from,
                     ArrayRef<VectorPiece> pieces);
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  Contraction contraction;
  VectorShape shape;
  TilePlan plan;
  Location loc;
  OpBuilder b;
  TileEpilogue epilogue;
  TileInit init;
  SmallVector<Value> sizes, dims;
  Value rowBegin, rowEnd;
};

struct LowerContractions
    : keel::impl::LowerContractionsBase<LowerContractions> {
  using LowerContractionsBase::LowerContractionsBase;

  void runOnOperation() override {
    VectorShape shape{vectorBits, vectorRegisters, maskedMemory, cacheBytes,
                      cores};
    FailureOr<ArenaLayout> layout = ArenaLayout::read(getOperation());
    if (failed(layout))
      return signalPassFailure();
    SmallVector<Contraction> found;
    getOperation()->walk([&](linalg::LinalgOp op) {
      FailureOr<Contraction> contraction = Contraction::match(op);
      if (succeeded(contraction) && isTiled(*contraction, layout->maxRows))
        found.push_back(*contraction);
    });
    for (Contraction &contraction : found)
      ContractionLowering(contraction, shape, layout->maxRows).run();
  }
};

} // namespace

/// The rows that are left when the tile's do not divide the block's: tiles of
/// powers of two, so that there are few kinds.
void ContractionLowering::emitRemainder(const MicroKernel &kernel, Value from,
                                        ArrayRef<VectorPiece> pieces) {
  int64_t size = contraction.getSize(*contraction.m);
  bool isKnown = !ShapedType::isDynamic(size);
  int64_t most = std::min(plan.tile.rows, plan.rows + 1) - 1;
  // What whole blocks and the last one leave.
  int64_t known = isKnown ? plan.blockRows % plan.tile.rows |
                                size % plan.blockRows % plan.tile.rows
                          : 0;
  for (int64_t rows = llvm::bit_floor(uint64_t(most)); rows > 0; rows /= 2) {
    if (isKnown && !(known & rows))
      continue;
    Value end = arith::AddIOp::create(b, loc, from, constant(rows));
    Value fits =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, end, rowEnd);
    auto branch = scf::IfOp::create(b, loc, fits, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      dims[*contraction.m] = from;
      kernel.emitTile(b, loc, dims, rows, pieces);
    }
    from = arith::SelectOp::create(b, loc, fits, end, from);
  }
}

/// All rows of the block, for the columns `pieces` from dims[n] and k in
/// [begin, end).
void ContractionLowering::emitRows(ArrayRef<VectorPiece> pieces, Value begin,
                                   Value end, const ColumnPanel *panel) {
  MicroKernel kernel(contraction, init, epilogue, begin, end, panel);
  if (!contraction.m)
    return kernel.emitTile(b, loc, dims, 1, pieces);
  Value step = constant(plan.tile.rows);
  Value count = arith::SubIOp::create(b, loc, rowEnd, rowBegin);
  Value tiles = arith::DivUIOp::create(b, loc, count, step);
  Value whole = arith::MulIOp::create(b, loc, tiles, step);
  Value wholeEnd = arith::AddIOp::create(b, loc, rowBegin, whole);
  auto loop = scf::ForOp::create(b, loc, rowBegin, wholeEnd, step);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    dims[*contraction.m] = loop.getInductionVar();
    kernel.emitTile(b, loc, dims, plan.tile.rows, pieces);
  }
  emitRemainder(kernel, wholeEnd, pieces);
}

/// The columns `pieces` from dims[n], all of k.
void ContractionLowering::emitColumns(ArrayRef<VectorPiece> pieces) {
  Value zero = constant(0), size = sizes[contraction.k];
  if (!plan.panelDepth)
    return emitRows(pieces, zero, size, nullptr);
  ColumnPanel panel(b, loc, contraction, shape, plan.panelDepth, plan.columns);
  if (!plan.isSplit()) {
    panel.pack(b, loc, dims, pieces, zero, size);
    return emitRows(pieces, zero, size, &panel);
  }
  Value depth = constant(plan.panelDepth);
  auto loop = scf::ForOp::create(b, loc, zero, size, depth);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value begin = loop.getInductionVar();
  Value end = arith::AddIOp::create(b, loc, begin, depth);
  end = arith::MinUIOp::create(b, loc, end, size);
  panel.pack(b, loc, dims, pieces, begin, end);
  emitRows(pieces, begin, end, &panel);
}

/// Block `id`: rows change faster than columns, whose part of B stays in the
/// second-level cache.
void ContractionLowering::emitBlock(Value id) {
  int64_t columns = contraction.getSize(contraction.n);
  int64_t columnTiles = llvm::divideCeil(columns, plan.columns);
  Value columnTile = id;
  if (contraction.m) {
    Value height = constant(plan.blockRows);
    Value rowBlocks =
        arith::CeilDivUIOp::create(b, loc, sizes[*contraction.m], height);
    columnTile = arith::DivUIOp::create(b, loc, id, rowBlocks);
    Value rowBlock = arith::RemUIOp::create(b, loc, id, rowBlocks);
    rowBegin = arith::MulIOp::create(b, loc, rowBlock, height);
    Value end = arith::AddIOp::create(b, loc, rowBegin, height);
    rowEnd = arith::MinUIOp::create(b, loc, end, sizes[*contraction.m]);
  }
  dims[contraction.n] =
      arith::MulIOp::create(b, loc, columnTile, constant(plan.columns));
  SmallVector<VectorPiece> whole =
      cutIntoVectors(plan.columns, plan.lanes, shape.masks);
  SmallVector<VectorPiece> tail =
      cutIntoVectors(columns % plan.columns, plan.lanes, shape.masks);
  if (tail.empty())
    return emitColumns(whole);
  if (columns < plan.columns)
    return emitColumns(tail);
  Value isWhole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                        columnTile, constant(columnTiles - 1));
  auto branch = scf::IfOp::create(b, loc, isWhole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emitColumns(whole);
  b.setInsertionPointToStart(branch.elseBlock());
  emitColumns(tail);
}

void ContractionLowering::run() {
  assert((!plan.isSplit() || epilogue.empty()) &&
         "keel-fuse-epilogues leaves sums in parts alone");
  if (!plan.isSplit())
    init = TileInit::find(contraction, epilogue.getWritten());
  for (Range range : contraction.op.createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  Value zero = constant(0), one = constant(1);
  dims.assign(sizes.size(), zero);
  for (unsigned dim : contraction.outer) {
    auto loop = scf::ForOp::create(b, loc, zero, sizes[dim], one);
    dims[dim] = loop.getInductionVar();
    b.setInsertionPointToStart(loop.getBody());
  }
  Value blocks = constant(
      llvm::divideCeil(contraction.getSize(contraction.n), plan.columns));
  if (contraction.m) {
    Value rowBlocks = arith::CeilDivUIOp::create(b, loc, sizes[*contraction.m],
                                                 constant(plan.blockRows));
    blocks = arith::MulIOp::create(b, loc, rowBlocks, blocks);
  }
  auto parallel = scf::ParallelOp::create(b, loc, ValueRange{zero},
                                          ValueRange{blocks}, ValueRange{one});
  b.setInsertionPointToStart(parallel.getBody());
  emitBlock(parallel.getInductionVars().front());
  if (init.op)
    init.op->erase();
  epilogue.eraseOps();
  contraction.op->erase();
}
