//===- TileEpilogue.h - Element-wise work on a tile in registers ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_TILEEPILOGUE_H
#define KEEL_LIB_CODEGEN_TILEEPILOGUE_H

#include "Contraction.h"
#include "VectorBody.h"

namespace keel {

/// Marks a generic that works on the elements of the contraction before it, as
/// `keel-fuse-epilogues` leaves it.
inline constexpr llvm::StringLiteral kEpilogueAttr = "keel.epilogue";
/// Marks a contraction whose result nothing reads but its epilogue, and an
/// allocation that therefore needs no memory.
inline constexpr llvm::StringLiteral kTransientAttr = "keel.transient";

/// The element-wise operations that follow a contraction and take its result
/// from registers.
class TileEpilogue {
public:
  /// The marked operations behind `contraction`.
  static TileEpilogue get(const Contraction &contraction);

  bool empty() const { return bodies.empty(); }
  /// Whether the bodies are best repeated for every vector of a tile.
  bool isCheap() const;
  /// Whether C itself has to be stored before.
  bool needsResult() const { return !transient; }

  /// The memrefs that the bodies write.
  llvm::SmallVector<mlir::Value> getWritten() const;

  /// Applies the bodies to `value`, the piece of C at `dims`, and stores what
  /// they give.
  void emit(mlir::OpBuilder &b, mlir::Location loc,
            llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
            mlir::Value value) const;
  void eraseOps();

private:
  explicit TileEpilogue(const Contraction &contraction)
      : contraction(contraction) {}
  llvm::SmallVector<mlir::Value>
  getDims(llvm::ArrayRef<mlir::Value> dims) const;

  const Contraction &contraction;
  llvm::SmallVector<VectorBody, 1> bodies;
  bool transient = false;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_TILEEPILOGUE_H
