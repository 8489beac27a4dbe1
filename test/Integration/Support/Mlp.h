//===- Mlp.h - A random multi-layer network -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_MLP_H
#define KEEL_TEST_INTEGRATION_SUPPORT_MLP_H

#include "Network.h"

namespace keel::test {

/// Three dense layers of random widths, the first two with a norm ("batch",
/// "layer", "rms" or "") and an activation behind them: of getUnaryKinds, with
/// leaky_relu of slope 0.2.
Network makeMlp(const std::string &element, const std::string &activation,
                const std::string &norm, Loss loss, unsigned seed);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_MLP_H
