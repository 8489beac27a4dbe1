//===- Contraction.h - What a contraction contracts -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_CONTRACTION_H
#define KEEL_LIB_CODEGEN_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace keel {

/// C[m, n] += sum over k of A[m, k] * B[k, n], where each index may stand
/// anywhere in A's and B's shape and n is C's last dimension. Dimensions are
/// those of the operation's iteration space.
struct Contraction {
  mlir::linalg::LinalgOp op;
  mlir::OpOperand *a = nullptr, *b = nullptr, *c = nullptr;
  unsigned n = 0, k = 0;
  /// Absent for a vector times a matrix.
  std::optional<unsigned> m;
  /// Dimensions of C beside m and n.
  llvm::SmallVector<unsigned> outer;
  /// Where B comes as [n / T, k, n mod T]: T. See `keel-pack-weights`.
  int64_t packedColumns = 0;

  /// Matches a product and sum of one floating-point type over a single
  /// dimension, on tensors or memrefs. All maps are projections, or B is
  /// packed.
  static mlir::FailureOr<Contraction> match(mlir::linalg::LinalgOp op);

  mlir::AffineMap getMap(mlir::OpOperand *operand) const {
    auto linalgOp = op;
    return linalgOp.getMatchingIndexingMap(operand);
  }
  mlir::ShapedType getType(mlir::OpOperand *operand) const {
    return mlir::cast<mlir::ShapedType>(operand->get().getType());
  }
  /// The size of a dimension of the iteration space, or kDynamic.
  int64_t getSize(unsigned dim) const {
    auto linalgOp = op;
    return linalgOp.getStaticLoopRanges()[dim];
  }
  /// Whether n runs over consecutive elements of B.
  bool isRowMajor() const;
};

/// Whether an operation is a product and sum, of whatever types and dimensions.
bool isContraction(mlir::linalg::LinalgOp op);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_CONTRACTION_H
