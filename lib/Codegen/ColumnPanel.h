//===- ColumnPanel.h - Columns of B in consecutive memory -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_COLUMNPANEL_H
#define KEEL_LIB_CODEGEN_COLUMNPANEL_H

#include "Contraction.h"
#include "VectorPieces.h"

namespace keel {

/// Some columns of B for a range of k, copied to the stack: a row of vectors
/// for each k. Strides that are powers of two would fall into few cache sets,
/// and a B whose columns are not consecutive cannot be read by vectors at all.
class ColumnPanel {
public:
  /// Room for `depth` steps of k and `width` columns.
  ColumnPanel(mlir::OpBuilder &b, mlir::Location loc,
              const Contraction &contraction, VectorShape shape, int64_t depth,
              int64_t width);

  /// Copies the columns `pieces` from `dims` on, for k in [begin, end).
  void pack(mlir::OpBuilder &b, mlir::Location loc,
            llvm::ArrayRef<mlir::Value> dims,
            llvm::ArrayRef<VectorPiece> pieces, mlir::Value begin,
            mlir::Value end) const;
  /// A piece for step `k` after the panel's first.
  mlir::Value load(mlir::OpBuilder &b, mlir::Location loc, mlir::Value k,
                   VectorPiece piece) const;

private:
  void packRows(mlir::OpBuilder &b, mlir::Location loc,
                llvm::ArrayRef<mlir::Value> dims,
                llvm::ArrayRef<VectorPiece> pieces, mlir::Value begin,
                mlir::Value end) const;
  void packTransposed(mlir::OpBuilder &b, mlir::Location loc,
                      llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
                      mlir::Value column, mlir::Value begin,
                      mlir::Value end) const;
  void packBlock(mlir::OpBuilder &b, mlir::Location loc,
                 llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
                 mlir::Value column, mlir::Value k, mlir::Value target,
                 int64_t steps) const;
  void packStep(mlir::OpBuilder &b, mlir::Location loc,
                llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
                mlir::Value column, mlir::Value k, mlir::Value target) const;
  llvm::SmallVector<mlir::Value>
  getIndices(llvm::ArrayRef<mlir::Value> dims) const;

  const Contraction &contraction;
  VectorShape shape;
  mlir::Value memory;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_COLUMNPANEL_H
