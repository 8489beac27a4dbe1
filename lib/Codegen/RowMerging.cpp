//===- RowMerging.cpp - Operations of a row in one loop over columns ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"
#include "FusedBodies.h"
#include "RowGroups.h"

using namespace mlir;
using namespace keel;

/// Whether two operations go through the same columns.
static bool haveSameColumns(linalg::GenericOp a, linalg::GenericOp b) {
  SmallVector<int64_t> ranges = a.getStaticLoopRanges();
  return ranges.size() == 2 && b.getNumLoops() == 2 &&
         !ShapedType::isDynamic(ranges[1]) &&
         ranges[1] == b.getStaticLoopRanges()[1];
}

static bool touches(linalg::LinalgOp op, Value memref) {
  return llvm::any_of(op->getOperands(), [&](Value operand) {
    return isa<MemRefType>(operand.getType()) &&
           getBuffer(operand) == getBuffer(memref);
  });
}

/// Whether the order of two operations does not matter.
static bool areIndependent(linalg::LinalgOp a, linalg::LinalgOp b) {
  return llvm::none_of(a.getDpsInits(),
                       [&](Value output) { return touches(b, output); }) &&
         llvm::none_of(b.getDpsInits(),
                       [&](Value output) { return touches(a, output); });
}

/// Whether `op` touches what `output` writes, if at all, by reading the element
/// at hand.
static bool readsElement(linalg::LinalgOp op, OpOperand &output) {
  AffineMap map =
      cast<linalg::LinalgOp>(output.getOwner()).getMatchingIndexingMap(&output);
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    if (!isa<MemRefType>(operand.get().getType()) ||
        getBuffer(operand.get()) != getBuffer(output.get()))
      return true;
    return operand.get() == output.get() && op.isDpsInput(&operand) &&
           map.isFunctionOfDim(1) && op.getMatchingIndexingMap(&operand) == map;
  });
}

static bool shareMatrix(linalg::GenericOp a, linalg::GenericOp b) {
  return llvm::any_of(a->getOperands(), [&](Value operand) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    return type && type.getRank() == 2 &&
           llvm::is_contained(b->getOperands(), operand);
  });
}

static bool canMerge(linalg::GenericOp a, linalg::GenericOp b) {
  auto isRead = [](linalg::GenericOp op) {
    return [op](OpOperand &output) mutable { return readsElement(op, output); };
  };
  // The cheapest question first: ranges of loops are the most work to find.
  return shareMatrix(a, b) && llvm::all_of(a.getDpsInitsMutable(), isRead(b)) &&
         llvm::all_of(b.getDpsInitsMutable(), isRead(a)) &&
         haveSameColumns(a, b);
}

void keel::mergeColumnLoops(RowGroup &group) {
  auto &ops = group.ops;
  for (unsigned at = 0; at < ops.size(); ++at) {
    auto second = dyn_cast<linalg::GenericOp>(ops[at].getOperation());
    // Backwards over what the earlier one may be done after.
    for (unsigned i = at; second && i-- > 0;) {
      auto first = dyn_cast<linalg::GenericOp>(ops[i].getOperation());
      auto canWait = [&](linalg::LinalgOp between) {
        return areIndependent(ops[i], between);
      };
      if (!first || !canMerge(first, second) ||
          !llvm::all_of(ArrayRef(ops).slice(i + 1, at - i - 1), canWait))
        continue;
      auto iterators = llvm::map_to_vector(
          llvm::zip(first.getIteratorTypesArray(),
                    second.getIteratorTypesArray()),
          [](auto types) {
            auto [a, b] = types;
            return a == utils::IteratorType::reduction ? a : b;
          });
      second = fuseBodies(first, second, iterators);
      ops[at] = second;
      ops.erase(ops.begin() + i);
      --at;
    }
  }
}
