//===- VectorLoops.cpp - Loops around a body on vectors -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "RowChunks.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

/// About how many elements one iteration of a parallel loop works on.
static constexpr int64_t kChunkElements = 4096;
/// What a dynamic size counts as in that estimate.
static constexpr int64_t kTypicalRows = 64;
/// Accumulators in flight: what the latency of an addition needs.
static constexpr int64_t kAccumulators = 4;
/// Chunks of columns that are enough for some threads.
static constexpr int64_t kManyChunks = 4;
/// Bodies up to this size are repeated to have independent work.
static constexpr unsigned kSmallBody = 6;

Value VectorLoops::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

/// The element that a reduction's sums start from: for the largest number the
/// least, not NaN, since VectorBody compares with it.
static std::optional<TypedAttr> getStart(Operation *combiner) {
  std::optional<TypedAttr> neutral = arith::getNeutralElement(combiner);
  if (auto max = dyn_cast<arith::MaxNumFOp>(combiner)) {
    auto type = cast<FloatType>(max.getType());
    return FloatAttr::get(
        type, APFloat::getInf(type.getFloatSemantics(), /*Negative=*/true));
  }
  return neutral;
}

/// Finds how each output is reduced over the vector dimension.
LogicalResult VectorLoops::matchCombiners() {
  ArrayRef<BlockArgument> outputs = op.getRegionOutputArgs();
  for (unsigned i = 0; i < outputs.size(); ++i) {
    // Beside a reduction, results of elements.
    if (op.getMatchingIndexingMap(op.getDpsInitOperand(i))
            .isFunctionOfDim(body.getVectorDim()))
      continue;
    SmallVector<Operation *> operations;
    if (!matchReduction(outputs, i, operations) || operations.size() != 1)
      return failure();
    auto kind = linalg::getCombinerOpKind(operations.front());
    std::optional<TypedAttr> neutral = getStart(operations.front());
    if (!kind || !neutral)
      return failure();
    combiners.push_back({i, *kind, *neutral});
  }
  return success(!combiners.empty());
}

/// Whether an output has an element for each step of a reduced dimension that
/// is not the vectors'.
bool VectorLoops::keepsReduced() {
  return llvm::any_of(op.getDpsInitsMutable(), [&](OpOperand &output) {
    AffineMap map = op.getMatchingIndexingMap(&output);
    return llvm::any_of(
        llvm::enumerate(op.getIteratorTypesArray()), [&](auto entry) {
          return entry.value() == utils::IteratorType::reduction &&
                 entry.index() != body.getVectorDim() &&
                 map.isFunctionOfDim(entry.index());
        });
  });
}

