//===- SignalTransfers.h - What kinds of ops do to signals ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_ANALYSIS_SIGNALTRANSFERS_H
#define KEEL_ANALYSIS_SIGNALTRANSFERS_H

#include "keel/Interfaces/Signal.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace keel {

/// A function of one number, as the forecast needs it.
struct ScalarFunction {
  std::function<double(double)> value, derivative;
  /// Where it has no derivative, or the derivative none.
  llvm::SmallVector<double, 2> kinks = {};
  /// The derivative below which an element counts as saturated; for functions
  /// that are bounded on both sides.
  std::optional<double> saturation = std::nullopt;
  /// Whether it is constant over a whole piece, where units die.
  bool hasFlatPiece = false;
};

/// y = f(x), element by element, x the operand of that number.
SignalTransfer transferElementwise(const SignalQuery &query,
                                   const ScalarFunction &function,
                                   unsigned operand = 0);

/// y = scale x + offset; other operands get no gradient.
SignalTransfer transferAffine(const SignalQuery &query, double scale,
                              double offset = 0.0, unsigned operand = 0);

/// y = a + sign b and y = a b, for operands 0 and 1.
SignalTransfer transferSum(const SignalQuery &query, double sign);
SignalTransfer transferProduct(const SignalQuery &query);

/// `transfer = value`, as a success.
inline llvm::LogicalResult succeed(SignalTransfer &transfer,
                                   SignalTransfer value) {
  transfer = std::move(value);
  return llvm::success();
}

/// The share of pairs of a batch's rows that are one row twice.
inline double getSelfShare(const SignalQuery &query) {
  return 1.0 / double(std::max<int64_t>(query.batchSize, 1));
}

/// A mean over the pairs of rows of a batch.
inline double averagePairs(double selfShare, double self, double other) {
  return selfShare * self + (1.0 - selfShare) * other;
}

/// The moments of x - mean.
PairMoments getCentered(const Signal &signal);

/// Gives elementwise ops of arith and math SignalPropagationOpInterface.
void registerUpstreamSignals(mlir::DialectRegistry &registry);

} // namespace keel

#endif // KEEL_ANALYSIS_SIGNALTRANSFERS_H
