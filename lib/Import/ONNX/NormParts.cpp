//===- NormParts.cpp - What norms are put together from -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormParts.h"
#include "Build.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;

Value keel::onnx::buildMean(LocBuilder &b, Value x, ArrayRef<int64_t> axes) {
  double count = 1;
  for (int64_t axis : axes)
    count *= double(getShape(x)[axis]);
  Value sum = buildSum(b, x, axes);
  return buildMap(b, getShape(sum), getElement(x), {sum},
                  [&](LocBuilder &inner, ValueRange v) -> Value {
                    return arith::DivFOp::create(
                        inner, v[0], buildScalar(inner, v[0].getType(), count));
                  });
}

Value keel::onnx::buildMeanSquare(LocBuilder &b, Value x,
                                  ArrayRef<int64_t> axes) {
  Value square = buildMap(b, getShape(x), getElement(x), {x},
                          [](LocBuilder &inner, ValueRange v) -> Value {
                            return arith::MulFOp::create(inner, v[0], v[0]);
                          });
  return buildMean(b, square, axes);
}

Value keel::onnx::buildReciprocalDeviation(LocBuilder &b, Value variance,
                                           double epsilon) {
  return buildMap(
      b, getShape(variance), getElement(variance), {variance},
      [&](LocBuilder &inner, ValueRange v) -> Value {
        Type type = v[0].getType();
        Value sum = arith::AddFOp::create(inner, v[0],
                                          buildScalar(inner, type, epsilon));
        return arith::DivFOp::create(inner, buildScalar(inner, type, 1),
                                     math::SqrtOp::create(inner, sum));
      });
}

Value keel::onnx::buildMultiple(LocBuilder &b, Value x, Value y) {
  return buildMap(b, getShape(x), getElement(x), {x, y},
                  [](LocBuilder &inner, ValueRange v) -> Value {
                    return arith::MulFOp::create(inner, v[0], v[1]);
                  });
}

Value keel::onnx::buildDifference(LocBuilder &b, Value x, Value y) {
  return buildMap(b, getShape(x), getElement(x), {x, y},
                  [](LocBuilder &inner, ValueRange v) -> Value {
                    return arith::SubFOp::create(inner, v[0], v[1]);
                  });
}

Value keel::onnx::buildShifted(LocBuilder &b, Value x, Value y) {
  return buildMap(b, getShape(x), getElement(x), {x, y},
                  [](LocBuilder &inner, ValueRange v) -> Value {
                    return arith::AddFOp::create(inner, v[0], v[1]);
                  });
}

Value keel::onnx::buildNormalized(LocBuilder &b, Value x,
                                  ArrayRef<int64_t> axes, double epsilon) {
  Value centered = buildDifference(b, x, buildMean(b, x, axes));
  Value variance = buildMeanSquare(b, centered, axes);
  return buildMultiple(b, centered,
                       buildReciprocalDeviation(b, variance, epsilon));
}

Value keel::onnx::buildAlong(LocBuilder &b, Value vector, int64_t axis,
                             int64_t rank) {
  Sizes shape(size_t(rank), 1);
  shape[size_t(axis)] = getShape(vector)[0];
  return buildReshape(b, vector, shape);
}
