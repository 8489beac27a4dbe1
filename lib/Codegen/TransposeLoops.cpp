//===- TransposeLoops.cpp - Transposition by blocks in registers ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposeLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

namespace {

/// One transposition: target[j, i] = source[i, j].
class TransposeLowering {
public:
  TransposeLowering(Operation *op, Value source, Value target, int64_t lanes)
      : b(op), loc(op->getLoc()), source(source), target(target),
        rows(cast<MemRefType>(source.getType()).getDimSize(0)),
        columns(cast<MemRefType>(source.getType()).getDimSize(1)),
        lanes(lanes) {}

  void run();

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  void emitBand(Value column, int64_t width);
  void emitBlock(Value row, Value column);
  void emitScalars(Value row, int64_t height, Value column, int64_t width);

  OpBuilder b;
  Location loc;
  Value source, target;
  int64_t rows, columns, lanes;
};

} // namespace

/// Interleaving the first half of the rows with the second, as often as the
/// logarithm of their number, transposes.
void keel::transposeSquare(OpBuilder &b, Location loc,
                           SmallVectorImpl<Value> &rows) {
  int64_t lanes = rows.size();
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < lanes / 2; ++i) {
    low.append({i, lanes + i});
    high.append({lanes / 2 + i, lanes + lanes / 2 + i});
  }
  for (int64_t width = 1; width < lanes; width *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < lanes / 2; ++i)
      for (ArrayRef<int64_t> mask : {ArrayRef(low), ArrayRef(high)})
        next.push_back(vector::ShuffleOp::create(b, loc, rows[i],
                                                 rows[i + lanes / 2], mask));
    rows.assign(next.begin(), next.end());
  }
}

/// `lanes` rows of `lanes` elements.
void TransposeLowering::emitBlock(Value row, Value column) {
  auto type = VectorType::get(
      {lanes}, cast<MemRefType>(source.getType()).getElementType());
  SmallVector<Value> block;
  for (int64_t i = 0; i < lanes; ++i)
    block.push_back(vector::LoadOp::create(
        b, loc, type, source, ValueRange{addConstant(b, loc, row, i), column}));
  transposeSquare(b, loc, block);
  for (int64_t i = 0; i < lanes; ++i)
    vector::StoreOp::create(b, loc, block[i], target,
                            ValueRange{addConstant(b, loc, column, i), row});
}

void TransposeLowering::emitScalars(Value row, int64_t height, Value column,
                                    int64_t width) {
  OpBuilder::InsertionGuard guard(b);
  Value zero = constant(0), one = constant(1);
  auto outer = scf::ForOp::create(b, loc, zero, constant(width), one);
  b.setInsertionPointToStart(outer.getBody());
  Value j = arith::AddIOp::create(b, loc, column, outer.getInductionVar());
  auto inner = scf::ForOp::create(b, loc, zero, constant(height), one);
  b.setInsertionPointToStart(inner.getBody());
  Value i = arith::AddIOp::create(b, loc, row, inner.getInductionVar());
  Value value = memref::LoadOp::create(b, loc, source, ValueRange{i, j});
  memref::StoreOp::create(b, loc, value, target, ValueRange{j, i});
}

/// The source's columns [column, column + width): rows of the target.
void TransposeLowering::emitBand(Value column, int64_t width) {
  int64_t whole = width == lanes ? rows / lanes * lanes : 0;
  if (whole) {
    auto loop = scf::ForOp::create(b, loc, constant(0), constant(whole),
                                   constant(lanes));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitBlock(loop.getInductionVar(), column);
  }
  if (whole < rows)
    emitScalars(constant(whole), rows - whole, column, width);
}

void TransposeLowering::run() {
  if (int64_t bands = columns / lanes) {
    auto parallel = scf::ParallelOp::create(b, loc, ValueRange{constant(0)},
                                            ValueRange{constant(bands)},
                                            ValueRange{constant(1)});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(parallel.getBody());
    Value column = arith::MulIOp::create(
        b, loc, parallel.getInductionVars().front(), constant(lanes));
    emitBand(column, lanes);
  }
  if (int64_t left = columns % lanes)
    emitBand(constant(columns - left), left);
}

LogicalResult keel::lowerTranspose(linalg::LinalgOp op, VectorShape shape) {
  if (!op.hasPureBufferSemantics() || op.getNumLoops() != 2 ||
      op.getNumParallelLoops() != 2 || op.getNumDpsInputs() != 1 ||
      op.getNumDpsInits() != 1)
    return failure();
  auto isMatrix = [](Value value) {
    auto type = dyn_cast<MemRefType>(value.getType());
    // A bool takes a byte in memory, one of a vector a bit.
    return type && type.getRank() == 2 && type.hasStaticShape() &&
           !type.getElementType().isInteger(1) &&
           type.areTrailingDimsContiguous(1);
  };
  Value source = op.getDpsInputs()[0], target = op.getDpsInits()[0];
  AffineMap map = op.getIndexingMapsArray()[0];
  if (!isMatrix(source) || !isMatrix(target) || !map.isPermutation() ||
      map == op.getIndexingMapsArray()[1] ||
      op.getBlock()->getTerminator()->getOperand(0) !=
          op.getBlock()->getArgument(0))
    return failure();
  Type element = cast<MemRefType>(source.getType()).getElementType();
  int64_t lanes = shape.getLanes(element.getIntOrFloatBitWidth());
  TransposeLowering(op, source, target, lanes).run();
  op->erase();
  return success();
}
