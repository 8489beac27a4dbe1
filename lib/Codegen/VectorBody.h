//===- VectorBody.h - A linalg body on vectors ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_VECTORBODY_H
#define KEEL_LIB_CODEGEN_VECTORBODY_H

#include "VectorPieces.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace keel {

/// Makes the last inputs of an operation, which its body does not use, ones
/// that its loops bring into the first-level cache, to be written or to be
/// read.
void setPrefetched(mlir::linalg::GenericOp op, llvm::ArrayRef<bool> isWrite);

/// Loops over a linalg operation on memrefs of which dimension `vectorDim` is
/// done in vectors: every operand either does not depend on it or has it last,
/// over consecutive elements.
class VectorBody {
public:
  /// Fails if an operand or an operation of the body does not fit.
  static mlir::FailureOr<VectorBody> get(mlir::linalg::LinalgOp op,
                                         unsigned vectorDim);

  mlir::linalg::LinalgOp getOp() const { return op; }
  unsigned getVectorDim() const { return vectorDim; }
  bool isVectorDimParallel() const;

  /// Memrefs whose elements at the loops' place are in registers already.
  using Known = llvm::DenseMap<mlir::Value, mlir::Value>;

  /// The values of the output operands at `dims`, where the body reads them.
  /// Null elsewhere.
  llvm::SmallVector<mlir::Value>
  loadOutputs(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
              VectorPiece piece, const Known &known = Known()) const;
  /// One of them, where the body reads it.
  mlir::Value loadOutput(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
                         VectorPiece piece, mlir::OpOperand *output,
                         const Known &known = Known()) const;
  void storeOutput(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
                   VectorPiece piece, mlir::OpOperand *output,
                   mlir::Value value) const;
  void storeOutputs(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
                    VectorPiece piece,
                    llvm::ArrayRef<mlir::Value> values) const;
  /// One output where it does not depend on the vector dimension.
  mlir::Value loadScalar(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
                         mlir::OpOperand *output) const;
  void storeScalar(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
                   mlir::OpOperand *output, mlir::Value value) const;
  /// The body's results for a piece at `dims`: vectors of its lanes.
  llvm::SmallVector<mlir::Value>
  emit(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
       llvm::ArrayRef<mlir::Value> outputs, const Known &known = Known()) const;

  /// Prefetches what setPrefetched says, where a cache line begins.
  void emitPrefetches(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> dims,
                      VectorPiece piece) const;

  unsigned getNumOperations() const { return numOperations; }

private:
  VectorBody(mlir::linalg::LinalgOp op, unsigned vectorDim)
      : op(op), vectorDim(vectorDim) {}

  mlir::AffineMap getMap(mlir::OpOperand *operand) const {
    auto linalgOp = op;
    return linalgOp.getMatchingIndexingMap(operand);
  }
  llvm::SmallVector<mlir::Value>
  getIndices(mlir::OpBuilder &b, mlir::AffineMap map,
             llvm::ArrayRef<mlir::Value> dims) const;
  mlir::Value load(mlir::OpBuilder &b, mlir::OpOperand *operand,
                   llvm::ArrayRef<mlir::Value> dims, VectorPiece piece,
                   const Known &known) const;

  mlir::linalg::LinalgOp op;
  unsigned vectorDim;
  unsigned numOperations = 0;
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_VECTORBODY_H
