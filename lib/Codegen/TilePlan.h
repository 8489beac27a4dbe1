//===- TilePlan.h - How a contraction is cut into tiles -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_TILEPLAN_H
#define KEEL_LIB_CODEGEN_TILEPLAN_H

#include "Contraction.h"
#include "TileShape.h"
#include "VectorPieces.h"

namespace keel {

/// How one contraction becomes blocks and tiles, for a batch of at most
/// `maxRows`.
struct TilePlan {
  TileShape tile;
  int64_t lanes = 1;
  /// The columns of a whole tile.
  int64_t columns = 1;
  /// The most rows, and steps of k, that there are.
  int64_t rows = 1, depth = 1;
  /// The rows of a block.
  int64_t blockRows = 1;
  /// How many steps of k a copy of a tile's columns of B holds; 0 where B is
  /// read in place.
  int64_t panelDepth = 0;

  static TilePlan get(const Contraction &contraction, VectorShape shape,
                      int64_t maxRows);

  /// Whether sums are done in parts, and C is read and written for each.
  bool isSplit() const { return panelDepth && panelDepth < depth; }
};

/// Whether `keel-lower-contractions` takes the contraction: on memrefs that
/// vectors can be read from.
bool isTiled(const Contraction &contraction, int64_t maxRows);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_TILEPLAN_H
