//===- TransposeLoops.h - Transposition by blocks in registers ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_TRANSPOSELOOPS_H
#define KEEL_LIB_CODEGEN_TRANSPOSELOOPS_H

#include "VectorPieces.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace keel {

/// Transposes a square of vectors, as many as each has lanes, by shuffles.
void transposeSquare(mlir::OpBuilder &b, mlir::Location loc,
                     llvm::SmallVectorImpl<mlir::Value> &rows);

/// Replaces a copy of a static matrix into its transpose by square blocks of
/// vectors; their rows are independent. Fails, changing nothing, on any other
/// operation.
mlir::LogicalResult lowerTranspose(mlir::linalg::LinalgOp op,
                                   VectorShape shape);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_TRANSPOSELOOPS_H
