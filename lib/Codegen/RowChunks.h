//===- RowChunks.h - Parallel loops over rows -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_ROWCHUNKS_H
#define KEEL_LIB_CODEGEN_ROWCHUNKS_H

#include "mlir/IR/Builders.h"

namespace keel {

/// A loop over `rows` rows in an `scf.parallel` over chunks of `chunk` rows.
/// Leaves `b` in its body and returns the row.
mlir::Value createRowLoop(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Value rows, int64_t chunk);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_ROWCHUNKS_H
