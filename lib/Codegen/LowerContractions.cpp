//===- LowerContractions.cpp - Contractions become micro-kernels ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
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

/// The most rows of a tile: more do not hide more latency.
constexpr int64_t kMaxTileRows = 12;
/// The most vectors of a tile's row.
constexpr int64_t kMaxTileVectors = 8;
/// About the most rows of a block. Its part of A stays in the second-level
/// cache while the block's tiles run over it.
constexpr int64_t kMaxBlockRows = 96;
/// From how many rows on a block copies its columns of B to consecutive memory.
constexpr int64_t kPackRows = 24;
/// The most bytes of such a copy, which lies on the stack.
constexpr int64_t kMaxPanelBytes = 128 << 10;

/// Lowers one contraction: blocks of rows and columns in parallel, tiles of a
/// block one after the other.
class ContractionLowering {
public:
  /// The batch is at most `maxRows`.
  ContractionLowering(Contraction &contraction, VectorShape shape,
                      int64_t maxRows)
      : contraction(contraction), shape(shape), maxRows(maxRows),
        loc(contraction.op.getLoc()), b(contraction.op) {}

  void run();

private:
  void findInit();
  void emitBlock(Value id);
  void emitColumns(ArrayRef<VectorPiece> pieces);
  void chooseTile();
  int64_t getTileRows(int64_t vectors) const;
  /// The most a dimension can be.
  int64_t getBound(unsigned dim) const {
    int64_t size = contraction.getSize(dim);
    return ShapedType::isDynamic(size) ? maxRows : size;
  }
  int64_t getRowBound() const {
    return contraction.m ? getBound(*contraction.m) : 1;
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  void emitRemainder(MicroKernel &kernel, Value from, int64_t tileRows,
                     ArrayRef<VectorPiece> pieces);

  Contraction contraction;
  VectorShape shape;
  int64_t maxRows;
  Location loc;
  OpBuilder b;
  TileInit init;
  linalg::LinalgOp initOp;
  SmallVector<Value> sizes, dims;
  Value rowBegin, rowEnd;
  int64_t lanes = 1, tileColumns = 0, blockRows = 1;
};

struct LowerContractions
    : keel::impl::LowerContractionsBase<LowerContractions> {
  using LowerContractionsBase::LowerContractionsBase;

  void runOnOperation() override {
    VectorShape shape{vectorBits, vectorRegisters, maskedMemory};
    FailureOr<ArenaLayout> layout = ArenaLayout::read(getOperation());
    if (failed(layout))
      return signalPassFailure();
    SmallVector<Contraction> found;
    getOperation()->walk([&](linalg::LinalgOp op) {
      FailureOr<Contraction> contraction = Contraction::match(op);
      if (succeeded(contraction) && op.hasPureBufferSemantics() &&
          contraction->isRowMajor() && hasUnitStride(contraction->b) &&
          hasUnitStride(contraction->c))
        found.push_back(*contraction);
    });
    for (Contraction &contraction : found)
      ContractionLowering(contraction, shape, layout->maxRows).run();
  }

  static bool hasUnitStride(OpOperand *operand) {
    return cast<MemRefType>(operand->get().getType())
        .areTrailingDimsContiguous(1);
  }
};

} // namespace

