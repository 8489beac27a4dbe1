//===- Telemetry.cpp - Verification of what telemetry counts --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

LogicalResult CountSaturatedOp::verify() {
  if (getLimit().isNegative() || getLimit().isNaN()) // (C1)
    return emitOpError() << "limit must not be negative, got "
                         << formatReal(getLimit().convertToDouble());
  return success();
}
