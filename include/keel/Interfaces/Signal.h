//===- Signal.h - What the gradient forecast knows of a value -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The abstract state that SignalPropagationOpInterface transfers from operands
// to results and back. docs/Forecast.md has the mathematics.

#ifndef KEEL_INTERFACES_SIGNAL_H
#define KEEL_INTERFACES_SIGNAL_H

#include "keel/Interfaces/Interfaces.h"
#include "keel/Interfaces/Matrix2.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <functional>
#include <optional>

namespace keel {

/// Means of products of two elements x(sample, unit) of a value, over random
/// initial weights.
struct PairMoments {
  double self = 0.0;    ///< x(s, i) x(s, i)
  double samples = 0.0; ///< x(s, i) x(t, i): one unit, two samples
  double units = 0.0;   ///< x(s, i) x(s, j): one sample, two units
  double both = 0.0;    ///< x(s, i) x(t, j)

  /// All four by one function of the pair.
  static PairMoments splat(double value) {
    return {value, value, value, value};
  }
};

inline PairMoments operator+(const PairMoments &a, const PairMoments &b) {
  return {a.self + b.self, a.samples + b.samples, a.units + b.units,
          a.both + b.both};
}
inline PairMoments operator*(const PairMoments &a, const PairMoments &b) {
  return {a.self * b.self, a.samples * b.samples, a.units * b.units,
          a.both * b.both};
}
inline PairMoments operator*(double a, const PairMoments &b) {
  return PairMoments::splat(a) * b;
}

/// How elements are distributed about their mean.
enum class Law {
  normal,
  batchSphere, ///< a unit's elements over the batch: mean 0, norm fixed
  unitSphere   ///< a sample's elements over the units: norm fixed
};

/// A value on its way forward.
struct Signal {
  double mean = 0.0;
  PairMoments moments;
  /// Elements of a sample.
  int64_t units = 1;
  Law law = Law::normal;
  /// A parameter, state or constant: no sample differs from another.
  bool isHeld = false;
  /// How it starts, where it is a parameter or state.
  std::optional<InitialMoments> initial;

  /// Finite width: the logarithm of the mean square over a batch varies, from
  /// one draw of the weights to another, by that of what the units were drawn
  /// from (the kernel) and by there being so many of them (sampling). That of
  /// one row varies more, and `rowShift` is the mean of a row's kernel's
  /// logarithm, less the logarithm of its mean at infinite width.
  double kernelVariance = 0.0, rowKernelVariance = 0.0;
  double samplingVariance = 0.0, rowSamplingVariance = 0.0;
  double rowShift = 0.0;
  /// The variance of the logarithm of a row's mean square about the units'
  /// means over the batch: what a norm over the batch leaves as it is.
  double rowSpread = 0.0;
  /// The variance, over the batch, of a row's mean over the units, as far as it
  /// goes with the row's size.
  double rowMeanVariance = 0.0;
  /// The derivative of a row's mean by the logarithm of its mean square, where
  /// that has come from a norm over the batch.
  double rowMeanResponse = 0.0;
  /// The variance, from one pair of samples to another, of `samples`, relative
  /// to the variance over the batch.
  double overlapVariance = 0.0;

  /// The sum of the sizes of finite width's terms that follow from how the
  /// logarithm answers to its argument's, rather than add to it: where they are
  /// not small, those of higher order are not either, and theory says nothing.
  double correction = 0.0;

  /// Shares of an activation's elements: where the derivative is next to
  /// nothing, and of units whose derivative is 0 for the whole batch.
  std::optional<double> saturated, dead;
  /// Where there is `saturated`: what counts as next to nothing.
  double saturation = 0.0;

