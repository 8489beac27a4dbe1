//===- Loss.cpp - Losses: text, verification, what they build -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Runtime/Model.h"

using namespace mlir;
using namespace keel;

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

template <typename OpTy> static LogicalResult verifyClassification(OpTy op) {
  RankedTensorType logits = op.getLogits().getType();
  if (logits.getRank() != 2 || logits.isDynamicDim(1)) // (C1)
    return op.emitOpError() << "logits must have a batch axis and one static "
                               "axis of classes, got "
                            << logits;
  if (op.getClasses().getType().getDimSize(0) != logits.getDimSize(0)) // (C2)
    return op.emitOpError() << "must have one class a row of " << logits
                            << ", got " << op.getClasses().getType();
  return success();
}

LogicalResult SoftmaxCrossEntropyOp::verify() {
  return verifyClassification(*this);
}
LogicalResult CountCorrectOp::verify() { return verifyClassification(*this); }

template <typename OpTy> static LogicalResult verifyDelta(OpTy op) {
  double delta = op.getDelta().convertToDouble();
  if (!(delta > 0.0)) // (C1)
    return op.emitOpError()
           << "delta must be positive, got " << formatReal(delta);
  return success();
}

LogicalResult HuberOp::verify() { return verifyDelta(*this); }
LogicalResult HuberGradOp::verify() { return verifyDelta(*this); }

static RankedTensorType getLossType(Builder &builder) {
  return RankedTensorType::get({}, builder.getF64Type());
}
static RankedTensorType getCountType(Builder &builder) {
  return RankedTensorType::get({}, builder.getI64Type());
}

/// Attributes without a setting.
#define KEEL_PLAIN_ATTR(NAME)                                                  \
  Attribute NAME::parse(AsmParser &parser, Type) {                             \
    return parseSettings(parser, {}) ? Attribute() : get(parser.getContext()); \
  }                                                                            \
  void NAME::print(AsmPrinter &) const {}

KEEL_PLAIN_ATTR(SoftmaxCrossEntropyAttr)
KEEL_PLAIN_ATTR(SigmoidCrossEntropyAttr)
KEEL_PLAIN_ATTR(MeanSquaredErrorAttr)
KEEL_PLAIN_ATTR(MeanAbsoluteErrorAttr)
#undef KEEL_PLAIN_ATTR

//===----------------------------------------------------------------------===//
// Softmax cross-entropy
//===----------------------------------------------------------------------===//

LogicalResult
SoftmaxCrossEntropyAttr::verifyPrediction(EmitError emitError,
                                          RankedTensorType type) const {
  if (type.getRank() == 2 && !type.isDynamicDim(1))
    return success();
  return emitError() << "loss softmax_cross_entropy needs a result with a "
                        "batch axis and one axis of classes, got "
                     << type;
}

RankedTensorType
SoftmaxCrossEntropyAttr::getLabelType(RankedTensorType prediction) const {
  return RankedTensorType::get(prediction.getShape().take_front(1),
                               IntegerType::get(getContext(), 32));
}

Value SoftmaxCrossEntropyAttr::buildLoss(OpBuilder &builder, Location loc,
                                         Value prediction, Value label) const {
  return SoftmaxCrossEntropyOp::create(builder, loc, getLossType(builder),
                                       prediction, label);
}

Value SoftmaxCrossEntropyAttr::buildCorrect(OpBuilder &builder, Location loc,
                                            Value prediction,
                                            Value label) const {
  return CountCorrectOp::create(builder, loc, getCountType(builder), prediction,
                                label);
}

int SoftmaxCrossEntropyAttr::getAccuracyKind() const {
  return KEEL_ACCURACY_ARGMAX;
}

//===----------------------------------------------------------------------===//
// Losses of elements
//===----------------------------------------------------------------------===//

/// These take any result, and targets of its type.
#define KEEL_ELEMENT_LOSS(NAME)                                                \
  LogicalResult NAME::verifyPrediction(EmitError, RankedTensorType) const {    \
    return success();                                                          \
  }                                                                            \
  RankedTensorType NAME::getLabelType(RankedTensorType prediction) const {     \
    return prediction;                                                         \
  }

KEEL_ELEMENT_LOSS(SigmoidCrossEntropyAttr)
KEEL_ELEMENT_LOSS(MeanSquaredErrorAttr)
KEEL_ELEMENT_LOSS(MeanAbsoluteErrorAttr)
KEEL_ELEMENT_LOSS(HuberAttr)
#undef KEEL_ELEMENT_LOSS

/// Where accuracy means nothing.
#define KEEL_REGRESSION(NAME)                                                  \
  Value NAME::buildCorrect(OpBuilder &, Location, Value, Value) const {        \
    return {};                                                                 \
  }                                                                            \
  int NAME::getAccuracyKind() const { return KEEL_ACCURACY_NONE; }

KEEL_REGRESSION(MeanSquaredErrorAttr)
KEEL_REGRESSION(MeanAbsoluteErrorAttr)
KEEL_REGRESSION(HuberAttr)
#undef KEEL_REGRESSION

Value SigmoidCrossEntropyAttr::buildLoss(OpBuilder &builder, Location loc,
                                         Value prediction, Value label) const {
  return SigmoidCrossEntropyOp::create(builder, loc, getLossType(builder),
                                       prediction, label);
}

Value SigmoidCrossEntropyAttr::buildCorrect(OpBuilder &builder, Location loc,
                                            Value prediction,
                                            Value label) const {
  return CountCorrectSignsOp::create(builder, loc, getCountType(builder),
                                     prediction, label);
}

int SigmoidCrossEntropyAttr::getAccuracyKind() const {
  return KEEL_ACCURACY_SIGN;
}

Value MeanSquaredErrorAttr::buildLoss(OpBuilder &builder, Location loc,
                                      Value prediction, Value label) const {
  return MeanSquaredErrorOp::create(builder, loc, getLossType(builder),
                                    prediction, label);
}

Value MeanAbsoluteErrorAttr::buildLoss(OpBuilder &builder, Location loc,
                                       Value prediction, Value label) const {
  return MeanAbsoluteErrorOp::create(builder, loc, getLossType(builder),
                                     prediction, label);
}

//===----------------------------------------------------------------------===//
// Huber
//===----------------------------------------------------------------------===//

LogicalResult HuberAttr::verify(EmitError emitError, Real delta) {
  if (delta.value > 0.0)
    return success();
  return emitError() << "delta must be positive, got "
                     << formatReal(delta.value);
}

Attribute HuberAttr::parse(AsmParser &parser, Type) {
  Real delta{1.0};
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"delta", &delta}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    delta);
}

void HuberAttr::print(AsmPrinter &printer) const {
  Real delta = getDelta();
  printSettings(printer, {{"delta", &delta}});
}

Value HuberAttr::buildLoss(OpBuilder &builder, Location loc, Value prediction,
                           Value label) const {
  return HuberOp::create(builder, loc, getLossType(builder), prediction, label,
                         builder.getF64FloatAttr(getDelta().value));
}
