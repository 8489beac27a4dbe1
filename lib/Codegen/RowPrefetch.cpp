//===- RowPrefetch.cpp - Rows to fetch before they are needed -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowPrefetch.h"
#include "RowBounds.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace keel;

/// Rows below this are too short to fetch ahead.
static constexpr int64_t kMinRowBytes = 1024;

static int64_t getRowBytes(MemRefType type) {
  return type.getDimSize(1) * type.getElementTypeBitWidth() / 8;
}

/// Whether an operation goes through the columns of a row of `type`.
static bool hasColumns(linalg::LinalgOp op, MemRefType type) {
  return isa<linalg::GenericOp>(op.getOperation()) && op.getNumLoops() == 2 &&
         op.getStaticLoopRanges()[1] == type.getDimSize(1);
}

static unsigned getFirstUser(const RowGroup &group, Value memref) {
  return llvm::find_if(group.ops,
                       [&](linalg::LinalgOp op) {
                         return llvm::is_contained(op->getOperands(), memref);
                       }) -
         group.ops.begin();
}

/// The matrices of at least `minBytes` that the group shares with others.
static llvm::SetVector<Value> collectLarge(const RowGroup &group, int64_t rows,
                                           int64_t minBytes) {
  llvm::SetVector<Value> result;
  for (linalg::LinalgOp op : group.ops)
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      if (type && type.getRank() == 2 &&
          isByRow(op.getMatchingIndexingMap(&operand)) &&
          getRowBytes(type) >= kMinRowBytes &&
          rows * getRowBytes(type) >= minBytes &&
          !group.isTemporary(operand.get()))
        result.insert(operand.get());
    }
  return result;
}

/// The next row is fetched where there is the most to do for each column.
static std::optional<unsigned> findForNext(const RowGroup &group,
                                           Value memref) {
  std::optional<unsigned> found;
  size_t most = 0;
  for (unsigned i = getFirstUser(group, memref) + 1; i < group.ops.size();
       ++i) {
    linalg::LinalgOp op = group.ops[i];
    size_t work = op.getBlock()->getOperations().size();
    if (hasColumns(op, cast<MemRefType>(memref.getType())) && work >= most) {
      found = i;
      most = work;
    }
  }
  return found;
}

/// A row to write is fetched shortly before, where nothing else is if that can
/// be.
static std::optional<unsigned> findForThis(const RowGroup &group, Value memref,
                                           ArrayRef<RowPrefetch> others) {
  std::optional<unsigned> found;
  for (unsigned i = getFirstUser(group, memref); i-- > 0;) {
    if (!hasColumns(group.ops[i], cast<MemRefType>(memref.getType())))
      continue;
    if (llvm::none_of(others,
                      [&](const RowPrefetch &other) { return other.op == i; }))
      return i;
    if (!found)
      found = i;
  }
  return found;
}

SmallVector<RowPrefetch>
keel::planPrefetches(const RowGroup &group, int64_t maxRows, int64_t minBytes) {
  std::optional<int64_t> rows = getConstantIntValue(group.rows);
  if (!rows)
    rows = getUpperBound(cast<Value>(group.rows), maxRows);
  SmallVector<RowPrefetch> prefetches;
  if (!rows)
    return prefetches;
  llvm::SetVector<Value> large = collectLarge(group, *rows, minBytes);
  for (Value memref : large)
    if (group.isReadFirst(memref))
      if (std::optional<unsigned> op = findForNext(group, memref))
        prefetches.push_back({*op, memref, /*isWrite=*/false});
  for (Value memref : large)
    if (!group.isReadFirst(memref))
      if (std::optional<unsigned> op = findForThis(group, memref, prefetches))
        prefetches.push_back({*op, memref, /*isWrite=*/true});
  return prefetches;
}
