//===- NodeImporter.cpp - One node on its way into a model ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include <charconv>

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;

Error NodeImporter::failText(StringRef message) const {
  std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
  return llvm::createStringError("node '" + node.name + "' (" + op +
                                 "): " + message);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const NodeAttribute *NodeImporter::find(StringRef name) {
  asked.insert(name);
  return node.find(name);
}

const NodeAttribute *NodeImporter::find(StringRef name,
                                        NodeAttribute::Kind kind) {
  const NodeAttribute *attribute = find(name);
  if (!attribute || attribute->kind == kind)
    return attribute;
  if (problem.empty())
    problem =
        ("attribute '" + name + "' is of another kind than expected").str();
  return nullptr;
}

int64_t NodeImporter::getInt(StringRef name, int64_t missing) {
  const NodeAttribute *attribute = find(name, NodeAttribute::i);
  return attribute ? attribute->integer : missing;
}

double keel::onnx::widen(float value) {
  char text[64];
  auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  double wide = value;
  std::from_chars(text, end, wide);
  return wide;
}

double NodeImporter::getReal(StringRef name, double missing) {
  const NodeAttribute *attribute = find(name, NodeAttribute::f);
  return attribute ? widen(attribute->real) : missing;
}

std::string NodeImporter::getText(StringRef name, StringRef missing) {
  const NodeAttribute *attribute = find(name, NodeAttribute::s);
  return attribute ? attribute->text : missing.str();
}

std::optional<Sizes> NodeImporter::getInts(StringRef name) {
  const NodeAttribute *attribute = find(name);
  // An empty list has no elements to tell its kind by.
  if (!attribute)
    return std::nullopt;
  if (attribute->kind != NodeAttribute::ints &&
      attribute->kind != NodeAttribute::none) {
    find(name, NodeAttribute::ints);
    return std::nullopt;
  }
  return Sizes(attribute->integers.begin(), attribute->integers.end());
}

std::vector<std::string> NodeImporter::getTexts(StringRef name) {
  const NodeAttribute *attribute = find(name);
  // An empty list has no elements to tell its kind by.
  if (!attribute || attribute->kind == NodeAttribute::none)
    return {};
  attribute = find(name, NodeAttribute::strings);
  return attribute ? attribute->texts : std::vector<std::string>();
}

Error NodeImporter::finish() {
  if (!problem.empty())
    return failText(problem);
  for (const NodeAttribute &attribute : node.attributes)
    if (!asked.contains(attribute.name))
      return fail("attribute '{0}' is not supported", attribute.name);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

bool NodeImporter::has(unsigned index) const {
  return index < node.inputs.size() && !node.inputs[index].empty();
}

Operand &NodeImporter::getOperand(unsigned index) {
  return *graph.find(node.inputs[index]);
}

bool NodeImporter::isOnlyUse(unsigned index) const {
  return graph.countUses(node.inputs[index]) == 1;
}

Operation *NodeImporter::getDefiningOp(unsigned index) {
  Value value = getOperand(index).value;
  return value ? value.getDefiningOp() : nullptr;
}

Operand *NodeImporter::findOperand(StringRef name) { return graph.find(name); }

bool NodeImporter::isDifferentiated(StringRef name) const {
  return graph.isDifferentiated(name);
}

bool NodeImporter::hasGradients() const { return graph.hasGradients(); }

const Node *NodeImporter::findProducer(StringRef name) const {
  return graph.findProducer(name);
}

Value NodeImporter::getValue(unsigned index) {
  return graph.getValue(getOperand(index));
}

Value NodeImporter::getParam(unsigned index, Form form) {
  return graph.getParam(getOperand(index), form, /*isTrained=*/true);
}

Value NodeImporter::getTrained(unsigned index) {
  Value value = getValue(index);
  auto param = value.getDefiningOp<ParamOp>();
  return param && isParam(index) ? getParam(index) : value;
}

Value NodeImporter::getState(unsigned index) {
  return graph.getState(getOperand(index));
}

llvm::Expected<Sizes> NodeImporter::getKnownInts(unsigned index, StringRef what,
                                                 bool mayBeBatch) {
  Operand &operand = getOperand(index);
  const Tensor *tensor =
      operand.constant ? operand.constant.get() : operand.known.get();
  if (!tensor)
    return fail("the {0} '{1}' must be known when the model is compiled: make "
                "it a constant of the file, or give --input={1}=FILE.npy",
                what, operand.name);
  if (tensor->hasBatch() && !mayBeBatch)
    return fail("the {0} '{1}' depends on the size of the batch, which is not "
                "known: fix it in the file",
                what, operand.name);
  Sizes values;
  for (int64_t i = 0, e = tensor->getNumElements(); i < e; ++i)
    values.push_back(tensor->getInt(i));
  return values;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

bool NodeImporter::isWanted(unsigned index) const {
  return index < node.outputs.size() && !node.outputs[index].empty();
}

bool NodeImporter::isUsed(unsigned index) const {
  return isWanted(index) && graph.countUses(node.outputs[index]) > 0;
}

Type NodeImporter::getElement(DataType type) { return graph.getElement(type); }

void NodeImporter::set(unsigned index, Value value, DataType type) {
  if (!isWanted(index))
    return;
  Operand operand;
  operand.name = node.outputs[index];
  operand.type = type;
  operand.shape.assign(cast<RankedTensorType>(value.getType()).getShape());
  operand.value = value;
  define(std::move(operand));
}

/// Keeps the first error for the end of the node.
void NodeImporter::define(Operand operand) {
  Error error = graph.define(std::move(operand));
  if (error && problem.empty())
    problem = llvm::toString(std::move(error));
  else
    llvm::consumeError(std::move(error));
}

void NodeImporter::setConstant(unsigned index, Tensor tensor) {
  if (!isWanted(index))
    return;
  tensor.name = node.outputs[index];
  Operand operand;
  operand.name = tensor.name;
  operand.type = tensor.type;
  operand.shape = tensor.shape;
  operand.constant = std::make_shared<Tensor>(std::move(tensor));
  define(std::move(operand));
}

void NodeImporter::setAlias(unsigned index, bool isTransposed) {
  if (!isWanted(0))
    return;
  Operand operand = getOperand(index);
  operand.name = node.outputs[0];
  operand.original = operand.original ? operand.original : &getOperand(index);
  if (isTransposed) {
    operand.value = {};
    operand.isTransposed = !operand.isTransposed;
    // One copy, however many nodes ask for it.
    Operand &root = *operand.original;
    if (operand.isTransposed && !root.transposed)
      root.transposed = std::make_shared<Tensor>(transpose(*root.constant));
    operand.constant = operand.isTransposed ? root.transposed : root.constant;
    operand.shape = operand.constant->shape;
  }
  define(std::move(operand));
}
