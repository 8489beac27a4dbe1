//===- TileShape.h - How large a tile of a product is ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_TILESHAPE_H
#define KEEL_LIB_CODEGEN_TILESHAPE_H

#include <cstdint>

namespace keel {

/// A tile has `rows` x `vectors` accumulators.
struct TileShape {
  int64_t rows = 1, vectors = 1;
};

/// The tile that computes a product of `rows` x `columnVectors` vectors in the
/// fewest cycles by a model of a core with `registers` vector registers. If
/// `vectors` is not 0 the tile has that many.
TileShape chooseTileShape(int64_t rows, int64_t columnVectors,
                          int64_t registers, int64_t vectors = 0);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_TILESHAPE_H
