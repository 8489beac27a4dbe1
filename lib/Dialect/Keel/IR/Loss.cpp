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

//===----------------------------------------------------------------------===//
// Softmax cross-entropy
//===----------------------------------------------------------------------===//

Attribute SoftmaxCrossEntropyAttr::parse(AsmParser &parser, Type) {
  return parseSettings(parser, {}) ? Attribute() : get(parser.getContext());
}
void SoftmaxCrossEntropyAttr::print(AsmPrinter &) const {}

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
  return SoftmaxCrossEntropyOp::create(
      builder, loc, RankedTensorType::get({}, builder.getF64Type()), prediction,
      label);
}

Value SoftmaxCrossEntropyAttr::buildCorrect(OpBuilder &builder, Location loc,
                                            Value prediction,
                                            Value label) const {
  return CountCorrectOp::create(builder, loc,
                                RankedTensorType::get({}, builder.getI64Type()),
                                prediction, label);
}

int SoftmaxCrossEntropyAttr::getAccuracyKind() const {
  return KEEL_ACCURACY_ARGMAX;
}

//===----------------------------------------------------------------------===//
// Mean squared error
//===----------------------------------------------------------------------===//

Attribute MeanSquaredErrorAttr::parse(AsmParser &parser, Type) {
  return parseSettings(parser, {}) ? Attribute() : get(parser.getContext());
}
void MeanSquaredErrorAttr::print(AsmPrinter &) const {}

LogicalResult MeanSquaredErrorAttr::verifyPrediction(EmitError,
                                                     RankedTensorType) const {
  return success();
}

RankedTensorType
MeanSquaredErrorAttr::getLabelType(RankedTensorType prediction) const {
  return prediction;
}

Value MeanSquaredErrorAttr::buildLoss(OpBuilder &builder, Location loc,
                                      Value prediction, Value label) const {
  return MeanSquaredErrorOp::create(
      builder, loc, RankedTensorType::get({}, builder.getF64Type()), prediction,
      label);
}

Value MeanSquaredErrorAttr::buildCorrect(OpBuilder &, Location, Value,
                                         Value) const {
  return {};
}

int MeanSquaredErrorAttr::getAccuracyKind() const { return KEEL_ACCURACY_NONE; }
