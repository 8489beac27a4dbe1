//===- ElementMoments.h - Moments of a function of a random number --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_ANALYSIS_ELEMENTMOMENTS_H
#define KEEL_ANALYSIS_ELEMENTMOMENTS_H

#include "keel/Analysis/SignalTransfers.h"

namespace keel {

/// The distribution of an element: its law, mean and deviation; of a sphere's
/// law how many numbers it is of, and how many as far as one of them tells.
struct ElementLaw {
  Law law = Law::normal;
  double mean = 0.0;
  double deviation = 1.0;
  int64_t count = 0;
  double freedom = 0.0;
};

/// Means over one element x, with f = f(x), d = f'(x), u = x - mean.
struct ElementMoments {
  double f = 0, ff = 0, ffff = 0;  ///< f, f^2, f^4
  double d = 0, dd = 0, dddd = 0;  ///< d, d^2, d^4
  double xd = 0, xxdd = 0;         ///< x d, x^2 d^2
  double fff = 0, fd = 0, xfd = 0; ///< f^3, f d, x f d
  double xdd = 0, fdd = 0;         ///< x d^2, f d^2
  double xxfdd = 0, xxffdd = 0;    ///< x^2 f d^2, x^2 f^2 d^2
  double uf = 0;                   ///< u f
  double ffuu = 0;                 ///< f^2 u^2
  double ffdd = 0;                 ///< f^2 d^2
  double saturated = 0;            ///< share of |d| below the function's bound

  /// Adds `weight` times another's means.
  void add(double weight, const ElementMoments &other);
};

/// Means over two elements x and y of one law.
struct PairedMoments {
  double ff = 0;   ///< f(x) f(y)
  double dd = 0;   ///< d(x) d(y)
  double xdxd = 0; ///< x d(x) y d(y)
  double ffff = 0; ///< f(x)^2 f(y)^2
  double dddd = 0; ///< d(x)^2 d(y)^2
  double ffdd = 0; ///< f(x)^2 d(y)^2
  double xfxf = 0; ///< u f(x) v f(y), u and v from the mean
};

ElementMoments getElementMoments(const ElementLaw &law,
                                 const ScalarFunction &function);

/// `correlation` is that of x and y; the law of a sphere over the batch has its
/// own.
PairedMoments getPairedMoments(const ElementLaw &law, double correlation,
                               const ScalarFunction &function);

/// The chance that the derivative is 0 in all of `count` elements, each two of
/// which have this correlation.
double getDeadShare(const ElementLaw &law, double correlation, int64_t count,
                    const ScalarFunction &function);

} // namespace keel

#endif // KEEL_ANALYSIS_ELEMENTMOMENTS_H
