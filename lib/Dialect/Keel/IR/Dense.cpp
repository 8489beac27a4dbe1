//===- Dense.cpp - Verification and types of fully connected layers -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

static RankedTensorType getMatrix(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 2 ? tensor : RankedTensorType();
}

LogicalResult
DenseOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                          ValueRange operands, DictionaryAttr attributes,
                          OpaqueProperties properties, RegionRange regions,
                          SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  RankedTensorType input = getMatrix(adaptor.getInput().getType());
  if (!input || input.isDynamicDim(1)) // (C1)
    return emitOptionalError(
        loc,
        "'keel.dense' op input must have a batch axis and one static axis "
        "of features, got ",
        adaptor.getInput().getType());
  RankedTensorType weight = getMatrix(adaptor.getWeight().getType());
  if (!weight || input.getDimSize(1) != weight.getDimSize(0)) // (C2)
    return emitOptionalError(
        loc,
        "'keel.dense' op weight must be a matrix with one row for each "
        "feature of the input ",
        input, ", got ", adaptor.getWeight().getType());
  auto result = RankedTensorType::get(
      {input.getDimSize(0), weight.getDimSize(1)}, input.getElementType());
  if (Value bias = adaptor.getBias();
      bias && bias.getType() != getPerFeatureType(RankedTensorType::get(
                                    result.getShape(),
                                    weight.getElementType()))) // (C3)
    return emitOptionalError(loc, "'keel.dense' op bias must be ",
                             getPerFeatureType(RankedTensorType::get(
                                 result.getShape(), weight.getElementType())),
                             ", one value for each column of the weight, got ",
                             bias.getType());
  if (input.getElementType() != weight.getElementType()) // (C4)
    return emitOptionalError(loc,
                             "'keel.dense' op input and weight must have "
                             "one element type, got ",
                             input.getElementType(), " and ",
                             weight.getElementType());
  types.push_back(result);
  return success();
}

std::optional<Fans> DenseOp::getFans(unsigned operandNumber) {
  if (operandNumber != getWeightMutable().getOperandNumber())
    return std::nullopt;
  RankedTensorType type = getWeight().getType();
  return Fans{type.getDimSize(0), type.getDimSize(1)};
}

/// Whether the operands of an adjoint have one element type.
static LogicalResult verifyElements(std::optional<Location> loc, StringRef name,
                                    RankedTensorType a, RankedTensorType b) {
  if (a.getElementType() == b.getElementType())
    return success();
  return emitOptionalError(loc, "'", name,
                           "' op operands must have one element type, got ",
                           a.getElementType(), " and ", b.getElementType());
}

LogicalResult DenseInputGradOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  RankedTensorType cotangent = getMatrix(adaptor.getCotangent().getType());
  RankedTensorType weight = getMatrix(adaptor.getWeight().getType());
  if (!cotangent || !weight ||
      cotangent.getDimSize(1) != weight.getDimSize(1)) // (C1)
    return emitOptionalError(loc,
                             "'keel.dense_input_grad' op cotangent must have a "
                             "batch axis and the weight's columns, got ",
                             adaptor.getCotangent().getType(), " and ",
                             adaptor.getWeight().getType());
  if (failed(
          verifyElements(loc, getOperationName(), cotangent, weight))) // (C2)
    return failure();
  types.push_back(
      RankedTensorType::get({cotangent.getDimSize(0), weight.getDimSize(0)},
                            cotangent.getElementType()));
  return success();
}

LogicalResult DenseWeightGradOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  RankedTensorType input = getMatrix(adaptor.getInput().getType());
  RankedTensorType cotangent = getMatrix(adaptor.getCotangent().getType());
  if (!input || !cotangent || input.isDynamicDim(1) ||
      cotangent.isDynamicDim(1)) // (C1)
    return emitOptionalError(loc,
                             "'keel.dense_weight_grad' op operands must have a "
                             "batch axis and one static axis of features, got ",
                             adaptor.getInput().getType(), " and ",
                             adaptor.getCotangent().getType());
  if (input.getDimSize(0) != cotangent.getDimSize(0)) // (C2)
    return emitOptionalError(loc,
                             "'keel.dense_weight_grad' op operands must have "
                             "one batch, got ",
                             input, " and ", cotangent);
  if (failed(verifyElements(loc, getOperationName(), input,
                            cotangent))) // (C3)
    return failure();
  types.push_back(RankedTensorType::get(
      {input.getDimSize(1), cotangent.getDimSize(1)}, input.getElementType()));
  return success();
}
