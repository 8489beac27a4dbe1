//===- VectorLoops.h - Loops around a body on vectors ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_VECTORLOOPS_H
#define KEEL_LIB_CODEGEN_VECTORLOOPS_H

#include "VectorBody.h"
#include <functional>

namespace keel {

/// How a reduction combines: the kind and the element it starts from.
struct Combiner {
  unsigned output;
  mlir::vector::CombiningKind kind;
  mlir::TypedAttr neutral;
};

/// Emits the loops of one linalg operation.
class VectorLoops {
public:
  VectorLoops(const VectorBody &body, VectorShape shape)
      : body(body), op(body.getOp()), shape(shape), b(op), loc(op->getLoc()) {}

  /// Replaces the operation by loops, the outermost of which is parallel if
  /// there is a parallel dimension. Fails, changing nothing, if the vector
  /// dimension is reduced in a way that is not known.
  mlir::LogicalResult run();

private:
  using DimAction = llvm::function_ref<void()>;

  bool keepsReduced();
  int64_t getChunkRows();
  mlir::Value constant(int64_t value);
  mlir::LogicalResult matchCombiners();
  void emitRowChunks(unsigned rowDim);
  void emitColumnChunks();
  void emitRowLoops(llvm::ArrayRef<unsigned> dimsLeft);
  void emitRow();
  void emitColumns(mlir::Value begin, mlir::Value end);
  void emitTail();
  /// Elements at dims, all pieces at once.
  void emitPieces(llvm::ArrayRef<VectorPiece> pieces);
  void emitReducedRow();
  llvm::SmallVector<mlir::Value> emitReductionLoops(
      llvm::ArrayRef<unsigned> dimsLeft, llvm::ArrayRef<mlir::Value> sums,
      llvm::function_ref<
          llvm::SmallVector<mlir::Value>(llvm::ArrayRef<mlir::Value>)>
          emitInner);
  llvm::SmallVector<mlir::Value>
  emitReducedPiece(VectorPiece piece, llvm::ArrayRef<mlir::Value> sums,
                   llvm::SmallVectorImpl<std::function<void()>> &stores);
  llvm::SmallVector<mlir::Value>
  emitReducedColumns(llvm::ArrayRef<mlir::Value> sums);
  mlir::Value combine(const Combiner &combiner,
                      llvm::ArrayRef<mlir::Value> vectors, mlir::Value scalar,
                      mlir::Value start);

  const VectorBody &body;
  mlir::linalg::LinalgOp op;
  VectorShape shape;
  mlir::OpBuilder b;
  mlir::Location loc;
  int64_t lanes = 1, columns = 0, unroll = 1;
  llvm::SmallVector<mlir::Value> sizes, dims;
  llvm::SmallVector<int64_t> staticSizes;
  llvm::SmallVector<unsigned> rowDims, reducedDims;
  /// Of the outputs that the vector dimension is reduced for.
  llvm::SmallVector<Combiner> combiners;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_VECTORLOOPS_H
