//===- Reductions.h - What families share of reductions -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_REDUCTIONS_H
#define KEEL_LIB_IMPORT_ONNX_REDUCTIONS_H

#include "NodeImporter.h"

namespace keel::onnx {

/// The greatest element along `axes`, which stay as dimensions of size 1.
mlir::Value buildMaximum(LocBuilder &b, mlir::Value x,
                         llvm::ArrayRef<int64_t> axes);

/// Where the greatest or least element along an axis is, as int64: the first or
/// the last of several. The axis stays as a dimension of size 1.
mlir::Value buildArgument(LocBuilder &b, mlir::Value x, int64_t axis,
                          bool isMax, bool isLast);

/// That no axis of operand 0 is the batch: rows are computed apart.
llvm::Error checkNotBatch(NodeImporter &node, llvm::ArrayRef<int64_t> axes);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_REDUCTIONS_H
