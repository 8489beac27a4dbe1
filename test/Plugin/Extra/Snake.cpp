//===- Snake.cpp - Verification, adjoint and lowering of extra.snake ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extra.h"
#include "keel/Analysis/SignalTransfers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <cmath>

using namespace mlir;
using namespace extra;

#define GET_OP_CLASSES
#include "ExtraOps.cpp.inc"

LogicalResult SnakeOp::verify() {
  double frequency = getFrequency().convertToDouble();
  if (!(frequency > 0.0)) // (C1)
    return emitOpError() << "frequency must be positive, got "
                         << keel::formatReal(frequency);
  return success();
}

/// `factor` times `x`: a constant of a dynamic type has no op.
static Value scale(ImplicitLocOpBuilder &b, double factor, Value x) {
  Value number = arith::ConstantOp::create(b, b.getF64FloatAttr(factor));
  return keel::ScaleOp::create(b, x.getType(), x, number);
}

// dx = dy (1 + sin(2 a x)) = dy + dy sin(2 a x).
LogicalResult SnakeOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                    MutableArrayRef<Value> operandCotangents) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  double a = getFrequency().convertToDouble();
  Value dy = cotangents[0];
  Value wave = math::SinOp::create(b, scale(b, 2.0 * a, getInput()));
  operandCotangents[0] =
      arith::AddFOp::create(b, dy, arith::MulFOp::create(b, dy, wave));
  return success();
}

// x + sin(a x)^2 / a.
FailureOr<SmallVector<Value>> SnakeOp::buildLowering(OpBuilder &builder,
                                                     ValueRange operands) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  double a = getFrequency().convertToDouble();
  Value x = operands[0];
  Value wave = math::SinOp::create(b, scale(b, a, x));
  Value square = arith::MulFOp::create(b, wave, wave);
  Value result = arith::AddFOp::create(b, x, scale(b, 1.0 / a, square));
  return SmallVector<Value>{result};
}

// f = x + sin(a x)^2 / a, f' = 1 + sin(2 a x).
LogicalResult SnakeOp::transferSignal(const keel::SignalQuery &query,
                                      keel::SignalTransfer &transfer) {
  double a = getFrequency().convertToDouble();
  transfer = keel::transferElementwise(
      query,
      {.value = [=](double x) { return x + std::pow(std::sin(a * x), 2) / a; },
       .derivative = [=](double x) { return 1.0 + std::sin(2.0 * a * x); }});
  return success();
}
