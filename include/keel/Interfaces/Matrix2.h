//===- Matrix2.h - Two by two matrices --------------------------*- C++ -*-===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_INTERFACES_MATRIX2_H
#define KEEL_INTERFACES_MATRIX2_H

namespace keel {

/// [[a, b], [c, d]].
struct Matrix2 {
  double a = 0.0, b = 0.0, c = 0.0, d = 0.0;

  Matrix2 transpose() const { return {a, c, b, d}; }

  /// Of a symmetric matrix of products: where the second row says nothing that
  /// the first does not, that of the first alone.
  Matrix2 invert() const {
    double determinant = a * d - b * c;
    if (!(a > 0.0))
      return {};
    if (!(determinant > 1e-9 * a * d))
      return {1.0 / a, 0.0, 0.0, 0.0};
    double scale = 1.0 / determinant;
    return {scale * d, -scale * b, -scale * c, scale * a};
  }
};

inline Matrix2 operator+(const Matrix2 &x, const Matrix2 &y) {
  return {x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d};
}
inline Matrix2 operator*(const Matrix2 &x, const Matrix2 &y) {
  return {x.a * y.a + x.b * y.c, x.a * y.b + x.b * y.d, x.c * y.a + x.d * y.c,
          x.c * y.b + x.d * y.d};
}
inline Matrix2 operator*(double x, const Matrix2 &y) {
  return {x * y.a, x * y.b, x * y.c, x * y.d};
}

/// The sum of the products of elements of the same place: for symmetric
/// matrices, the trace of their product.
inline double getInnerProduct(const Matrix2 &x, const Matrix2 &y) {
  return x.a * y.a + x.b * y.b + x.c * y.c + x.d * y.d;
}

} // namespace keel

#endif // KEEL_INTERFACES_MATRIX2_H
