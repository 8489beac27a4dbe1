//===- Fold.h - Arithmetic on shapes, done while importing ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_FOLD_H
#define KEEL_LIB_IMPORT_ONNX_FOLD_H

#include "NodeImporter.h"

namespace keel::onnx {

/// More elements than a shape has.
inline constexpr int64_t kMaxFoldedElements = 4096;

/// Computes a node of integers whose operands are all known and small, such as
/// exporters write to compute shapes. False where it is none.
bool foldIntegers(NodeImporter &node);

/// Whether all operands are known and of few elements: their results are then
/// computed while importing.
bool areKnownAndSmall(NodeImporter &node);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_FOLD_H
