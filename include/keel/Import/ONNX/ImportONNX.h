//===- ImportONNX.h - From an ONNX file to a keel.model -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_IMPORT_ONNX_IMPORTONNX_H
#define KEEL_IMPORT_ONNX_IMPORTONNX_H

#include "keel/Runtime/Array.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace keel {

/// A parameter or state that the file holds.
struct ImportedTensor {
  std::string name;
  int32_t dtype; ///< keel_dtype
  llvm::SmallVector<int64_t> shape;
  std::string bytes;
};

/// A model and the values of its parameters and states.
struct ImportedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<ImportedTensor> weights; ///< sorted by name
};

/// An input whose shape and elements are known when the model is imported. The
/// first one in the file's order that is not named where `name` is empty.
struct KnownInput {
  std::string name;
  const keel_array *array;
};

struct ImportOptions {
  /// Where shapes depend on an input's elements, they are those. Axes that the
  /// file does not fix are fixed by the input's shape; so is the batch, if the
  /// model cannot be run row by row.
  std::vector<KnownInput> inputs;
};

/// Imports the bytes of an ONNX file. External data is read from `folder`, none
/// where that is empty. An error says what is wrong, and at which node.
llvm::Expected<ImportedModel> importOnnx(llvm::StringRef bytes,
                                         llvm::StringRef folder,
                                         mlir::MLIRContext &context,
                                         const ImportOptions &options = {});

} // namespace keel

#endif // KEEL_IMPORT_ONNX_IMPORTONNX_H
