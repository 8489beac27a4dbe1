//===- Structure.cpp - Shortcuts, shapes, dropout: text, types, modes -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Interfaces/Roles.h"

using namespace mlir;
using namespace keel;

ParseResult keel::parseBinaryTypes(OpAsmParser &parser, Type &lhs, Type &rhs) {
  if (parser.parseType(lhs))
    return failure();
  rhs = lhs;
  if (succeeded(parser.parseOptionalComma()))
    return parser.parseType(rhs);
  return success();
}

void keel::printBinaryTypes(OpAsmPrinter &printer, Operation *, Type lhs,
                            Type rhs) {
  printer << lhs;
  if (rhs != lhs)
    printer << ", " << rhs;
}

template <typename OpTy> static LogicalResult verifyBinary(OpTy op) {
  Type lhs = op.getLhs().getType(), rhs = op.getRhs().getType();
  if (rhs != lhs && rhs != getPerSampleType(lhs)) // (C1)
    return op.emitOpError() << "right side must be the left one's type " << lhs
                            << ", with or without its batch axis, got " << rhs;
  return success();
}

LogicalResult AddOp::verify() { return verifyBinary(*this); }
LogicalResult SubOp::verify() { return verifyBinary(*this); }
LogicalResult MulOp::verify() { return verifyBinary(*this); }

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Whether all axes but the last are the same.
static bool haveSameRows(RankedTensorType a, RankedTensorType b) {
  return a.getElementType() == b.getElementType() &&
         a.getShape().drop_back() == b.getShape().drop_back();
}

LogicalResult
ConcatOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                           ValueRange operands, DictionaryAttr attributes,
                           OpaqueProperties properties, RegionRange regions,
                           SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  RankedTensorType first;
  int64_t features = 0;
  for (Value input : adaptor.getInputs()) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    if (!type || type.getRank() < 2 ||
        ShapedType::isDynamic(type.getShape().back())) // (C1)
      return emitOptionalError(loc,
                               "'keel.concat' op operands must have a "
                               "batch axis and a static one of features, "
                               "got ",
                               input.getType());
    if (!first)
      first = type;
    if (!haveSameRows(first, type)) // (C2)
      return emitOptionalError(loc,
                               "'keel.concat' op operands must agree in "
                               "all axes but the last, and all be of a "
                               "static batch or all of a dynamic one, "
                               "got ",
                               type, " beside ", first);
    features += type.getShape().back();
  }
  if (!first) // (C1)
    return emitOptionalError(loc,
                             "'keel.concat' op needs at least one operand");
  SmallVector<int64_t> shape(first.getShape());
  shape.back() = features;
  types.push_back(RankedTensorType::get(shape, first.getElementType()));
  return success();
}

LogicalResult
FlattenOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            ValueRange operands, DictionaryAttr attributes,
                            OpaqueProperties properties, RegionRange regions,
                            SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto type = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  if (!type || type.getRank() < 2 ||
      ShapedType::isDynamicShape(type.getShape().drop_front())) // (C1)
    return emitOptionalError(loc,
                             "'keel.flatten' op input must have a batch axis "
                             "and static ones of features, got ",
                             adaptor.getInput().getType());
  int64_t features = 1;
  for (int64_t size : type.getShape().drop_front())
    features *= size;
  types.push_back(RankedTensorType::get({type.getDimSize(0), features},
                                        type.getElementType()));
  return success();
}

SmallVector<SmallVector<int64_t, 2>> FlattenOp::getReassociation() {
  auto rank = getInput().getType().getRank();
  return {{0}, llvm::to_vector<2>(llvm::seq<int64_t>(1, rank))};
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

template <typename OpTy> static LogicalResult verifyRate(OpTy op) {
  double rate = op.getRate().convertToDouble();
  if (!(rate >= 0.0 && rate < 1.0)) // (C1)
    return op.emitOpError() << "rate must be at least 0 and less than 1, got "
                            << formatReal(rate);
  return success();
}

LogicalResult DropoutOp::verify() { return verifyRate(*this); }
LogicalResult DropoutTrainOp::verify() { return verifyRate(*this); }

FailureOr<SmallVector<Value>>
DropoutOp::buildTwin(OpBuilder &builder, Mode mode, IRMapping &mapping) {
  Value input = mapping.lookup(getInput());
  if (mode == Mode::infer)
    return SmallVector<Value>{input};
  Block *block = builder.getInsertionBlock();
  Value seed = findStepArgument(block, role::kSeed),
        step = findStepArgument(block, role::kStep),
        firstRow = findStepArgument(block, role::kFirstRow);
  if (!seed || !step || !firstRow)
    return emitOpError() << "needs a function with a seed, a step and a first "
                            "row to train in";
  int64_t ordinal = 0;
  for (Operation &op : *(*this)->getBlock()) {
    if (&op == getOperation())
      break;
    ordinal += isa<DropoutOp>(op);
  }
  return SmallVector<Value>{DropoutTrainOp::create(
      builder, getLoc(), input, seed, step, firstRow, getRateAttr(),
      builder.getI64IntegerAttr(ordinal))};
}
