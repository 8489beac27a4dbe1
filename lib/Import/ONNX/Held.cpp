//===- Held.cpp - Constants, parameters and states of a graph -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;

static DenseElementsAttr makeElements(const Tensor &tensor,
                                      RankedTensorType type) {
  if (type.getNumElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (tensor.type != DataType::boolean)
    return DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef(tensor.bytes.data(), tensor.bytes.size()));
  SmallVector<bool> values(tensor.bytes.begin(), tensor.bytes.end());
  return DenseElementsAttr::get(type, ArrayRef<bool>(values));
}

Value GraphImporter::getValue(Operand &operand) {
  if (operand.value)
    return operand.value;
  if (operand.constant->hasBatch())
    problem = "'" + operand.name +
              "' depends on the size of the batch, which is not known: fix it "
              "in the file";
  // Weights stay out of the text.
  if (operand.isInitializer && operand.constant->isReal() &&
      operand.constant->getNumElements() > 1)
    return operand.value = getParam(operand, Form::asItIs, /*isTrained=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&model.getBody().front());
  auto type = RankedTensorType::get(operand.shape, getElement(operand.type));
  return operand.value = arith::ConstantOp::create(
             b, getLoc(operand.name), makeElements(*operand.constant, type));
}

static Tensor apply(const Tensor &tensor, Form form) {
  if (form == Form::transposed)
    return transpose(tensor);
  Tensor result = tensor;
  if (form == Form::flat)
    result.shape = {tensor.getNumElements()};
  return result;
}

static int32_t getRuntimeType(DataType type) {
  return type == DataType::f32 ? KEEL_F32 : KEEL_F64;
}

Value GraphImporter::addHeld(const std::string &name, const Tensor &tensor,
                             bool isState, bool isTrained) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&model.getBody().front());
  auto type = RankedTensorType::get(tensor.shape, getElement(tensor.type));
  auto init = ZerosAttr::get(b.getContext());
  weights.push_back(
      {name, getRuntimeType(tensor.type), tensor.shape, tensor.bytes});
  // In the order in which they are asked for.
  if (lastHeld)
    b.setInsertionPointAfter(lastHeld);
  if (isState)
    lastHeld = StateOp::create(b, getLoc(name), type, name, init);
  else
    lastHeld = ParamOp::create(b, getLoc(name), type, name, init, isTrained,
                               /*decay=*/false);
  return lastHeld->getResult(0);
}

Value GraphImporter::getParam(Operand &operand, Form form, bool isTrained) {
  if (operand.original) {
    if (operand.isTransposed)
      form = form == Form::transposed ? Form::asItIs : Form::transposed;
    return getParam(*operand.original, form, isTrained);
  }
  const Tensor &tensor = *operand.constant;
  if (form == Form::flat && tensor.shape.size() == 1)
    form = Form::asItIs;
  Value &value = held[{operand.name, form}];
  if (!value) {
    std::string name = operand.name;
    while (!heldNames.insert(name).second)
      name += form == Form::transposed ? ".transposed" : ".copy";
    value = addHeld(name, apply(tensor, form), /*isState=*/false, isTrained);
  }
  if (isTrained)
    value.getDefiningOp<ParamOp>().setTrainable(true);
  return value;
}

Value GraphImporter::getState(Operand &operand) {
  // A state that two norms share would be updated twice: each has its own.
  std::string name = operand.original ? operand.original->name : operand.name;
  while (!heldNames.insert(name).second)
    name += ".copy";
  return addHeld(name, *operand.constant, /*isState=*/true,
                 /*isTrained=*/false);
}