/// Starts from a constant or a broadcast instead of C if that is what the
/// operation before put there.
void ContractionLowering::findInit() {
  Value c = contraction.c->get();
  Operation *op = contraction.op->getPrevNode();
  SmallPtrSet<Operation *, 8> users(c.getUsers().begin(), c.getUsers().end());
  SmallVector<Value> written;
  while (op && !users.contains(op)) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      llvm::append_range(written, linalgOp.getDpsInits());
    else if (!isMemoryEffectFree(op))
      return;
    op = op->getPrevNode();
  }
  auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op);
  if (!linalgOp || linalgOp.getNumDpsInits() != 1 ||
      linalgOp.getDpsInits()[0] != c || linalgOp.getNumDpsInputs() != 1)
    return;
  Value source = linalgOp.getDpsInputs()[0];
  if (isa<linalg::FillOp>(op)) {
    if (source.getType() != contraction.getType(contraction.c).getElementType())
      return;
    init = {TileInit::Constant, source, {}};
    initOp = linalgOp;
    return;
  }
  // A copy through a projection, in terms of the contraction's dimensions.
  AffineMap map = linalgOp.getIndexingMapsArray()[0];
  AffineMap outMap = linalgOp.getIndexingMapsArray()[1];
  auto type = dyn_cast<MemRefType>(source.getType());
  auto yield = linalgOp.getBlock()->getTerminator();
  if (!type || source == c || llvm::is_contained(written, source) ||
      yield->getOperand(0) != linalgOp.getBlock()->getArgument(0) ||
      !outMap.isPermutation() || !map.isProjectedPermutation())
    return;
  AffineMap composed = map.compose(inversePermutation(outMap))
                           .compose(contraction.getMap(contraction.c));
  if (composed.isFunctionOfDim(contraction.n) &&
      (composed.getDimPosition(composed.getNumResults() - 1) != contraction.n ||
       !type.areTrailingDimsContiguous(1)))
    return;
  init = {TileInit::Broadcast, source, composed};
  initOp = linalgOp;
}

/// The rows that are left when `tileRows` does not divide the block's.
void ContractionLowering::emitRemainder(MicroKernel &kernel, Value from,
                                        int64_t tileRows,
                                        ArrayRef<VectorPiece> pieces) {
  OpBuilder::InsertionGuard guard(b);
  dims[*contraction.m] = from;
  Value left = arith::SubIOp::create(b, loc, rowEnd, from);
  int64_t rows = contraction.getSize(*contraction.m);
  SmallVector<int64_t> cases;
  for (int64_t i = 1; i < std::min(tileRows, getRowBound() + 1); ++i)
    if (ShapedType::isDynamic(rows) || i == rows % blockRows % tileRows ||
        i == blockRows % tileRows)
      cases.push_back(i);
  if (cases.empty())
    return;
  auto choose = scf::IndexSwitchOp::create(b, loc, TypeRange(), left, cases,
                                           cases.size());
  auto fill = [&](Region &region, int64_t count) {
    b.setInsertionPointToStart(&region.emplaceBlock());
    if (count)
      kernel.emitTile(b, loc, dims, count, pieces);
    scf::YieldOp::create(b, loc);
  };
  for (auto [region, count] : llvm::zip(choose.getCaseRegions(), cases))
    fill(region, count);
  fill(choose.getDefaultRegion(), 0);
}

/// All rows of the block, for the columns `pieces` from dims[n].
void ContractionLowering::emitColumns(ArrayRef<VectorPiece> pieces) {
  MicroKernel kernel(contraction, init, sizes[contraction.k]);
  if (!contraction.m) {
    kernel.emitTile(b, loc, dims, 1, pieces);
    return;
  }
  int64_t tileRows = getTileRows(pieces.size());
  int64_t panelBytes =
      getBound(contraction.k) * tileColumns *
      contraction.getType(contraction.b).getElementTypeBitWidth() / 8;
  if (getRowBound() >= kPackRows && panelBytes <= kMaxPanelBytes) {
    auto type =
        MemRefType::get({getBound(contraction.k), tileColumns},
                        contraction.getType(contraction.b).getElementType());
    Value panel = memref::AllocaOp::create(
        b, loc, type, b.getI64IntegerAttr(KEEL_ARENA_ALIGNMENT));
    kernel.packColumns(b, loc, dims, pieces, panel);
  }
  Value step = constant(tileRows);
  Value count = arith::SubIOp::create(b, loc, rowEnd, rowBegin);
  Value tiles = arith::DivUIOp::create(b, loc, count, step);
  Value whole = arith::MulIOp::create(b, loc, tiles, step);
  Value wholeEnd = arith::AddIOp::create(b, loc, rowBegin, whole);
  auto loop = scf::ForOp::create(b, loc, rowBegin, wholeEnd, step);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    dims[*contraction.m] = loop.getInductionVar();
    kernel.emitTile(b, loc, dims, tileRows, pieces);
  }
  emitRemainder(kernel, wholeEnd, tileRows, pieces);
}

