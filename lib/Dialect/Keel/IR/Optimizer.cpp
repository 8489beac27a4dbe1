//===- Optimizer.cpp - Optimizers and schedules ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <numbers>

using namespace mlir;
using namespace keel;

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

static Value buildReal(OpBuilder &builder, Location loc, double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF64FloatAttr(value));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

ParseResult
keel::parseSgdTypes(OpAsmParser &parser, Type &parameter,
                    std::optional<OpAsmParser::UnresolvedOperand> velocity,
                    Type &velocityType, Type &newVelocity) {
  if (parser.parseType(parameter))
    return failure();
  if (velocity)
    velocityType = newVelocity = parameter;
  return success();
}

void keel::printSgdTypes(OpAsmPrinter &printer, Operation *, Type parameter,
                         Value, Type, Type) {
  printer << parameter;
}

LogicalResult SgdUpdateOp::verify() {
  bool wanted = !getMomentum().isZero(); // (C1)
  if (bool(getVelocity()) != wanted || bool(getNewVelocity()) != wanted)
    return emitOpError() << (wanted ? "with momentum needs a velocity"
                                    : "without momentum has no velocity");
  if (wanted && (getVelocity().getType() != getParameter().getType() ||
                 getNewVelocity().getType() != getParameter().getType()))
    return emitOpError() << "velocity must have the parameter's type "
                         << getParameter().getType() << ", got "
                         << getVelocity().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

static LogicalResult verifyRate(EmitError emitError, Real rate,
                                Attribute schedule) {
  if (!(rate.value >= 0.0))
    return emitError() << "learning_rate must not be negative, got "
                       << formatReal(rate.value);
  if (schedule && !isa<ScheduleAttrInterface>(schedule))
    return emitError() << "schedule must be one such as "
                          "#keel.cosine<steps = 1000>, got "
                       << schedule;
  return success();
}

static LogicalResult verifyFraction(EmitError emitError, StringRef name,
                                    Real value) {
  if (value.value >= 0.0 && value.value < 1.0)
    return success();
  return emitError() << name << " must be in [0, 1), got "
                     << formatReal(value.value);
}

static LogicalResult verifyNotNegative(EmitError emitError, StringRef name,
                                       Real value) {
  if (value.value >= 0.0)
    return success();
  return emitError() << name << " must not be negative, got "
                     << formatReal(value.value);
}

LogicalResult SgdAttr::verify(EmitError emitError, Real rate, Real momentum,
                              bool nesterov, Real weightDecay,
                              Attribute schedule) {
  if (failed(verifyRate(emitError, rate, schedule)) ||
      failed(verifyFraction(emitError, "momentum", momentum)) ||
      failed(verifyNotNegative(emitError, "weight_decay", weightDecay)))
    return failure();
  if (nesterov && momentum.value == 0.0)
    return emitError() << "nesterov needs a momentum";
  return success();
}

Attribute SgdAttr::parse(AsmParser &parser, Type) {
  Real rate, momentum, weightDecay;
  bool nesterov = false;
  Attribute schedule;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"learning_rate", &rate, /*required=*/true},
                             {"momentum", &momentum},
                             {"nesterov", &nesterov},
                             {"weight_decay", &weightDecay},
                             {"schedule", &schedule}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    rate, momentum, nesterov, weightDecay, schedule);
}

void SgdAttr::print(AsmPrinter &printer) const {
  Real rate = getLearningRate(), momentum = getMomentum(),
       weightDecay = getWeightDecay();
  bool nesterov = getNesterov();
  Attribute schedule = getSchedule();
  printSettings(printer, {{"learning_rate", &rate},
                          {"momentum", &momentum},
                          {"nesterov", &nesterov},
                          {"weight_decay", &weightDecay},
                          {"schedule", &schedule}});
}

double SgdAttr::getBaseLearningRate() const { return getLearningRate().value; }

