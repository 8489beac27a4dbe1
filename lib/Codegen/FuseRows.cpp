//===- FuseRows.cpp - Operations on the same rows in one loop -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowChunks.h"
#include "RowGroups.h"
#include "RowPrefetch.h"
#include "VectorBody.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace keel {
#define GEN_PASS_DEF_FUSEROWS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Emits one group as a loop over rows.
class RowLoop {
public:
  RowLoop(const RowGroup &group, int64_t stackBytes,
          ArrayRef<RowPrefetch> prefetches)
      : group(group), stackBytes(stackBytes), prefetches(prefetches),
        b(group.ops.back()),
        loc(b.getFusedLoc(llvm::map_to_vector(
            group.ops, [](linalg::LinalgOp op) { return op.getLoc(); }))) {}

  void run(int64_t chunkElements);

private:
  int64_t getElementsOfRow() const;
  Value createRow(Value memref);
  Value createNextRow(Value rows);
  Value createView(Value memref, Value at);
  void emit(unsigned index);

  const RowGroup &group;
  int64_t stackBytes;
  ArrayRef<RowPrefetch> prefetches;
  OpBuilder b;
  Location loc;
  Value row, nextRow;
  /// What stands for a memref within a row, and which of them are numbers to
  /// write back at the row's end.
  llvm::DenseMap<Value, Value> rowOf;
  SmallVector<std::pair<Value, Value>> writtenBack;
};

struct FuseRows : keel::impl::FuseRowsBase<FuseRows> {
  using FuseRowsBase::FuseRowsBase;

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    auto module = getOperation()->getParentOfType<ModuleOp>();
    int64_t maxRows = 0;
    if (module && module->hasAttr(kLayoutAttr)) {
      FailureOr<ArenaLayout> layout = ArenaLayout::read(module);
      if (failed(layout))
        return signalPassFailure();
      maxRows = layout->maxRows;
    }
    for (RowGroup &group : findRowGroups(getOperation().front())) {
      mergeColumnLoops(group);
      stageUpdates(group, stackBytes);
      RowLoop(group, stackBytes, planPrefetches(group, maxRows, prefetchBytes))
          .run(chunkElements);
    }
  }
};

} // namespace

/// What a dynamic size within a row counts as.
static constexpr int64_t kTypicalSize = 64;

int64_t RowLoop::getElementsOfRow() const {
  int64_t elements = 0;
  for (linalg::LinalgOp op : group.ops) {
    int64_t size = 1;
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    for (int64_t range : ArrayRef(ranges).drop_front())
      size *= ShapedType::isDynamic(range) ? kTypicalSize : range;
    elements += size;
  }
  return elements;
}

Value RowLoop::createView(Value memref, Value at) {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1)};
  for (int64_t dim = 1; dim < type.getRank(); ++dim)
    sizes.push_back(b.getIndexAttr(type.getDimSize(dim)));
  offsets.front() = at;
  MemRefType view = memref::SubViewOp::inferRankReducedResultType(
      type.getShape().drop_front(), type, offsets, sizes, strides);
  return memref::SubViewOp::create(b, loc, view, memref, offsets, sizes,
                                   strides);
}

/// A number of a row lives in a register, a row that nothing else reads on the
/// stack.
Value RowLoop::createRow(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  auto local =
      MemRefType::get(type.getShape().drop_front(), type.getElementType());
  bool isNumber = type.getRank() == 1;
  if (!isNumber &&
      (!group.isTemporary(memref) || group.isReadFirst(memref) ||
       local.getNumElements() * type.getElementTypeBitWidth() > 8 * stackBytes))
    return createView(memref, row);
  IntegerAttr alignment = isNumber ? IntegerAttr() : b.getI64IntegerAttr(64);
  Value value = memref::AllocaOp::create(b, loc, local, alignment);
  if (!isNumber)
    return value;
  if (group.isReadFirst(memref))
    memref::StoreOp::create(b, loc, memref::LoadOp::create(b, loc, memref, row),
                            value);
  if (!group.isTemporary(memref) && group.isWritten(memref))
    writtenBack.push_back({memref, value});
  return value;
}

