//===- Overrides.h - Flags that replace a model's attributes --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_OVERRIDES_H
#define KEEL_LIB_DRIVER_OVERRIDES_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include <string>

namespace keel {

/// The texts of --loss, --optimizer, --schedule and --clip; empty ones keep
/// what the model says.
struct Overrides {
  std::string loss, optimizer, schedule, clip;

  /// Sets the model's attributes. Errors point into the flag's own text and
  /// have been printed.
  llvm::LogicalResult apply(ModelOp model) const;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_OVERRIDES_H
