//===- MicroKernel.h - A tile of a product in registers -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_MICROKERNEL_H
#define KEEL_LIB_CODEGEN_MICROKERNEL_H

#include "ColumnPanel.h"
#include "TileEpilogue.h"
#include "TileInit.h"

namespace keel {

/// Emits tiles of a contraction on memrefs. A tile is one loop over k that
/// carries rows x vectors one-dimensional accumulators: B by vector loads, A by
/// scalar loads and broadcasts. What follows the product is applied to the
/// accumulators before they are stored.
class MicroKernel {
public:
  /// Sums over k in [begin, end). B is read from `panel` if there is one.
  MicroKernel(const Contraction &contraction, const TileInit &init,
              const TileEpilogue &epilogue, mlir::Value begin, mlir::Value end,
              const ColumnPanel *panel)
      : contraction(contraction), init(init), epilogue(epilogue), begin(begin),
        end(end), panel(panel) {}

  /// Emits the tile of `rows` rows and the columns `pieces` whose first element
  /// is at `dims`, one value for each dimension of the iteration space (k's is
  /// not used).
  void emitTile(mlir::OpBuilder &b, mlir::Location loc,
                llvm::ArrayRef<mlir::Value> dims, int64_t rows,
                llvm::ArrayRef<VectorPiece> pieces) const;

private:
  /// The dimensions' values for each row of a tile.
  using RowDims = llvm::SmallVector<llvm::SmallVector<mlir::Value>>;

  mlir::Value loadInit(mlir::OpBuilder &b, mlir::Location loc,
                       llvm::ArrayRef<mlir::Value> dims,
                       VectorPiece piece) const;
  mlir::Value loadColumns(mlir::OpBuilder &b, mlir::Location loc,
                          llvm::ArrayRef<mlir::Value> dims,
                          VectorPiece piece) const;
  mlir::Value getNextLine(mlir::OpBuilder &b, mlir::Location loc,
                          const RowDims &at) const;
  void prefetchLine(mlir::OpBuilder &b, mlir::Location loc,
                    llvm::ArrayRef<mlir::Value> dims, mlir::Value line) const;
  llvm::SmallVector<mlir::Value>
  emitSums(mlir::OpBuilder &b, mlir::Location loc, const RowDims &at,
           llvm::ArrayRef<VectorPiece> pieces) const;
  void storeResult(mlir::OpBuilder &b, mlir::Location loc,
                   llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
                   mlir::Value value) const;
  void emitRolledEpilogue(mlir::OpBuilder &b, mlir::Location loc,
                          llvm::ArrayRef<mlir::Value> dims, int64_t rows,
                          llvm::ArrayRef<VectorPiece> pieces,
                          mlir::ValueRange sums) const;

  const Contraction &contraction;
  const TileInit &init;
  const TileEpilogue &epilogue;
  mlir::Value begin, end;
  const ColumnPanel *panel;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_MICROKERNEL_H
