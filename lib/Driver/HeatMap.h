//===- HeatMap.h - Gradients of each layer over steps, as SVG -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_HEATMAP_H
#define KEEL_LIB_DRIVER_HEATMAP_H

#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <string>
#include <vector>

namespace keel {

/// Rows of colours on a logarithmic scale, a column a step, and one column of
/// its own for what was forecast.
struct HeatMap {
  struct Row {
    std::string name;
    double forecast;            ///< not shown where it is not finite
    std::vector<double> values; ///< one a step
  };
  std::vector<Row> rows;
  std::vector<int64_t> steps;

  void print(llvm::raw_ostream &os) const;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_HEATMAP_H
