//===- TilePlan.cpp - How a contraction is cut into tiles -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlan.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace keel;

/// A copy of columns lies on the stack, and shares the second-level cache with
/// the rows of A: it may have this part of it, but the stack bounds it, too.
static constexpr int64_t kPanelPart = 4, kMaxPanelBytes = 512 << 10;
/// Rows of B at such distances, or more, fall into few sets of a cache.
static constexpr int64_t kPageBytes = 4096;
/// From how many steps of k on, and how many rows, a copy pays: it asks for
/// more lines at once than a tile does. Fewer rows are enough for rows of B far
/// apart.
static constexpr int64_t kPackDepth = 192, kPackRows = 192, kWidePackRows = 96;
/// Fewer rows than this are better done as products of vectors along k than
/// with a transposed copy.
static constexpr int64_t kTransposeRows = 4;
/// The most threads that blocks are cut for.
static constexpr int64_t kMaxCores = 64;
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
                                const TilePlan &plan, VectorShape shape,
                                int64_t bytes) {
  if (contraction.packedColumns)
    return 0;
  bool isWide = contraction.getSize(contraction.n) * bytes >= kPageBytes;
  if (contraction.isRowMajor() &&
      (plan.rows < (isWide ? kWidePackRows : kPackRows) ||
       plan.depth < kPackDepth))
    return 0;
  int64_t panelBytes = std::min(shape.cacheBytes / kPanelPart, kMaxPanelBytes);
  int64_t most = std::max<int64_t>(1, panelBytes / (plan.columns * bytes));
  if (plan.depth <= most)
    return plan.depth;
  // Parts of about equal size, whose squares of vectors leave nothing over but
  // in the last.
  return llvm::alignTo(
      llvm::divideCeil(plan.depth, llvm::divideCeil(plan.depth, most)),
      plan.lanes);
}

/// Blocks are as many as threads can share evenly, and no higher than the
/// caches bear.
static int64_t chooseBlockRows(const TilePlan &plan, VectorShape shape,
                               int64_t columns) {
  int64_t columnTiles = llvm::divideCeil(columns, plan.columns);
  int64_t cores = std::clamp<int64_t>(shape.cores, 1, kMaxCores);
  // With fewer columns of tiles than twice the cores, the last would wait.
  int64_t shared =
      columnTiles >= 2 * cores ? 1 : cores / std::gcd(cores, columnTiles);
  int64_t blocks =
      std::max<int64_t>(shared, llvm::divideCeil(plan.rows, kMaxBlockRows));
  // A block repeats the copy of its columns.
  int64_t least = plan.panelDepth ? kPackedBlockRows : plan.tile.rows;
  blocks =
      std::clamp<int64_t>(blocks, 1, std::max<int64_t>(1, plan.rows / least));
  return llvm::divideCeil(plan.rows, blocks);
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
  plan.panelDepth = choosePanelDepth(contraction, plan, shape, bits / 8);
  plan.blockRows = chooseBlockRows(plan, shape, columns);
  return plan;
}
