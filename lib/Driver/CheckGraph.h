//===- CheckGraph.h - A model drawn with its verdicts ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_CHECKGRAPH_H
#define KEEL_LIB_DRIVER_CHECKGRAPH_H

#include "CheckReport.h"

namespace keel {

/// The kinds of warnings at an op, or at a parameter that it takes.
std::string getKinds(const CheckReport &report, mlir::Operation *op);

/// Prints an SVG: inputs and ops from top to bottom, a bow for each value that
/// another than the next op reads, the size of each gradient as a bar, and the
/// warnings beside their ops. Classes `node`, `edge`, `gradient` and `bad` are
/// the page's.
void printGraph(const CheckReport &report, llvm::raw_ostream &os);

} // namespace keel

#endif // KEEL_LIB_DRIVER_CHECKGRAPH_H
