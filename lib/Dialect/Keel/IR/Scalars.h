//===- Scalars.h - Numbers in what attributes build -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DIALECT_KEEL_IR_SCALARS_H
#define KEEL_LIB_DIALECT_KEEL_IR_SCALARS_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace keel {

/// An f64.
inline mlir::Value buildReal(mlir::OpBuilder &builder, mlir::Location loc,
                             double value) {
  return mlir::arith::ConstantOp::create(builder, loc,
                                         builder.getF64FloatAttr(value));
}

} // namespace keel

#endif // KEEL_LIB_DIALECT_KEEL_IR_SCALARS_H
