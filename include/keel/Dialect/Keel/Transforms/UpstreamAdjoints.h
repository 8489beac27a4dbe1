//===- UpstreamAdjoints.h - Adjoints of other dialects' ops ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_UPSTREAMADJOINTS_H
#define KEEL_DIALECT_KEEL_TRANSFORMS_UPSTREAMADJOINTS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace keel {

/// Gives the elementwise float ops of arith and math DifferentiableOpInterface,
/// so that models may hold them on tensors: arith.addf, subf, mulf, divf, negf,
/// maximumf, minimumf and select, math.absf, cos, erf, exp, log, powf, rsqrt,
/// sin, sqrt and tanh. Those of scalars are for the bodies of loops.
void registerUpstreamAdjoints(mlir::DialectRegistry &registry);

/// The same for linalg.generic, where it computes an element from others or
/// adds it to the result, linalg.transpose, and tensor's reshapes.
void registerLinalgAdjoints(mlir::DialectRegistry &registry);

} // namespace keel

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_UPSTREAMADJOINTS_H
