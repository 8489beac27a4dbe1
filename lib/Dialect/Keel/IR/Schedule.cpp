//===- Schedule.cpp - Schedules of the learning rate ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scalars.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <numbers>

using namespace mlir;
using namespace keel;

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

LogicalResult CosineAttr::verify(EmitError emitError, int64_t steps,
                                 int64_t warmup, Real floor) {
  if (warmup < 0 || steps <= warmup)
    return emitError() << "steps must be above warmup, and warmup not "
                          "negative, got steps = "
                       << steps << " and warmup = " << warmup;
  if (!(floor.value >= 0.0 && floor.value <= 1.0))
    return emitError() << "floor must be in [0, 1], got "
                       << formatReal(floor.value);
  return success();
}

Attribute CosineAttr::parse(AsmParser &parser, Type) {
  int64_t steps = 0, warmup = 0;
  Real floor;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"steps", &steps, /*required=*/true},
                             {"warmup", &warmup},
                             {"floor", &floor}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    steps, warmup, floor);
}

void CosineAttr::print(AsmPrinter &printer) const {
  int64_t steps = getSteps(), warmup = getWarmup();
  Real floor = getFloor();
  printSettings(printer,
                {{"steps", &steps}, {"warmup", &warmup}, {"floor", &floor}});
}

Value CosineAttr::buildFactor(OpBuilder &builder, Location loc,
                              Value step) const {
  double warmup = double(getWarmup()), floor = getFloor().value;
  double length = double(getSteps()) - warmup;
  Value t = arith::SIToFPOp::create(builder, loc, builder.getF64Type(), step);
  Value past =
      arith::SubFOp::create(builder, loc, t, buildReal(builder, loc, warmup));
  Value done = arith::DivFOp::create(builder, loc, past,
                                     buildReal(builder, loc, length));
  done = arith::MinimumFOp::create(builder, loc, done,
                                   buildReal(builder, loc, 1.0));
  Value cosine = math::CosOp::create(
      builder, loc,
      arith::MulFOp::create(builder, loc, done,
                            buildReal(builder, loc, std::numbers::pi)));
  Value half = arith::MulFOp::create(
      builder, loc,
      arith::AddFOp::create(builder, loc, cosine, buildReal(builder, loc, 1.0)),
      buildReal(builder, loc, (1.0 - floor) / 2.0));
  Value factor =
      arith::AddFOp::create(builder, loc, half, buildReal(builder, loc, floor));
  if (getWarmup() == 0)
    return factor;
  Value rising = arith::DivFOp::create(
      builder, loc,
      arith::AddFOp::create(builder, loc, t, buildReal(builder, loc, 1.0)),
      buildReal(builder, loc, warmup));
  Value isWarm = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT,
                                       t, buildReal(builder, loc, warmup));
  return arith::SelectOp::create(builder, loc, isWarm, rising, factor);
}

LogicalResult StepAttr::verify(EmitError emitError, int64_t every,
                               Real factor) {
  if (every < 1)
    return emitError() << "every must be at least 1, got " << every;
  if (!(factor.value > 0.0))
    return emitError() << "factor must be positive, got "
                       << formatReal(factor.value);
  return success();
}

Attribute StepAttr::parse(AsmParser &parser, Type) {
  int64_t every = 0;
  Real factor;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"every", &every, /*required=*/true},
                             {"factor", &factor, /*required=*/true}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    every, factor);
}

void StepAttr::print(AsmPrinter &printer) const {
  int64_t every = getEvery();
  Real factor = getFactor();
  printSettings(printer, {{"every", &every}, {"factor", &factor}});
}

Value StepAttr::buildFactor(OpBuilder &builder, Location loc,
                            Value step) const {
  Value every = arith::ConstantOp::create(
      builder, loc, builder.getI64IntegerAttr(getEvery()));
  Value count = arith::DivSIOp::create(builder, loc, step, every);
  Value power =
      arith::SIToFPOp::create(builder, loc, builder.getF64Type(), count);
  return math::PowFOp::create(
      builder, loc, buildReal(builder, loc, getFactor().value), power);
}
