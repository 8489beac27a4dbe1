//===- Comparison.h - The largest difference over the largest value -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_COMPARISON_H
#define KEEL_TEST_INTEGRATION_SUPPORT_COMPARISON_H

#include <string>
#include <vector>

namespace keel::test {

/// Leaves the test's largest error in its report, as `worst_error`.
void recordError(double error);

/// The largest difference over the largest value; NaN where a number is.
double getError(const std::vector<double> &got,
                const std::vector<double> &expected);

/// Expects that error to be below `tolerance`, and records it.
void expectClose(const std::string &name, const std::vector<double> &got,
                 const std::vector<double> &expected, double tolerance);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_COMPARISON_H
