//===- MoveInBlock.h - Moving operations of long blocks ---------*- C++ -*-===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_MOVEINBLOCK_H
#define KEEL_LIB_CODEGEN_MOVEINBLOCK_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

namespace keel {

/// Moves `op` before `place`, in its block. `moveBefore` would forget the order
/// of the whole block: whoever moves an operation, asks which of two comes
/// first, and goes on to the next, would have all numbered each time.
inline void moveInBlock(mlir::Operation *op, mlir::Operation *place) {
  if (op == place)
    return;
  op->remove();
  place->getBlock()->getOperations().insert(place->getIterator(), op);
}

} // namespace keel

#endif // KEEL_LIB_CODEGEN_MOVEINBLOCK_H
