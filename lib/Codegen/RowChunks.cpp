//===- RowChunks.cpp - Parallel loops over rows ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowChunks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

Value keel::createRowLoop(OpBuilder &b, Location loc, Value rows,
                          int64_t chunkRows) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value chunk = arith::ConstantIndexOp::create(b, loc, chunkRows);
  Value chunks = arith::CeilDivUIOp::create(b, loc, rows, chunk);
  auto parallel = scf::ParallelOp::create(b, loc, ValueRange{zero},
                                          ValueRange{chunks}, ValueRange{one});
  b.setInsertionPointToStart(parallel.getBody());
  Value begin =
      arith::MulIOp::create(b, loc, parallel.getInductionVars().front(), chunk);
  Value end = arith::AddIOp::create(b, loc, begin, chunk);
  end = arith::MinUIOp::create(b, loc, end, rows);
  auto loop = scf::ForOp::create(b, loc, begin, end, one);
  b.setInsertionPointToStart(loop.getBody());
  return loop.getInductionVar();
}