  /// Over the batch, of a unit.
  double getSpread() const { return moments.self - moments.samples; }
  double getVariance() const { return moments.self - mean * mean; }
  /// Means of products of 1 and an element.
  Matrix2 getGram() const { return {1.0, mean, mean, moments.self}; }
  double getLogVariance() const { return kernelVariance + samplingVariance; }
  double getRowLogVariance() const {
    return rowKernelVariance + rowSamplingVariance;
  }
  double getRowLogShift() const { return rowShift - 0.5 * rowSamplingVariance; }
  /// The mean of the logarithm of the mean over rows: lognormal ones.
  double getLogShift() const {
    return getRowLogShift() + 0.5 * (getRowLogVariance() - getLogVariance());
  }
};

/// The gradient with respect to a value, relative to the network's output.
struct Cotangent {
  PairMoments moments;
  /// What a finite width makes of the mean square, beside that of an infinite
  /// one: of the aligned part, below.
  double excess = 1.0;
  /// As `moments`, with each element times the value's own: g x.
  PairMoments weighted;
  double logVariance = 0.0;
  double logShift = 0.0;
  double overlapVariance = 0.0;
  /// The variance of one unit's mean square over the batch, relative to its
  /// mean's square.
  double unitVariance = 0.0;
  /// d log(moments.self) / d log(q) of the value, through the derivatives of
  /// what follows.
  double sensitivity = 0.0;
  /// The same by that of one row against the others.
  double rowSensitivity = 0.0;
  /// A row of the gradient is a + b x, x the value, and a rest at right angles
  /// to both: the second moments of a and b. For a gradient that does not
  /// depend on x this is two of n directions; in deep networks it may take
  /// over.
  Matrix2 aligned;
  /// The variance, relative to its square, of that part's mean square over the
  /// batch: of few numbers where a layer of few units follows.
  double alignedVariance = 0.0;
  /// The share of the gradient's square that has come of it, where several ways
  /// met: it varies with it.
  double alignedShare = 0.0;
  /// As alignedVariance, by there being so many units: of what has been added
  /// since the way to the value parted from others.
  double alignedSampling = 0.0;
  /// How far the gradients of two units oppose each other, as parts of what
  /// their values over the batch have in common; and whether a norm over the
  /// batch has divided by the size of the values, which is why they do.
  double alignment = 0.0, isScaled = 0.0;
  /// As of a signal.
  double correction = 0.0;

  double getSquare() const { return excess * moments.self; }
};

/// What an op makes of the part of a gradient that is aligned with 1 and its
/// result, as one that is aligned with 1 and the operand; a and b of both.
struct AlignedResponse {
  Matrix2 map;
  /// What is added to their second moments, of each unit of the mean square of
  /// the rest of the result's gradient, and of all of it.
  Matrix2 ofRest, ofSquare;
};

/// How an op's result answers to one operand.
struct SignalResponse {
  /// The mean derivative of an element of the result by the operand's of the
  /// same place: what carries covariances with other values.
  double slope = 0.0;
  /// The operand's cotangent from the result's; none where no gradient passes.
  std::function<Cotangent(const Cotangent &)> pull;
  /// None where the operand's gradient does not depend on the operand.
  std::optional<AlignedResponse> aligned = std::nullopt;
};

/// An op that mixes one operand's units by random weights that another one
/// holds: what makes its result independent of all else.
struct RandomMixing {
  unsigned input, weights;
  double gain; ///< on the product of two inputs' elements
};

/// What an op does to signals.
struct SignalTransfer {
  Signal result;
  /// One an operand.
  llvm::SmallVector<SignalResponse, 4> responses;
  std::optional<RandomMixing> mixing;
  /// As AlignedResponse::ofRest, of two operands: the rest of the result's
  /// gradient is at right angles to the result, not to its parts.
  std::function<Matrix2(unsigned, unsigned)> ofSharedRest = nullptr;
};

/// What an op is asked.
struct SignalQuery {
  /// One an operand.
  llvm::ArrayRef<Signal> operands;
  int64_t batchSize;
  /// The covariances of elements of two operands.
  llvm::function_ref<PairMoments(unsigned, unsigned)> covariance;
};

} // namespace keel

#endif // KEEL_INTERFACES_SIGNAL_H
