//===- TilePlan.cpp - How a contraction is cut into tiles ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlan.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace keel;

/// A copy of columns lies on the stack, and shares the second-level cache with
/// the rows of A.
static constexpr int64_t kMaxPanelBytes = 256 << 10;
/// Rows of B at such distances, or more, fall into few sets of a cache.
static constexpr int64_t kPageBytes = 4096;
/// From how many rows, and steps of k, on a copy pays.
static constexpr int64_t kPackRows = 96, kPackDepth = 192;
/// Fewer rows than this are better done as products of vectors along k than
/// with a transposed copy.
static constexpr int64_t kTransposeRows = 4;
/// About how many blocks there should be for threads to share.
static constexpr int64_t kMinBlocks = 16;
/// The most rows of a block: its part of A streams past the columns.
static constexpr int64_t kMaxBlockRows = 1024;
/// The fewest rows that are worth a copy of B's columns of their own.
static constexpr int64_t kPackedBlockRows = 192;

static int64_t getBound(const Contraction &contraction,
                        std::optional<unsigned> dim, int64_t maxRows) {
  if (!dim)
    return 1;
  int64_t size = contraction.getSize(*dim);
  return ShapedType::isDynamic(size) ? maxRows : size;
}

bool keel::isTiled(const Contraction &contraction, int64_t maxRows) {
  auto op = contraction.op;
  auto hasUnitStride = [&](OpOperand *operand) {
    return cast<MemRefType>(operand->get().getType())
        .areTrailingDimsContiguous(1);
  };
  if (!op.hasPureBufferSemantics() ||
      ShapedType::isDynamic(contraction.getSize(contraction.n)) ||
      !hasUnitStride(contraction.b) || !hasUnitStride(contraction.c))
    return false;
  if (contraction.packedColumns)
    return true;
  AffineMap map = contraction.getMap(contraction.b);
  bool isTransposed =
      map.getDimPosition(map.getNumResults() - 1) == contraction.k;
  return contraction.isRowMajor() ||
         (isTransposed &&
          getBound(contraction, contraction.m, maxRows) >= kTransposeRows);
}

/// How many steps of k a copy of B's columns holds, if there is to be one.
static int64_t choosePanelDepth(const Contraction &contraction,
                                const TilePlan &plan, int64_t bytes) {
  if (contraction.packedColumns)
    return 0;
  bool isWide = contraction.getSize(contraction.n) * bytes >= kPageBytes;
  if (contraction.isRowMajor() &&
      !(isWide && plan.rows >= kPackRows && plan.depth >= kPackDepth))
    return 0;
  int64_t most = std::max<int64_t>(1, kMaxPanelBytes / (plan.columns * bytes));
  if (plan.depth <= most)
    return plan.depth;
  // Parts of about equal size, whose squares of vectors leave nothing over but
  // in the last.
  return llvm::alignTo(
      llvm::divideCeil(plan.depth, llvm::divideCeil(plan.depth, most)),
      plan.lanes);
}

static int64_t chooseBlockRows(const TilePlan &plan, int64_t columns) {
  int64_t columnTiles = llvm::divideCeil(columns, plan.columns);
  int64_t blocks = std::max(llvm::divideCeil(kMinBlocks, columnTiles),
                            llvm::divideCeil(plan.rows, kMaxBlockRows));
  // A block repeats the copy of its columns.
  int64_t least = plan.panelDepth ? kPackedBlockRows : plan.tile.rows;
  blocks =
      std::clamp<int64_t>(blocks, 1, std::max<int64_t>(1, plan.rows / least));
  return llvm::alignTo(llvm::divideCeil(plan.rows, blocks), plan.tile.rows);
}

TilePlan TilePlan::get(const Contraction &contraction, VectorShape shape,
                       int64_t maxRows) {
  int64_t bits = contraction.getType(contraction.c).getElementTypeBitWidth();
  int64_t columns = contraction.getSize(contraction.n);
  TilePlan plan;
  plan.lanes = shape.getLanes(bits);
  plan.rows = getBound(contraction, contraction.m, maxRows);
  plan.depth = getBound(contraction, contraction.k, maxRows);
  plan.tile =
      chooseTileShape(plan.rows, llvm::divideCeil(columns, plan.lanes),
                      shape.registers, contraction.packedColumns / plan.lanes);
  plan.columns = plan.tile.vectors * plan.lanes;
  plan.panelDepth = choosePanelDepth(contraction, plan, bits / 8);
  plan.blockRows = chooseBlockRows(plan, columns);
  return plan;
}