/// A map of the loops within a row.
static AffineMap dropRow(AffineMap map) {
  if (isByRow(map))
    map = map.dropResult(0);
  Builder b(map.getContext());
  SmallVector<AffineExpr> dims = {b.getAffineConstantExpr(0)};
  for (unsigned dim = 1; dim < map.getNumDims(); ++dim)
    dims.push_back(b.getAffineDimExpr(dim - 1));
  return map.replaceDimsAndSymbols(dims, {}, map.getNumDims() - 1, 0);
}

/// Repeats an operation without its first dimension.
void RowLoop::emit(unsigned index) {
  linalg::LinalgOp op = group.ops[index];
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (isa<MemRefType>(value.getType()) && isByRow(map))
      value = rowOf.at(value);
    (op.isDpsInit(&operand) ? outputs : inputs).push_back(value);
    maps.push_back(dropRow(map));
  }
  if (isa<linalg::FillOp>(op.getOperation())) {
    linalg::FillOp::create(b, op.getLoc(), inputs, outputs);
    return;
  }
  SmallVector<bool> isWrite;
  for (const RowPrefetch &prefetch : prefetches)
    if (prefetch.op == index) {
      maps.insert(maps.begin() + inputs.size(), b.getDimIdentityMap());
      inputs.push_back(
          createView(prefetch.memref, prefetch.isWrite ? row : nextRow));
      isWrite.push_back(prefetch.isWrite);
    }
  auto generic = linalg::GenericOp::create(
      b, op.getLoc(), TypeRange(), inputs, outputs, maps,
      ArrayRef(op.getIteratorTypesArray()).drop_front());
  IRMapping mapping;
  op->getRegion(0).cloneInto(&generic.getRegion(), mapping);
  if (!isWrite.empty())
    setPrefetched(generic, isWrite);
  SmallVector<linalg::IndexOp> indices(
      generic.getBody()->getOps<linalg::IndexOp>());
  for (linalg::IndexOp index : indices) {
    if (index.getDim() == 0) {
      index.replaceAllUsesWith(row);
      index.erase();
    } else {
      index.setDim(index.getDim() - 1);
    }
  }
}

/// The row behind this one, or the last.
Value RowLoop::createNextRow(Value rows) {
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  return arith::MinUIOp::create(b, loc, arith::AddIOp::create(b, loc, row, one),
                                arith::SubIOp::create(b, loc, rows, one));
}

void RowLoop::run(int64_t chunkElements) {
  llvm::SetVector<Value> memrefs;
  for (linalg::LinalgOp op : group.ops)
    for (OpOperand &operand : op->getOpOperands())
      if (isByRow(op.getMatchingIndexingMap(&operand)) &&
          isa<MemRefType>(operand.get().getType()))
        memrefs.insert(operand.get());
  Value rows = getValueOrCreateConstantIndexOp(b, loc, group.rows);
  row = createRowLoop(
      b, loc, rows,
      std::max<int64_t>(1, chunkElements /
                               std::max<int64_t>(1, getElementsOfRow())));
  for (Value memref : memrefs)
    rowOf[memref] = createRow(memref);
  if (!prefetches.empty())
    nextRow = createNextRow(rows);
  for (unsigned i = 0; i < group.ops.size(); ++i)
    emit(i);
  for (auto [memref, value] : writtenBack)
    memref::StoreOp::create(b, loc, memref::LoadOp::create(b, loc, value),
                            memref, row);
  for (linalg::LinalgOp op : group.ops)
    op->erase();
  for (Value memref : memrefs)
    if (memref.use_empty() && memref.getDefiningOp<memref::AllocOp>())
      memref.getDefiningOp()->erase();
}