ScheduleAttrInterface SgdAttr::getLearningRateSchedule() const {
  return dyn_cast_or_null<ScheduleAttrInterface>(getSchedule());
}

SmallVector<StringRef> SgdAttr::getSlotNames() const {
  if (getMomentum().value == 0.0)
    return {};
  return {"momentum"};
}

bool SgdAttr::needsCount() const { return false; }

SmallVector<Value> SgdAttr::buildUpdate(OpBuilder &builder, Location loc,
                                        Value parameter, Value gradient,
                                        ValueRange slots, Value rate, Value,
                                        bool decay) const {
  Value velocity = slots.empty() ? Value() : slots.front();
  auto update = SgdUpdateOp::create(
      builder, loc, parameter.getType(),
      velocity ? parameter.getType() : Type(), parameter, gradient, rate,
      velocity, builder.getF64FloatAttr(getMomentum().value),
      builder.getBoolAttr(getNesterov()),
      builder.getF64FloatAttr(decay ? getWeightDecay().value : 0.0));
  return SmallVector<Value>(update->getResults());
}

LogicalResult AdamAttr::verify(EmitError emitError, Real rate, Real beta1,
                               Real beta2, Real epsilon, Attribute schedule) {
  return success(succeeded(verifyRate(emitError, rate, schedule)) &&
                 succeeded(verifyFraction(emitError, "beta1", beta1)) &&
                 succeeded(verifyFraction(emitError, "beta2", beta2)) &&
                 succeeded(verifyNotNegative(emitError, "epsilon", epsilon)));
}

Attribute AdamAttr::parse(AsmParser &parser, Type) {
  Real rate, beta1{0.9}, beta2{0.999}, epsilon{1.0e-8};
  Attribute schedule;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"learning_rate", &rate, /*required=*/true},
                             {"beta1", &beta1},
                             {"beta2", &beta2},
                             {"epsilon", &epsilon},
                             {"schedule", &schedule}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    rate, beta1, beta2, epsilon, schedule);
}

void AdamAttr::print(AsmPrinter &printer) const {
  Real rate = getLearningRate(), beta1 = getBeta1(), beta2 = getBeta2(),
       epsilon = getEpsilon();
  Attribute schedule = getSchedule();
  printSettings(printer, {{"learning_rate", &rate},
                          {"beta1", &beta1},
                          {"beta2", &beta2},
                          {"epsilon", &epsilon},
                          {"schedule", &schedule}});
}

double AdamAttr::getBaseLearningRate() const { return getLearningRate().value; }

ScheduleAttrInterface AdamAttr::getLearningRateSchedule() const {
  return dyn_cast_or_null<ScheduleAttrInterface>(getSchedule());
}

SmallVector<StringRef> AdamAttr::getSlotNames() const { return {"m", "v"}; }

bool AdamAttr::needsCount() const { return true; }

/// 1 - beta^count.
static Value buildCorrection(OpBuilder &builder, Location loc, double beta,
                             Value count) {
  Value n = arith::SIToFPOp::create(builder, loc, builder.getF64Type(), count);
  Value power =
      math::PowFOp::create(builder, loc, buildReal(builder, loc, beta), n);
  return arith::SubFOp::create(builder, loc, buildReal(builder, loc, 1.0),
                               power);
}

SmallVector<Value> AdamAttr::buildUpdate(OpBuilder &builder, Location loc,
                                         Value parameter, Value gradient,
                                         ValueRange slots, Value rate,
                                         Value count, bool) const {
  Type type = parameter.getType();
  auto update = AdamUpdateOp::create(
      builder, loc, TypeRange{type, type, type}, parameter, gradient, rate,
      slots[0], slots[1],
      buildCorrection(builder, loc, getBeta1().value, count),
      buildCorrection(builder, loc, getBeta2().value, count),
      builder.getF64FloatAttr(getBeta1().value),
      builder.getF64FloatAttr(getBeta2().value),
      builder.getF64FloatAttr(getEpsilon().value));
  return SmallVector<Value>(update->getResults());
}
