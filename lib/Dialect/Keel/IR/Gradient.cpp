//===- Gradient.cpp - Clips: text, verification, what they build ----------===//
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

LogicalResult ClampOp::verify() {
  if (getLimit().isNegative() || getLimit().isNaN()) // (C1)
    return emitOpError() << "limit must not be negative, got "
                         << formatReal(getLimit().convertToDouble());
  return success();
}

//===----------------------------------------------------------------------===//
// Text and verification
//===----------------------------------------------------------------------===//

static LogicalResult verifyLimit(EmitError emitError, Real limit,
                                 Real epsilon = {}) {
  if (!(limit.value > 0.0))
    return emitError() << "the limit must be positive, got "
                       << formatReal(limit.value);
  if (!(epsilon.value >= 0.0))
    return emitError() << "epsilon must not be negative, got "
                       << formatReal(epsilon.value);
  return success();
}

LogicalResult ClipByValueAttr::verify(EmitError emitError, Real limit) {
  return verifyLimit(emitError, limit);
}
LogicalResult ClipByNormAttr::verify(EmitError emitError, Real limit,
                                     Real epsilon) {
  return verifyLimit(emitError, limit, epsilon);
}
LogicalResult ClipByGlobalNormAttr::verify(EmitError emitError, Real limit,
                                           Real epsilon) {
  return verifyLimit(emitError, limit, epsilon);
}

Attribute ClipByValueAttr::parse(AsmParser &parser, Type) {
  Real limit;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"limit", &limit, /*required=*/true}},
                    /*positional=*/1))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    limit);
}

void ClipByValueAttr::print(AsmPrinter &printer) const {
  Real limit = getLimit();
  printSettings(printer, {{"limit", &limit}}, /*positional=*/1);
}

template <typename AttrTy> static Attribute parseNormClip(AsmParser &parser) {
  Real limit, epsilon;
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(
          parser, {{"limit", &limit, /*required=*/true}, {"epsilon", &epsilon}},
          /*positional=*/1))
    return {};
  return AttrTy::getChecked([&] { return parser.emitError(loc); },
                            parser.getContext(), limit, epsilon);
}

static void printNormClip(AsmPrinter &printer, Real limit, Real epsilon) {
  printSettings(printer, {{"limit", &limit}, {"epsilon", &epsilon}},
                /*positional=*/1);
}

Attribute ClipByNormAttr::parse(AsmParser &parser, Type) {
  return parseNormClip<ClipByNormAttr>(parser);
}
void ClipByNormAttr::print(AsmPrinter &printer) const {
  printNormClip(printer, getLimit(), getEpsilon());
}
Attribute ClipByGlobalNormAttr::parse(AsmParser &parser, Type) {
  return parseNormClip<ClipByGlobalNormAttr>(parser);
}
void ClipByGlobalNormAttr::print(AsmPrinter &printer) const {
  printNormClip(printer, getLimit(), getEpsilon());
}

//===----------------------------------------------------------------------===//
// Clipping
//===----------------------------------------------------------------------===//

static Value buildExceeds(OpBuilder &builder, Location loc, Value value,
                          double limit) {
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, value,
                               buildReal(builder, loc, limit));
}

static Value buildEither(OpBuilder &builder, Location loc, Value a, Value b) {
  return a ? arith::OrIOp::create(builder, loc, a, b).getResult() : b;
}

/// min(1, limit / (norm + epsilon)).
static Value buildFactor(OpBuilder &builder, Location loc, Value norm,
                         double limit, double epsilon) {
  Value sum = norm;
  if (epsilon != 0.0)
    sum = arith::AddFOp::create(builder, loc, norm,
                                buildReal(builder, loc, epsilon));
  Value quotient =
      arith::DivFOp::create(builder, loc, buildReal(builder, loc, limit), sum);
  return arith::MinimumFOp::create(builder, loc, quotient,
                                   buildReal(builder, loc, 1.0));
}

static Value buildNever(OpBuilder &builder, Location loc) {
  return arith::ConstantOp::create(builder, loc, builder.getBoolAttr(false));
}

Value ClipByValueAttr::buildClip(OpBuilder &builder, Location loc,
                                 MutableArrayRef<Value> gradients,
                                 Value) const {
  double limit = getLimit().value;
  Value clipped;
  for (Value &gradient : gradients) {
    Value largest =
        MaxAbsOp::create(builder, loc, builder.getF64Type(), gradient);
    clipped = buildEither(builder, loc, clipped,
                          buildExceeds(builder, loc, largest, limit));
    gradient = ClampOp::create(builder, loc, gradient.getType(), gradient,
                               builder.getF64FloatAttr(limit));
  }
  return clipped ? clipped : buildNever(builder, loc);
}

Value ClipByNormAttr::buildClip(OpBuilder &builder, Location loc,
                                MutableArrayRef<Value> gradients, Value) const {
  double limit = getLimit().value, epsilon = getEpsilon().value;
  Value clipped;
  for (Value &gradient : gradients) {
    Value squares =
        SumOfSquaresOp::create(builder, loc, builder.getF64Type(), gradient);
    Value norm = math::SqrtOp::create(builder, loc, squares);
    clipped = buildEither(builder, loc, clipped,
                          buildExceeds(builder, loc, norm, limit - epsilon));
    gradient = ScaleOp::create(builder, loc, gradient.getType(), gradient,
                               buildFactor(builder, loc, norm, limit, epsilon));
  }
  return clipped ? clipped : buildNever(builder, loc);
}

Value ClipByGlobalNormAttr::buildClip(OpBuilder &builder, Location loc,
                                      MutableArrayRef<Value> gradients,
                                      Value norm) const {
  double limit = getLimit().value, epsilon = getEpsilon().value;
  Value factor = buildFactor(builder, loc, norm, limit, epsilon);
  for (Value &gradient : gradients)
    gradient =
        ScaleOp::create(builder, loc, gradient.getType(), gradient, factor);
  return buildExceeds(builder, loc, norm, limit - epsilon);
}
