//===- NormPattern.h - Norms that a graph writes in parts -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Before operator set 17 exporters write a layer norm by what it computes, and
// an RMS norm before 23. Its parts run, but cannot be trained through.

#ifndef KEEL_LIB_IMPORT_ONNX_NORMPATTERN_H
#define KEEL_LIB_IMPORT_ONNX_NORMPATTERN_H

#include "NodeImporter.h"

namespace keel::onnx {

/// A keel.layer_norm or keel.rms_norm, its scale 1 and its shift 0, where the
/// node, a Div or Mul, ends the parts of one over the last axis. Else null.
mlir::Value buildNormOfParts(NodeImporter &node);

/// The norm that is one operand of a Mul, scaled by the other, and the one
/// that is an operand of an Add, shifted by the other. Null where it is none.
mlir::Value buildNormScale(NodeImporter &node);
mlir::Value buildNormShift(NodeImporter &node);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_NORMPATTERN_H
