//===- Quadrature.h - Means over normal and spherical variables -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_ANALYSIS_QUADRATURE_H
#define KEEL_ANALYSIS_QUADRATURE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace keel {

/// A point of a quadrature rule and its share.
struct WeightedPoint {
  double x, weight;
};
using QuadratureRule = llvm::SmallVector<WeightedPoint, 0>;

/// The rule of Gauss and Legendre on the pieces between `edges`, with the
/// density `density` and its sum scaled to 1.
QuadratureRule makeRule(llvm::SmallVector<double> edges,
                        llvm::function_ref<double(double)> density);

/// The mean over `mean + deviation z`, z standard normal. `kinks` are the
/// points at which the function to come is not smooth; about each and about 0
/// pieces of unit size resolve what saturates.
QuadratureRule makeNormalRule(double mean, double deviation,
                              llvm::ArrayRef<double> kinks);

/// The mean over one of `count` numbers of mean 0 and mean square 1, uniform
/// over all such, times `deviation`, plus `mean`; `count` is at least 2.
QuadratureRule makeSphereRule(double mean, double deviation, double count,
                              llvm::ArrayRef<double> kinks);

/// The mean over another of these numbers, where one of them is `first`.
QuadratureRule makeSphereNeighbourRule(double mean, double deviation,
                                       int64_t count, double first,
                                       llvm::ArrayRef<double> kinks);

/// The mean of 1 / (v + epsilon) where v is `variance` times a chi-square of
/// `freedom` degrees over `freedom`.
double getMeanReciprocal(double variance, double freedom, double epsilon);

} // namespace keel

#endif // KEEL_ANALYSIS_QUADRATURE_H
