//===- Dialect.cpp - The dialect and its optimizer, #extra.lion -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extra.h"
#include "keel/Interfaces/Signal.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace extra;
using keel::Real;

#include "ExtraDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "ExtraAttrs.cpp.inc"

void ExtraDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ExtraAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ExtraOps.cpp.inc"
      >();
}

Attribute LionAttr::parse(AsmParser &parser, Type) {
  Real rate, beta1{0.9}, beta2{0.99}, weightDecay;
  Attribute schedule;
  if (keel::parseSettings(parser, {{"learning_rate", &rate, /*required=*/true},
                                   {"beta1", &beta1},
                                   {"beta2", &beta2},
                                   {"weight_decay", &weightDecay},
                                   {"schedule", &schedule}}))
    return {};
  return get(parser.getContext(), rate, beta1, beta2, weightDecay, schedule);
}

void LionAttr::print(AsmPrinter &printer) const {
  Real rate = getLearningRate(), beta1 = getBeta1(), beta2 = getBeta2(),
       weightDecay = getWeightDecay();
  Attribute schedule = getSchedule();
  keel::printSettings(printer, {{"learning_rate", &rate},
                                {"beta1", &beta1},
                                {"beta2", &beta2},
                                {"weight_decay", &weightDecay},
                                {"schedule", &schedule}});
}

double LionAttr::getBaseLearningRate() const { return getLearningRate().value; }

keel::ScheduleAttrInterface LionAttr::getLearningRateSchedule() const {
  return dyn_cast_or_null<keel::ScheduleAttrInterface>(getSchedule());
}

SmallVector<StringRef> LionAttr::getSlotNames() const { return {"m"}; }

bool LionAttr::needsCount() const { return false; }

/// A tensor of `type`, which parameters have a static one of, that holds
/// `value` everywhere.
static Value splat(ImplicitLocOpBuilder &b, Type type, double value) {
  auto tensor = cast<RankedTensorType>(type);
  auto element = b.getFloatAttr(tensor.getElementType(), value);
  return arith::ConstantOp::create(b, DenseElementsAttr::get(tensor, element));
}

static Value scale(ImplicitLocOpBuilder &b, double factor, Value x) {
  return arith::MulFOp::create(b, splat(b, x.getType(), factor), x);
}

/// 1, 0 or -1; a NaN stays a NaN.
static Value sign(ImplicitLocOpBuilder &b, Value x) {
  Value zero = splat(b, x.getType(), 0.0);
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, zero);
  Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, zero);
  // What is neither is 0 or NaN itself.
  Value rest =
      arith::SelectOp::create(b, below, splat(b, x.getType(), -1.0), x);
  return arith::SelectOp::create(b, above, splat(b, x.getType(), 1.0), rest);
}

// p' = p - lr (sign(beta1 m + (1 - beta1) g) + weight_decay p),
// m' = beta2 m + (1 - beta2) g.
SmallVector<Value> LionAttr::buildUpdate(OpBuilder &builder, Location loc,
                                         Value parameter, Value gradient,
                                         ValueRange slots, Value rate, Value,
                                         bool decay) const {
  ImplicitLocOpBuilder b(loc, builder);
  Type type = parameter.getType();
  auto mix = [&](double beta) -> Value {
    return arith::AddFOp::create(b, scale(b, beta, slots[0]),
                                 scale(b, 1.0 - beta, gradient));
  };
  Value direction = sign(b, mix(getBeta1().value));
  double pull = decay ? getWeightDecay().value : 0.0;
  if (pull != 0.0)
    direction = arith::AddFOp::create(b, direction, scale(b, pull, parameter));
  Value step = keel::ScaleOp::create(b, type, direction, rate);
  Value updated = arith::SubFOp::create(b, parameter, step);
  return {updated, mix(getBeta2().value)};
}
