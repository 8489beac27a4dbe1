//===- TileInit.h - What the sums of a tile start from --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_TILEINIT_H
#define KEEL_LIB_CODEGEN_TILEINIT_H

#include "Contraction.h"

namespace keel {

/// What the accumulators of a tile start from.
struct TileInit {
  enum Kind { Output, Constant, Broadcast };
  Kind kind = Output;
  /// A scalar, or a memref with `map` from C's iteration space whose last
  /// dimension, if it has one, is n.
  mlir::Value value;
  mlir::AffineMap map;
  /// What puts this into C, and need not.
  mlir::linalg::LinalgOp op;

  /// A constant or a broadcast instead of C if that is what the operation
  /// before puts there. `written` are memrefs that change before all tiles are
  /// done.
  static TileInit find(const Contraction &contraction,
                       llvm::SmallVector<mlir::Value> written);
};

} // namespace keel

#endif // KEEL_LIB_CODEGEN_TILEINIT_H
