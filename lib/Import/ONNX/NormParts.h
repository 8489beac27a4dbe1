//===- NormParts.h - What norms are put together from ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_NORMPARTS_H
#define KEEL_LIB_IMPORT_ONNX_NORMPARTS_H

#include "NodeImporter.h"

namespace keel::onnx {

/// Over `axes`, which stay as dimensions of size 1.
mlir::Value buildMean(LocBuilder &b, mlir::Value x,
                      llvm::ArrayRef<int64_t> axes);
mlir::Value buildMeanSquare(LocBuilder &b, mlir::Value x,
                            llvm::ArrayRef<int64_t> axes);

/// 1 / sqrt(variance + epsilon).
mlir::Value buildReciprocalDeviation(LocBuilder &b, mlir::Value variance,
                                     double epsilon);

/// x y, x - y and x + y, of x's shape.
mlir::Value buildMultiple(LocBuilder &b, mlir::Value x, mlir::Value y);
mlir::Value buildDifference(LocBuilder &b, mlir::Value x, mlir::Value y);
mlir::Value buildShifted(LocBuilder &b, mlir::Value x, mlir::Value y);

/// (x - mean) / sqrt(variance + epsilon) over `axes`.
mlir::Value buildNormalized(LocBuilder &b, mlir::Value x,
                            llvm::ArrayRef<int64_t> axes, double epsilon);

/// A vector along `axis` of `rank` dimensions.
mlir::Value buildAlong(LocBuilder &b, mlir::Value vector, int64_t axis,
                       int64_t rank);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_NORMPARTS_H
