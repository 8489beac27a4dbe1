//===- GradientTest.h - Compiled gradients against central differences ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_GRADIENTS_GRADIENTTEST_H
#define KEEL_TEST_INTEGRATION_GRADIENTS_GRADIENTTEST_H

#include "Compiled.h"
#include "Draw.h"
#include <functional>

namespace keel::test {

/// Compares the gradient of each parameter that `trains` with central
/// differences of the loss that `gradStep` returns, where the session stands.
void checkPoint(Session &session, const std::function<double()> &gradStep,
                const std::function<bool(const std::string &)> &trains);

/// Compiles the network, and for each batch size from `minRows` to `maxRows`
/// compares the gradient of each trainable parameter with central differences
/// of the compiled loss, at a random point that is 1e-3 away from every kink.
void checkGradients(Network &network, unsigned seed, int minRows = 1,
                    int maxRows = 9);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_GRADIENTS_GRADIENTTEST_H
