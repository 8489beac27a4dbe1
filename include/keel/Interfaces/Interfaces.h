//===- Interfaces.h - What ops and attributes implement to join Keel ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_INTERFACES_INTERFACES_H
#define KEEL_INTERFACES_INTERFACES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OpDefinition.h"
#include <optional>

namespace keel {

/// What a model is specialized for.
enum class Mode { infer, train };

/// How many units a parameter connects: `in` feed each output, `out` are fed
/// by each input.
struct Fans {
  int64_t in = 0;
  int64_t out = 0;
  bool operator==(const Fans &other) const = default;
};

/// How an initializer draws an element.
struct InitialMoments {
  double mean = 0.0;
  double variance = 0.0;
  /// Whether rows or columns are orthonormal up to a factor.
  bool orthogonal = false;
};

/// Of keel/Interfaces/Signal.h, which only the gradient forecast includes.
struct SignalQuery;
struct SignalTransfer;

} // namespace keel

#include "keel/Interfaces/AttrInterfaces.h.inc"
#include "keel/Interfaces/OpInterfaces.h.inc"

#endif // KEEL_INTERFACES_INTERFACES_H
