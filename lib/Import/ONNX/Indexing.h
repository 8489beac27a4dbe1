//===- Indexing.h - Places that data names --------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_INDEXING_H
#define KEEL_LIB_IMPORT_ONNX_INDEXING_H

#include "NodeImporter.h"

namespace keel::onnx {

/// An integer as an index in [0, size): a negative one counts from the end,
/// what is still out of bounds is moved to the nearer one.
mlir::Value buildBoundedIndex(LocBuilder &b, mlir::Value value, int64_t size);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_INDEXING_H
