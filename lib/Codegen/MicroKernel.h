//===- MicroKernel.h - A tile of a product in registers -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_MICROKERNEL_H
#define KEEL_LIB_CODEGEN_MICROKERNEL_H

#include "Contraction.h"
#include "VectorPieces.h"

namespace keel {

/// What the accumulators of a tile start from.
struct TileInit {
  enum Kind { Output, Constant, Broadcast };
  Kind kind = Output;
  /// A scalar, or a memref with `map` from C's iteration space whose last
  /// dimension, if it has one, is n.
  mlir::Value value;
  mlir::AffineMap map;
};

/// Emits tiles of a contraction on memrefs. A tile is one loop over k that
/// carries rows x vectors one-dimensional accumulators: B by vector loads, A by
/// scalar loads and broadcasts.
class MicroKernel {
public:
  MicroKernel(const Contraction &contraction, const TileInit &init,
              mlir::Value kSize)
      : contraction(contraction), init(init), kSize(kSize) {}

  /// Copies the columns `pieces` of B into `panel`, a row of vectors for each
  /// k, where tiles then read them.
  void packColumns(mlir::OpBuilder &b, mlir::Location loc,
                   llvm::ArrayRef<mlir::Value> dims,
                   llvm::ArrayRef<VectorPiece> pieces, mlir::Value panel);

  /// Emits the tile of `rows` rows and the columns `pieces` whose first element
  /// is at `dims`, one value for each dimension of the iteration space (k's is
  /// not used).
  void emitTile(mlir::OpBuilder &b, mlir::Location loc,
                llvm::ArrayRef<mlir::Value> dims, int64_t rows,
                llvm::ArrayRef<VectorPiece> pieces) const;

private:
  llvm::SmallVector<mlir::Value>
  getIndices(mlir::AffineMap map, llvm::ArrayRef<mlir::Value> dims) const;
  mlir::Value loadInit(mlir::OpBuilder &b, mlir::Location loc,
                       llvm::ArrayRef<mlir::Value> dims,
                       VectorPiece piece) const;

  mlir::Value loadColumns(mlir::OpBuilder &b, mlir::Location loc,
                          llvm::ArrayRef<mlir::Value> dims,
                          VectorPiece piece) const;

  const Contraction &contraction;
  const TileInit &init;
  mlir::Value kSize, panel;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_MICROKERNEL_H
