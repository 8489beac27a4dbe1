//===- ForecastFindings.h - What a forecast means for training ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_ANALYSIS_FORECASTFINDINGS_H
#define KEEL_ANALYSIS_FORECASTFINDINGS_H

#include "keel/Analysis/GradientForecast.h"

namespace keel {

/// Something that will go wrong, where, and the change that mends it.
struct Finding {
  mlir::Operation *op;
  llvm::StringLiteral kind;
  std::string message, fix;
};

/// The kinds, as `keel check --json` has them.
namespace finding {
inline constexpr llvm::StringLiteral kVanishing = "vanishing";
inline constexpr llvm::StringLiteral kExploding = "exploding";
inline constexpr llvm::StringLiteral kSaturated = "saturated";
inline constexpr llvm::StringLiteral kDead = "dead";
inline constexpr llvm::StringLiteral kSymmetric = "symmetric";
inline constexpr llvm::StringLiteral kUnscaledInput = "unscaled-input";
inline constexpr llvm::StringLiteral kLinearStack = "linear-stack";
inline constexpr llvm::StringLiteral kDoubleSoftmax = "double-softmax";
inline constexpr llvm::StringLiteral kBatchNormExplosion =
    "batch-norm-explosion";
inline constexpr llvm::StringLiteral kClipAlways = "clip-always";
inline constexpr llvm::StringLiteral kDepthBeyondCorrelation =
    "depth-beyond-correlation";
/// An op or a parameter that the forecast knows nothing of.
inline constexpr llvm::StringLiteral kUnknown = "unknown";
} // namespace finding

/// What the forecast finds, in the model's order.
llvm::SmallVector<Finding> findTroubles(const GradientForecast &forecast);

/// The first that applies of symmetric, exploding, vanishing, dead, saturated,
/// unscaled-input; healthy if none does.
llvm::StringRef getVerdict(llvm::ArrayRef<Finding> findings);

/// A number for people: three digits.
std::string formatShort(double value);

} // namespace keel

#endif // KEEL_ANALYSIS_FORECASTFINDINGS_H
