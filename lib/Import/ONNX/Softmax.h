//===- Softmax.h - Softmax along an axis ----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_SOFTMAX_H
#define KEEL_LIB_IMPORT_ONNX_SOFTMAX_H

#include "NodeImporter.h"

namespace keel::onnx {

/// Softmax or its logarithm: Keel's op along the last axis.
mlir::Value buildSoftmax(LocBuilder &b, mlir::Value x, int64_t axis,
                         bool isLog);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_SOFTMAX_H
