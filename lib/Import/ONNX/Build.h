//===- Build.h - Building tensor computations -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// linalg and tensor ops in the terms of ONNX: numpy's broadcasting, axes from
// either end. Only a leading dimension is dynamic, and it is the batch.

#ifndef KEEL_LIB_IMPORT_ONNX_BUILD_H
#define KEEL_LIB_IMPORT_ONNX_BUILD_H

#include "NodeImporter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace keel::onnx {

using Values = llvm::ArrayRef<mlir::Value>;
using Body = llvm::function_ref<mlir::Value(LocBuilder &, mlir::ValueRange)>;

mlir::RankedTensorType getTensorType(mlir::Value value);
mlir::Type getElement(mlir::Value value);
llvm::ArrayRef<int64_t> getShape(mlir::Value value);

/// The shape of what numpy broadcasts together; nothing where it cannot.
std::optional<Sizes> broadcast(llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes);

/// A number as a scalar of a float, integer or bool type.
mlir::Value buildScalar(LocBuilder &b, mlir::Type type, double value);

/// An uninitialized tensor; a dynamic dimension is that of one of `likes`.
mlir::Value buildEmpty(LocBuilder &b, llvm::ArrayRef<int64_t> shape,
                       mlir::Type element, Values likes);
mlir::Value buildFilled(LocBuilder &b, llvm::ArrayRef<int64_t> shape,
                        mlir::Type element, Values likes, mlir::Value scalar);

/// A number in each element of a tensor of x's type.
mlir::Value buildSplat(LocBuilder &b, mlir::Value x, double value);

/// Each element of `shape` from those of the inputs, which broadcast to it.
mlir::Value buildMap(LocBuilder &b, llvm::ArrayRef<int64_t> shape,
                     mlir::Type element, Values inputs, Body body);

/// Folds `input` over `axes`, which stay as dimensions of size 1. `body` takes
/// an element and what was folded so far.
mlir::Value buildReduction(LocBuilder &b, mlir::Value input,
                           llvm::ArrayRef<int64_t> axes, mlir::Value initial,
                           Body body);
mlir::Value buildSum(LocBuilder &b, mlir::Value input,
                     llvm::ArrayRef<int64_t> axes);

/// The same elements in another shape.
mlir::Value buildReshape(LocBuilder &b, mlir::Value input,
                         llvm::ArrayRef<int64_t> shape);

mlir::Value buildTranspose(LocBuilder &b, mlir::Value input,
                           llvm::ArrayRef<int64_t> permutation);

/// `input` repeated along its dimensions of size 1 and new leading ones.
mlir::Value buildBroadcast(LocBuilder &b, mlir::Value input,
                           llvm::ArrayRef<int64_t> shape);

/// The element of `source` at the indices that `body` computes from those of
/// the result and the elements of `inputs`, which broadcast to it. The indices
/// must be in bounds.
using IndexBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    LocBuilder &, mlir::ValueRange indices, mlir::ValueRange elements)>;
mlir::Value buildPick(LocBuilder &b, llvm::ArrayRef<int64_t> shape,
                      mlir::Value source, Values inputs, IndexBody body);

/// `value` as an element of another type. `isUnsigned` says how an integer is
/// read.
mlir::Value buildCast(LocBuilder &b, mlir::Value value, mlir::Type type,
                      bool isUnsigned);

/// Fails beyond the dimensions that an array can have.
llvm::Error checkRank(NodeImporter &node, int64_t rank);

/// An axis in [0, rank) of one in [-rank, rank).
llvm::Expected<int64_t> normalizeAxis(NodeImporter &node, int64_t axis,
                                      int64_t rank);
llvm::Expected<Sizes> normalizeAxes(NodeImporter &node,
                                    llvm::ArrayRef<int64_t> axes, int64_t rank);

/// "[2, ?, 3]".
std::string describe(llvm::ArrayRef<int64_t> shape);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_BUILD_H
