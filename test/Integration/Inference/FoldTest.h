//===- FoldTest.h - Folded inference against unfolded ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_INFERENCE_FOLDTEST_H
#define KEEL_TEST_INTEGRATION_INFERENCE_FOLDTEST_H

#include "Network.h"
#include <set>

namespace keel::test {

/// Compares outputs with and without folding, and those with plain loops, at
/// points with statistics far from 0 and 1, for every batch size. Returns the
/// folded parameters' names.
std::set<std::string> checkFolding(Network &network, unsigned seed,
                                   int maxRows = 9);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_INFERENCE_FOLDTEST_H
