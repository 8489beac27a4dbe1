//===- FusedBodies.h - Two bodies in one operation ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_FUSEDBODIES_H
#define KEEL_LIB_CODEGEN_FUSEDBODIES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace keel {

/// Replaces two operations on memrefs over one iteration space by one with the
/// operands of both, in the place of the second. What the second reads of the
/// first one's results, it takes from its body.
mlir::linalg::GenericOp
fuseBodies(mlir::linalg::GenericOp first, mlir::linalg::GenericOp second,
           llvm::ArrayRef<mlir::utils::IteratorType> iterators);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_FUSEDBODIES_H
