//===- VectorPieces.h - A row as vectors, with its tail -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_VECTORPIECES_H
#define KEEL_LIB_CODEGEN_VECTORPIECES_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace keel {

/// What vector code is shaped by; products also by caches and cores.
struct VectorShape {
  int64_t bits = 256;
  int64_t registers = 16;
  /// Whether a masked load or store is one instruction.
  bool masks = true;
  /// The second-level cache of a core.
  int64_t cacheBytes = 512 << 10;
  int64_t cores = 2;

  /// How many elements of `bitWidth` bits a vector has.
  int64_t getLanes(unsigned bitWidth) const {
    return std::max<int64_t>(1, bits / std::max(8u, bitWidth));
  }
};

/// `active` consecutive elements from `offset` in a vector of `lanes`.
struct VectorPiece {
  int64_t offset, lanes, active;

  bool isMasked() const { return active != lanes; }
  mlir::VectorType getType(mlir::Type element) const {
    return mlir::VectorType::get({lanes}, element);
  }
};

/// Cuts `width` elements into full vectors and a tail: one shorter vector if a
/// power of two is left, else a masked one, or without masks shorter and
/// shorter ones.
llvm::SmallVector<VectorPiece> cutIntoVectors(int64_t width, int64_t lanes,
                                              bool masks);

/// Loads the piece that starts at `indices`, the last of which is the base that
/// the piece's offset counts from. Inactive lanes are zero.
mlir::Value loadPiece(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::Value memref, mlir::ValueRange indices,
                      VectorPiece piece);
void storePiece(mlir::OpBuilder &b, mlir::Location loc, mlir::Value vector,
                mlir::Value memref, mlir::ValueRange indices,
                VectorPiece piece);
/// The constant mask of a piece.
mlir::Value getMask(mlir::OpBuilder &b, mlir::Location loc, VectorPiece piece);

/// value + constant, as an index.
mlir::Value addConstant(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value value, int64_t constant);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_VECTORPIECES_H
