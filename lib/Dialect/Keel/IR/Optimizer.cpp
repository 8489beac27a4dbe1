//===- Optimizer.cpp - Optimizers: text, verification, updates ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scalars.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

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
// Verification
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

static LogicalResult verifyAdam(EmitError emitError, Real rate, Real beta1,
                                Real beta2, Real epsilon, Attribute schedule) {
  return success(succeeded(verifyRate(emitError, rate, schedule)) &&
                 succeeded(verifyFraction(emitError, "beta1", beta1)) &&
                 succeeded(verifyFraction(emitError, "beta2", beta2)) &&
                 succeeded(verifyNotNegative(emitError, "epsilon", epsilon)));
}

LogicalResult AdamAttr::verify(EmitError emitError, Real rate, Real beta1,
                               Real beta2, Real epsilon, Attribute schedule) {
  return verifyAdam(emitError, rate, beta1, beta2, epsilon, schedule);
}

LogicalResult AdamwAttr::verify(EmitError emitError, Real rate, Real beta1,
                                Real beta2, Real epsilon, Real weightDecay,
                                Attribute schedule) {
  if (failed(verifyAdam(emitError, rate, beta1, beta2, epsilon, schedule)))
    return failure();
  return verifyNotNegative(emitError, "weight_decay", weightDecay);
}

LogicalResult RmspropAttr::verify(EmitError emitError, Real rate, Real decay,
                                  Real epsilon, Attribute schedule) {
  return success(succeeded(verifyRate(emitError, rate, schedule)) &&
                 succeeded(verifyFraction(emitError, "decay", decay)) &&
                 succeeded(verifyNotNegative(emitError, "epsilon", epsilon)));
}

LogicalResult AdagradAttr::verify(EmitError emitError, Real rate, Real epsilon,
                                  Attribute schedule) {
  if (failed(verifyRate(emitError, rate, schedule)))
    return failure();
  return verifyNotNegative(emitError, "epsilon", epsilon);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

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

namespace {

/// The settings of Adam and, where it decays weights, of AdamW.
struct AdamSettings {
  Real rate, beta1{0.9}, beta2{0.999}, epsilon{1.0e-8}, weightDecay{0.01};
  Attribute schedule;

  SmallVector<Setting> get(bool decaysWeights) {
    SmallVector<Setting> settings = {
        {"learning_rate", &rate, /*required=*/true},
        {"beta1", &beta1},
        {"beta2", &beta2},
        {"epsilon", &epsilon}};
    if (decaysWeights)
      settings.push_back({"weight_decay", &weightDecay});
    settings.push_back({"schedule", &schedule});
    return settings;
  }
};

} // namespace

Attribute AdamAttr::parse(AsmParser &parser, Type) {
  AdamSettings s;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, s.get(/*decaysWeights=*/false)))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    s.rate, s.beta1, s.beta2, s.epsilon, s.schedule);
}

void AdamAttr::print(AsmPrinter &printer) const {
  AdamSettings s{getLearningRate(), getBeta1(), getBeta2(),
                 getEpsilon(),      Real(),     getSchedule()};
  printSettings(printer, s.get(/*decaysWeights=*/false));
}

Attribute AdamwAttr::parse(AsmParser &parser, Type) {
  AdamSettings s;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, s.get(/*decaysWeights=*/true)))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    s.rate, s.beta1, s.beta2, s.epsilon, s.weightDecay,
                    s.schedule);
}

void AdamwAttr::print(AsmPrinter &printer) const {
  AdamSettings s{getLearningRate(), getBeta1(),       getBeta2(),
                 getEpsilon(),      getWeightDecay(), getSchedule()};
  printSettings(printer, s.get(/*decaysWeights=*/true));
}

Attribute RmspropAttr::parse(AsmParser &parser, Type) {
  Real rate, decay{0.9}, epsilon{1.0e-8};
  Attribute schedule;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"learning_rate", &rate, /*required=*/true},
                             {"decay", &decay},
                             {"epsilon", &epsilon},
                             {"schedule", &schedule}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    rate, decay, epsilon, schedule);
}

void RmspropAttr::print(AsmPrinter &printer) const {
  Real rate = getLearningRate(), decay = getDecay(), epsilon = getEpsilon();
  Attribute schedule = getSchedule();
  printSettings(printer, {{"learning_rate", &rate},
                          {"decay", &decay},
                          {"epsilon", &epsilon},
                          {"schedule", &schedule}});
}

