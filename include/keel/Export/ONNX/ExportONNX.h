//===- ExportONNX.h - From a keel.model to an ONNX file -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EXPORT_ONNX_EXPORTONNX_H
#define KEEL_EXPORT_ONNX_EXPORTONNX_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace keel {

/// The bytes of a parameter or state by its name.
using HeldBytes = llvm::function_ref<llvm::StringRef(llvm::StringRef name)>;

/// The bytes of an ONNX file that computes what the model does in inference.
/// Errors are emitted at the op that ONNX has no counterpart for.
llvm::FailureOr<std::string> exportOnnx(ModelOp model, HeldBytes held);

} // namespace keel

#endif // KEEL_EXPORT_ONNX_EXPORTONNX_H
