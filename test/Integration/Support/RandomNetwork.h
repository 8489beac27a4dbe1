//===- RandomNetwork.h - Networks of all ops, put together at random ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_RANDOMNETWORK_H
#define KEEL_TEST_INTEGRATION_SUPPORT_RANDOMNETWORK_H

#include "Network.h"
#include <map>

namespace keel::test {

/// A directed acyclic graph of a dozen ops or less, of any kind and with any
/// loss: shortcuts of both sorts, weights used twice, frozen parameters, norms
/// in every mode. The same seed gives the same network.
std::unique_ptr<Network> drawNetwork(unsigned seed, const std::string &element);

/// How often each op of a model's text stands in `text`, added to `counts`.
void countOps(const std::string &text, std::map<std::string, int> &counts);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_RANDOMNETWORK_H
