//===- FoldDense.h - A scale and shift, taken up by dense layers ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_FOLDDENSE_H
#define KEEL_DIALECT_KEEL_TRANSFORMS_FOLDDENSE_H

#include "FoldFunction.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include <optional>

namespace keel {

/// Why something does not fold, as a clause.
using Refusal = std::optional<std::string>;

/// What an op does to each feature, x s + t: values of @fold, and the
/// arguments of @infer that they come from.
struct ScaleShift {
  mlir::Value scale, shift;
  llvm::SmallVector<mlir::Value> scaleFrom, shiftFrom;
};

/// Whether the operands of `op` behind its first are parameters that @fold has.
bool hasParameters(FoldFunction &fold, mlir::Operation *op);

/// The scale and shift of a norm by given statistics; gamma and beta are null
/// where it has none.
ScaleShift buildNorm(FoldFunction &fold, mlir::Location loc, mlir::Value mean,
                     mlir::Value variance, mlir::Value gamma, mlir::Value beta,
                     llvm::APFloat epsilon);

/// Lets `dense` compute what a scale and shift made of its result.
void foldBackward(FoldFunction &fold, DenseOp dense, const ScaleShift &affine);

/// Lets the dense layers that read the result of `norm`, directly or through
/// concatenations, compute what they do from its input, scaled and shifted as
/// `build` says. Refuses where another op reads the result; then nothing
/// changes. `norm` itself is left to the caller.
Refusal foldForward(FoldFunction &fold, mlir::Operation *norm,
                    llvm::function_ref<ScaleShift()> build);

} // namespace keel

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_FOLDDENSE_H