Attribute AdagradAttr::parse(AsmParser &parser, Type) {
  Real rate, epsilon{1.0e-10};
  Attribute schedule;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"learning_rate", &rate, /*required=*/true},
                             {"epsilon", &epsilon},
                             {"schedule", &schedule}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    rate, epsilon, schedule);
}

void AdagradAttr::print(AsmPrinter &printer) const {
  Real rate = getLearningRate(), epsilon = getEpsilon();
  Attribute schedule = getSchedule();
  printSettings(printer, {{"learning_rate", &rate},
                          {"epsilon", &epsilon},
                          {"schedule", &schedule}});
}

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

#define KEEL_OPTIMIZER(NAME, NEEDS_COUNT)                                      \
  double NAME::getBaseLearningRate() const { return getLearningRate().value; } \
  ScheduleAttrInterface NAME::getLearningRateSchedule() const {                \
    return dyn_cast_or_null<ScheduleAttrInterface>(getSchedule());             \
  }                                                                            \
  bool NAME::needsCount() const { return NEEDS_COUNT; }

KEEL_OPTIMIZER(SgdAttr, false)
KEEL_OPTIMIZER(AdamAttr, true)
KEEL_OPTIMIZER(AdamwAttr, true)
KEEL_OPTIMIZER(RmspropAttr, false)
KEEL_OPTIMIZER(AdagradAttr, false)
#undef KEEL_OPTIMIZER

SmallVector<StringRef> SgdAttr::getSlotNames() const {
  if (getMomentum().value == 0.0)
    return {};
  return {"momentum"};
}

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

SmallVector<StringRef> AdamAttr::getSlotNames() const { return {"m", "v"}; }

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
  auto adamw = AdamwAttr::get(getContext(), getLearningRate(), getBeta1(),
                              getBeta2(), getEpsilon(), Real(), getSchedule());
  return adamw.buildUpdate(builder, loc, parameter, gradient, slots, rate,
                           count, /*decay=*/false);
}

SmallVector<StringRef> AdamwAttr::getSlotNames() const { return {"m", "v"}; }

SmallVector<Value> AdamwAttr::buildUpdate(OpBuilder &builder, Location loc,
                                          Value parameter, Value gradient,
                                          ValueRange slots, Value rate,
                                          Value count, bool decay) const {
  Type type = parameter.getType();
  auto update = AdamUpdateOp::create(
      builder, loc, TypeRange{type, type, type}, parameter, gradient, rate,
      slots[0], slots[1],
      buildCorrection(builder, loc, getBeta1().value, count),
      buildCorrection(builder, loc, getBeta2().value, count),
      builder.getF64FloatAttr(getBeta1().value),
      builder.getF64FloatAttr(getBeta2().value),
      builder.getF64FloatAttr(getEpsilon().value),
      builder.getF64FloatAttr(decay ? getWeightDecay().value : 0.0));
  return SmallVector<Value>(update->getResults());
}

SmallVector<StringRef> RmspropAttr::getSlotNames() const {
  return {"square_average"};
}

SmallVector<Value> RmspropAttr::buildUpdate(OpBuilder &builder, Location loc,
                                            Value parameter, Value gradient,
                                            ValueRange slots, Value rate, Value,
                                            bool) const {
  Type type = parameter.getType();
  auto update = RmspropUpdateOp::create(
      builder, loc, TypeRange{type, type}, parameter, gradient, rate,
      slots.front(), builder.getF64FloatAttr(getDecay().value),
      builder.getF64FloatAttr(getEpsilon().value));
  return SmallVector<Value>(update->getResults());
}

SmallVector<StringRef> AdagradAttr::getSlotNames() const {
  return {"square_sum"};
}

SmallVector<Value> AdagradAttr::buildUpdate(OpBuilder &builder, Location loc,
                                            Value parameter, Value gradient,
                                            ValueRange slots, Value rate, Value,
                                            bool) const {
  Type type = parameter.getType();
  auto update = AdagradUpdateOp::create(
      builder, loc, TypeRange{type, type}, parameter, gradient, rate,
      slots.front(), builder.getF64FloatAttr(getEpsilon().value));
  return SmallVector<Value>(update->getResults());
}
