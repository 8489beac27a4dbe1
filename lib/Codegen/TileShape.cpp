//===- TileShape.cpp - How large a tile of a product is -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileShape.h"
#include <algorithm>
#include <limits>

using namespace keel;

namespace {

/// What today's cores have in common: two multiply-adds and two loads a cycle,
/// a multiply-add's result after four.
constexpr double kMultiplyAdds = 2.0, kLoads = 2.0, kLatency = 4.0;
/// A line of B from the second-level cache.
constexpr double kLineCycles = 1.0;
/// Loads take issue slots even where they are not the bound, and those of B
/// come from farther away.
constexpr double kRowCost = 0.03, kVectorCost = 0.06;
/// What a second kind of tile for the last columns costs in code, and in
/// weights that cannot be packed.
constexpr double kTailCost = 1.01;
/// The most vectors of a row, and the most rows: more do not hide more latency.
constexpr int64_t kMaxVectors = 8, kMaxRows = 16;

} // namespace

/// Cycles of one step of k.
static double getCycles(int64_t rows, int64_t vectors) {
  if (rows == 0 || vectors == 0)
    return 0.0;
  double loads = double(rows + vectors);
  return std::max({double(rows * vectors) / kMultiplyAdds, loads / kLoads,
                   double(vectors) * kLineCycles, kLatency}) +
         double(rows) * kRowCost + double(vectors) * kVectorCost;
}

static double getCycles(TileShape tile, int64_t rows, int64_t columnVectors) {
  auto getColumn = [&](int64_t vectors) {
    return double(rows / tile.rows) * getCycles(tile.rows, vectors) +
           getCycles(rows % tile.rows, vectors);
  };
  double whole = double(columnVectors / tile.vectors) * getColumn(tile.vectors);
  int64_t left = columnVectors % tile.vectors;
  return left ? (whole + getColumn(left)) * kTailCost : whole;
}

TileShape keel::chooseTileShape(int64_t rows, int64_t columnVectors,
                                int64_t registers, int64_t vectors) {
  TileShape best;
  double least = std::numeric_limits<double>::infinity();
  int64_t first = vectors ? vectors : 1;
  int64_t last = vectors ? vectors : std::min(kMaxVectors, columnVectors);
  for (int64_t v = first; v <= last; ++v)
    for (int64_t r = 1; r <= std::min(kMaxRows, rows); ++r) {
      // A row of B and one element of A beside the accumulators.
      if (r > 1 && r * v + v + 1 > registers)
        break;
      double cycles = getCycles({r, v}, rows, columnVectors);
      if (cycles < least) {
        least = cycles;
        best = {r, v};
      }
    }
  return best;
}