/// Block `id`: columns change faster than rows.
void ContractionLowering::emitBlock(Value id) {
  int64_t columns = contraction.getSize(contraction.n);
  int64_t columnTiles = (columns + tileColumns - 1) / tileColumns;
  Value perRow = constant(columnTiles);
  Value columnTile = arith::RemUIOp::create(b, loc, id, perRow);
  dims[contraction.n] =
      arith::MulIOp::create(b, loc, columnTile, constant(tileColumns));
  if (contraction.m) {
    Value rowBlock = arith::DivUIOp::create(b, loc, id, perRow);
    Value height = constant(blockRows);
    rowBegin = arith::MulIOp::create(b, loc, rowBlock, height);
    Value end = arith::AddIOp::create(b, loc, rowBegin, height);
    rowEnd = arith::MinUIOp::create(b, loc, end, sizes[*contraction.m]);
  }
  SmallVector<VectorPiece> whole =
      cutIntoVectors(tileColumns, lanes, shape.masks);
  SmallVector<VectorPiece> tail =
      cutIntoVectors(columns % tileColumns, lanes, shape.masks);
  if (tail.empty())
    return emitColumns(whole);
  if (columns < tileColumns)
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

/// Two vectors a row and many rows where there are many; with few, more
/// vectors, for as many independent sums. Prefers a number that divides the
/// columns.
void ContractionLowering::chooseTile() {
  Type element = contraction.getType(contraction.c).getElementType();
  lanes = shape.getLanes(element.getIntOrFloatBitWidth());
  int64_t most = std::clamp<int64_t>(
      (shape.registers - 1) / (getRowBound() + 1), 2, kMaxTileVectors);
  int64_t vectors = most;
  int64_t total = contraction.getSize(contraction.n) / lanes;
  while (vectors > std::max<int64_t>(2, most / 2) && total % vectors)
    --vectors;
  if (total % vectors)
    vectors = most;
  tileColumns = vectors * lanes;
  if (!contraction.m)
    return;
  // Blocks of about equal height, in whole tiles.
  int64_t rows = getRowBound(), tileRows = getTileRows(vectors);
  int64_t blocks = llvm::divideCeil(rows, kMaxBlockRows);
  blockRows = llvm::alignTo(llvm::divideCeil(rows, blocks), tileRows);
}

/// As many rows as registers hold, evened out over the tiles if their number is
/// known.
int64_t ContractionLowering::getTileRows(int64_t vectors) const {
  int64_t most = std::clamp<int64_t>((shape.registers - vectors - 1) / vectors,
                                     1, kMaxTileRows);
  int64_t rows = contraction.getSize(*contraction.m);
  if (ShapedType::isDynamic(rows) || rows > kMaxBlockRows)
    return std::min(most, getRowBound());
  int64_t tiles = (rows + most - 1) / most;
  return (rows + tiles - 1) / tiles;
}

void ContractionLowering::run() {
  int64_t columns = contraction.getSize(contraction.n);
  if (ShapedType::isDynamic(columns))
    return;
  chooseTile();
  findInit();
  for (Range range : contraction.op.createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  Value zero = constant(0), one = constant(1);
  dims.assign(sizes.size(), zero);
  for (unsigned dim : contraction.outer) {
    auto loop = scf::ForOp::create(b, loc, zero, sizes[dim], one);
    dims[dim] = loop.getInductionVar();
    b.setInsertionPointToStart(loop.getBody());
  }
  Value blocks = constant((columns + tileColumns - 1) / tileColumns);
  if (contraction.m) {
    Value rowBlocks = arith::CeilDivUIOp::create(b, loc, sizes[*contraction.m],
                                                 constant(blockRows));
    blocks = arith::MulIOp::create(b, loc, rowBlocks, blocks);
  }
  auto parallel = scf::ParallelOp::create(b, loc, ValueRange{zero},
                                          ValueRange{blocks}, ValueRange{one});
  b.setInsertionPointToStart(parallel.getBody());
  emitBlock(parallel.getInductionVars().front());
  if (initOp)
    initOp->erase();
  contraction.op->erase();
}
