//===- Exponentials.h - exp and expm1 in single precision -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_EXPONENTIALS_H
#define KEEL_LIB_CODEGEN_EXPONENTIALS_H

#include "mlir/IR/PatternMatch.h"

namespace keel {

/// Patterns that compute exp and expm1 in single precision, of numbers and
/// vectors, by a reduction of the range and a polynomial.
void populateExponentialPatterns(mlir::RewritePatternSet &patterns);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_EXPONENTIALS_H