LogicalResult VectorLoops::run() {
  if (keepsReduced())
    return failure();
  if (!body.isVectorDimParallel() && failed(matchCombiners()))
    return failure();
  unsigned bits = 8;
  for (OpOperand &operand : op->getOpOperands())
    if (op.getMatchingIndexingMap(&operand).isFunctionOfDim(
            body.getVectorDim()))
      bits = std::max(bits, getElementTypeOrSelf(operand.get().getType())
                                .getIntOrFloatBitWidth());
  lanes = shape.getLanes(bits);
  staticSizes = op.getStaticLoopRanges();
  columns = staticSizes[body.getVectorDim()];
  for (Range range : op.createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  dims.assign(sizes.size(), constant(0));
  for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (dim != body.getVectorDim())
      (type == utils::IteratorType::parallel ? rowDims : reducedDims)
          .push_back(dim);
  if (!reducedDims.empty() || !body.isVectorDimParallel() ||
      body.getNumOperations() <= kSmallBody)
    unroll = kAccumulators;
  // Long stretches of each row keep the memory busy.
  if (!reducedDims.empty() && rowDims.empty() && body.isVectorDimParallel() &&
      op.getNumDpsInits() == 1 && shape.registers >= 32 &&
      columns >= kManyChunks * 2 * kAccumulators * lanes)
    unroll = 2 * kAccumulators;

  // In a loop of keel-fuse-rows the work is one row's.
  if (op->getParentOfType<scf::ParallelOp>())
    emitRowLoops(rowDims);
  else if (!rowDims.empty())
    emitRowChunks(rowDims.front());
  else if (body.isVectorDimParallel())
    emitColumnChunks();
  else
    emitReducedRow();
  op->erase();
  return success();
}

/// How many steps of the first dimension make a piece of work worth passing on.
int64_t VectorLoops::getChunkRows() {
  int64_t work = std::max(1u, body.getNumOperations() / 4);
  for (auto [dim, size] : llvm::enumerate(staticSizes))
    if (dim != rowDims.front())
      work *= ShapedType::isDynamic(size) ? kTypicalRows : size;
  return std::max<int64_t>(1, kChunkElements / std::max<int64_t>(1, work));
}

void VectorLoops::emitRowChunks(unsigned rowDim) {
  OpBuilder::InsertionGuard guard(b);
  dims[rowDim] = createRowLoop(b, loc, sizes[rowDim], getChunkRows());
  emitRowLoops(ArrayRef(rowDims).drop_front());
}

void VectorLoops::emitRowLoops(ArrayRef<unsigned> dimsLeft) {
  if (dimsLeft.empty())
    return emitRow();
  auto loop = scf::ForOp::create(b, loc, constant(0), sizes[dimsLeft.front()],
                                 constant(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  dims[dimsLeft.front()] = loop.getInductionVar();
  emitRowLoops(dimsLeft.drop_front());
}

void VectorLoops::emitRow() {
  if (!body.isVectorDimParallel())
    return emitReducedRow();
  emitColumns(constant(0), sizes[body.getVectorDim()]);
  emitTail();
}

/// Columns in [begin, end) but for the static tail. `begin` is a multiple of
/// the unrolled vectors.
void VectorLoops::emitColumns(Value begin, Value end) {
  Value &column = dims[body.getVectorDim()];
  auto emitLoop = [&](Value from, Value to, int64_t step, int64_t vectorLanes) {
    auto loop = scf::ForOp::create(b, loc, from, to, constant(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    column = loop.getInductionVar();
    emitPieces(cutIntoVectors(step, vectorLanes, shape.masks));
  };
  if (ShapedType::isDynamic(columns)) {
    Value width = constant(lanes);
    Value count = arith::SubIOp::create(b, loc, end, begin);
    Value vectors = arith::DivUIOp::create(b, loc, count, width);
    Value whole = arith::AddIOp::create(
        b, loc, begin, arith::MulIOp::create(b, loc, vectors, width));
    emitLoop(begin, whole, lanes, lanes);
    emitLoop(whole, end, 1, 1);
    return;
  }
  int64_t step = unroll * lanes, whole = columns / step * step;
  if (whole == 0)
    return;
  Value to = arith::MinUIOp::create(b, loc, end, constant(whole));
  emitLoop(begin, to, step, lanes);
}

/// The columns that do not fill the unrolled vectors.
void VectorLoops::emitTail() {
  if (ShapedType::isDynamic(columns))
    return;
  int64_t step = unroll * lanes, whole = columns / step * step;
  dims[body.getVectorDim()] = constant(whole);
  if (columns > whole)
    emitPieces(cutIntoVectors(columns - whole, lanes, shape.masks));
}

/// Without rows, chunks of columns are independent.
void VectorLoops::emitColumnChunks() {
  int64_t step = unroll * lanes;
  int64_t size = reducedDims.empty() ? std::max(kChunkElements, step) : step;
  Value zero = constant(0), one = constant(1), chunk = constant(size);
  Value total = sizes[body.getVectorDim()];
  Value chunks = arith::CeilDivUIOp::create(b, loc, total, chunk);
  auto parallel = scf::ParallelOp::create(b, loc, ValueRange{zero},
                                          ValueRange{chunks}, ValueRange{one});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(parallel.getBody());
  Value id = parallel.getInductionVars().front();
  Value begin = arith::MulIOp::create(b, loc, id, chunk);
  Value end = arith::AddIOp::create(b, loc, begin, chunk);
  end = arith::MinUIOp::create(b, loc, end, total);
  emitColumns(begin, end);
  if (ShapedType::isDynamic(columns) || columns % step == 0)
    return;
  Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, id,
                                       constant((columns - 1) / size));
  auto branch = scf::IfOp::create(b, loc, isLast, /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
  emitTail();
}

SmallVector<Value> VectorLoops::emitReductionLoops(
    ArrayRef<unsigned> dimsLeft, ArrayRef<Value> sums,
    llvm::function_ref<SmallVector<Value>(ArrayRef<Value>)> emitInner) {
  if (dimsLeft.empty())
    return emitInner(sums);
  auto loop = scf::ForOp::create(b, loc, constant(0), sizes[dimsLeft.front()],
                                 constant(1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  dims[dimsLeft.front()] = loop.getInductionVar();
  SmallVector<Value> inner(loop.getRegionIterArgs());
  scf::YieldOp::create(
      b, loc, emitReductionLoops(dimsLeft.drop_front(), inner, emitInner));
  return SmallVector<Value>(loop.getResults());
}

/// With reduced dimensions, the pieces' outputs are carried in registers.
void VectorLoops::emitPieces(ArrayRef<VectorPiece> pieces) {
  if (reducedDims.empty()) {
    SmallVector<SmallVector<Value>> results;
    for (VectorPiece piece : pieces)
      results.push_back(
          body.emit(b, dims, piece, body.loadOutputs(b, dims, piece)));
    for (auto [piece, values] : llvm::zip(pieces, results))
      body.storeOutputs(b, dims, piece, values);
    return;
  }
  unsigned outputs = op.getNumDpsInits();
  SmallVector<Value> sums;
  for (VectorPiece piece : pieces)
    for (auto [i, value] : llvm::enumerate(body.loadOutputs(b, dims, piece))) {
      Type element =
          getElementTypeOrSelf(op.getDpsInitOperand(i)->get().getType());
      sums.push_back(value
                         ? value
                         : arith::ConstantOp::create(
                               b, loc, b.getZeroAttr(piece.getType(element))));
    }
  SmallVector<Value> results =
      emitReductionLoops(reducedDims, sums, [&](ArrayRef<Value> carried) {
        SmallVector<Value> next;
        for (auto [i, piece] : llvm::enumerate(pieces))
          llvm::append_range(
              next,
              body.emit(b, dims, piece, carried.slice(i * outputs, outputs)));
        return next;
      });
  for (auto [i, piece] : llvm::enumerate(pieces))
    body.storeOutputs(b, dims, piece,
                      ArrayRef(results).slice(i * outputs, outputs));
}
