//===- UpstreamAdjoints.h - Adjoints of arith and math ops ----------------===//
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
/// maximumf and minimumf, math.absf, cos, erf, exp, log, powf, rsqrt, sin, sqrt
/// and tanh.
void registerUpstreamAdjoints(mlir::DialectRegistry &registry);

} // namespace keel

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_UPSTREAMADJOINTS_H
