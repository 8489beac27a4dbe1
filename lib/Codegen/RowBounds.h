//===- RowBounds.h - How large values that follow the batch may be --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_ROWBOUNDS_H
#define KEEL_LIB_CODEGEN_ROWBOUNDS_H

#include "mlir/IR/Value.h"
#include <optional>

namespace keel {

/// An upper bound of the index `value`, computed from constants, the rows
/// argument of its function (at most `maxRows`) and integer arithmetic on
/// them that grows with its left operand.
std::optional<int64_t> getUpperBound(mlir::Value value, int64_t maxRows);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_ROWBOUNDS_H
