//===- Activations.h - Activations by element, as formulas ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_ACTIVATIONS_H
#define KEEL_TEST_INTEGRATION_SUPPORT_ACTIVATIONS_H

#include <functional>
#include <string>
#include <vector>

namespace keel::test {

/// An op that maps each element: its text and its mathematics.
struct Activation {
  std::string op, settings;
  std::function<double(double)> value, derivative;
  /// Where it has no derivative, or no second one.
  std::vector<double> kinks;
};

/// The names that getActivation takes: those of the ops, and gelu_tanh for
/// gelu {approximate = "tanh"}.
const std::vector<std::string> &getActivationKinds();

/// `a` is leaky_relu's slope and the alpha of elu and hard_sigmoid, `b` the
/// latter's beta.
Activation getActivation(const std::string &kind, double a, double b = 0.5);
/// With an op's own defaults for settings.
Activation getActivation(const std::string &kind);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_ACTIVATIONS_H
