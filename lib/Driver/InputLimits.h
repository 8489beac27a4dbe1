//===- InputLimits.h - What a model file may not exceed -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_INPUTLIMITS_H
#define KEEL_LIB_DRIVER_INPUTLIMITS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"
#include <optional>
#include <string>

namespace keel {

/// MLIR parses, prints and compares by recursion, and reads a dimension list
/// again for every dimension: a file made for it exhausts the stack or the day.
/// No model comes near these.
struct InputLimits {
  static constexpr size_t kDepth = 256;      ///< of brackets, or of attributes
  static constexpr size_t kWords = 4096;     ///< in brackets without a comma
  static constexpr size_t kWordBytes = 4096; ///< of a name or dimension list
  static constexpr int64_t kElements = int64_t(1) << 40; ///< of a tensor
  static constexpr int64_t kRows = int64_t(1) << 32;     ///< of a batch
  static constexpr uint64_t kAttributes = 1 << 22;       ///< of an op, aliases
                                                         ///< written out
};

/// Where a text goes beyond the limits, and how.
struct InputExcess {
  size_t position;
  std::string message;
};
std::optional<InputExcess> findExcess(llvm::StringRef text);

/// Checks the nesting and the sizes of what was read or imported. Errors have
/// been emitted at the op.
llvm::LogicalResult checkLimits(mlir::Operation *root);

/// Checks the sizes that tensors have in a batch of `rows`. An error has been
/// emitted at the op.
llvm::LogicalResult checkRows(mlir::Operation *root, int64_t rows);

/// Parses the one file of `sources`, text or bytecode, and checks what was read
/// too: aliases and bytecode nest without brackets. Keeps the names of results
/// (see ValueNames.h). Null where errors have been emitted.
mlir::OwningOpRef<mlir::ModuleOp> parseWithinLimits(llvm::SourceMgr &sources,
                                                    mlir::MLIRContext *context);

} // namespace keel

#endif // KEEL_LIB_DRIVER_INPUTLIMITS_H
