//===- ExportONNX.cpp - From a keel.model to an ONNX file -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphExporter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;

/// The oldest operator set with LayerNormalization, and the version of the
/// format that it came with.
static constexpr int64_t kOpset = 17, kIrVersion = 8;

//===----------------------------------------------------------------------===//
// Nodes and names
//===----------------------------------------------------------------------===//

NodeAttribute keel::onnx::makeInt(StringRef name, int64_t value) {
  NodeAttribute attribute;
  attribute.name = name.str();
  attribute.kind = NodeAttribute::i;
  attribute.integer = value;
  return attribute;
}

NodeAttribute keel::onnx::makeInts(StringRef name, ArrayRef<int64_t> values) {
  NodeAttribute attribute;
  attribute.name = name.str();
  attribute.kind = NodeAttribute::ints;
  attribute.integers.assign(values.begin(), values.end());
  return attribute;
}

NodeAttribute keel::onnx::makeReal(StringRef name, double value) {
  NodeAttribute attribute;
  attribute.name = name.str();
  attribute.kind = NodeAttribute::f;
  attribute.real = float(value);
  return attribute;
}

DataType keel::onnx::getDataType(Type element) {
  if (element.isF32())
    return DataType::f32;
  if (element.isF64())
    return DataType::f64;
  if (element.isInteger(64))
    return DataType::i64;
  if (element.isInteger(32))
    return DataType::i32;
  if (element.isInteger(8))
    return DataType::u8;
  return element.isInteger(1) ? DataType::boolean : DataType::undefined;
}

std::string GraphExporter::makeName(StringRef wanted) {
  std::string base = wanted.empty() ? "value" : wanted.str(), name = base;
  for (unsigned i = 1; !taken.insert(name).second; ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

/// The name that an op was imported or parsed with.
static StringRef getOwnName(Operation *op) {
  auto name = op->getLoc()->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : op->getName().stripDialect();
}

std::string GraphExporter::add(StringRef op, ArrayRef<std::string> inputs,
                               Value result,
                               ArrayRef<NodeAttribute> attributes) {
  Node node;
  std::string name;
  if (!result)
    name = makeName(op.lower());
  else if (auto it = wanted.find(result); it != wanted.end())
    name = it->second;
  else
    name = makeName(getOwnName(result.getDefiningOp()));
  node.op = op.str();
  node.name = name;
  node.inputs.assign(inputs.begin(), inputs.end());
  node.outputs = {name};
  node.attributes.assign(attributes.begin(), attributes.end());
  this->result.graph.nodes.push_back(std::move(node));
  if (result)
    names[result] = name;
  return name;
}

std::string GraphExporter::addTensor(StringRef name, RankedTensorType type,
                                     StringRef bytes) {
  Tensor tensor;
  tensor.name = makeName(name);
  tensor.type = getDataType(type.getElementType());
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  tensor.bytes = bytes.str();
  result.graph.initializers.push_back(tensor);
  return tensor.name;
}

std::string GraphExporter::addNumber(Type element, double value) {
  auto type = RankedTensorType::get({}, element);
  if (element.isF64())
    return addTensor("number", type,
                     StringRef(reinterpret_cast<const char *>(&value), 8));
  auto single = float(value);
  return addTensor("number", type,
                   StringRef(reinterpret_cast<const char *>(&single), 4));
}

std::string GraphExporter::addInts(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(int64_t(values.size()),
                                    IntegerType::get(model.getContext(), 64));
  return addTensor("shape", type,
                   StringRef(reinterpret_cast<const char *>(values.data()),
                             values.size() * sizeof(int64_t)));
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

ValueInfo GraphExporter::describe(Type type, StringRef name) {
  auto tensor = cast<RankedTensorType>(type);
  ValueInfo value;
  value.name = name.str();
  value.type = getDataType(tensor.getElementType());
  value.shape.emplace();
  for (int64_t size : tensor.getShape())
    value.shape->push_back({ShapedType::isDynamic(size) ? -1 : size, "batch"});
  return value;
}

LogicalResult GraphExporter::addInputs() {
  for (BlockArgument input : model.getArguments()) {
    std::string name = makeName(model.getInputName(input.getArgNumber()));
    names[input] = name;
    result.graph.inputs.push_back(describe(input.getType(), name));
    if (result.graph.inputs.back().type == DataType::undefined)
      return model.emitOpError() << "input '" << name << "' has the type "
                                 << input.getType() << ", which ONNX has not";
  }
  return success();
}

LogicalResult GraphExporter::addHeld(Operation *op, StringRef name) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  names[op->getResult(0)] = addTensor(name, type, held(name));
  return success();
}

/// The number in each element of a constant or, where the batch is not known,
/// of a filled tensor.
static std::optional<APFloat> getSplat(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>()) {
    FloatAttr number;
    if (matchPattern(fill.getInputs().front(), m_Constant(&number)))
      return number.getValue();
  }
  DenseFPElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)) && elements.isSplat())
    return elements.getSplatValue<APFloat>();
  return std::nullopt;
}

/// Whether the other operand gives the result its shape.
static bool isOneOfPair(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<AddOp, SubOp, MulOp>(user))
    return use.getOperandNumber() == 1;
  return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
             arith::MaximumFOp, arith::MinimumFOp>(user) &&
         !getSplat(user->getOperand(1 - use.getOperandNumber()));
}

bool GraphExporter::isNumber(Value value) const {
  return getSplat(value) && llvm::all_of(value.getUses(), isOneOfPair);
}

/// Whether an op is there for tensors that become numbers: their shape, what
/// they are filled with.
static bool isForNumbers(const GraphExporter &graph, Operation *op) {
  bool isPart = isa<tensor::DimOp, tensor::EmptyOp>(op) ||
                (isa<arith::ConstantOp>(op) &&
                 !isa<ShapedType>(op->getResult(0).getType()));
  return isPart && llvm::all_of(op->getUsers(), [&](Operation *user) {
           return (isa<linalg::FillOp>(user) &&
                   graph.isNumber(user->getResult(0))) ||
                  isForNumbers(graph, user);
         });
}

LogicalResult GraphExporter::addConstant(Operation *op) {
  DenseElementsAttr elements;
  if (!matchPattern(op, m_Constant(&elements)))
    return op->emitOpError() << "is no constant tensor, which is all that can "
                                "be exported";
  if (isNumber(op->getResult(0)))
    elements = elements.resizeSplat(
        RankedTensorType::get({}, elements.getElementType()));
  auto type = cast<RankedTensorType>(elements.getType());
  int64_t size = getSize(getDataType(type.getElementType()));
  if (size == 0)
    return op->emitOpError()
           << "has the type " << type << ", which ONNX has not";
  std::string bytes;
  if (type.getElementType().isInteger(1)) {
    for (bool value : elements.getValues<bool>())
      bytes.push_back(char(value));
  } else {
    ArrayRef<char> raw = elements.getRawData();
    int64_t count = elements.isSplat() ? type.getNumElements() : 1;
    for (int64_t i = 0; i < count; ++i)
      bytes.append(raw.data(), raw.size());
  }
  names[op->getResult(0)] = addTensor(getOwnName(op), type, bytes);
  return success();
}

LogicalResult GraphExporter::addOp(Operation *op) {
  if (isa<ParamOp, StateOp>(op) || isForNumbers(*this, op))
    return success();
  if (isa<arith::ConstantOp>(op))
    return addConstant(op);
  if (isa<linalg::FillOp>(op) && isNumber(op->getResult(0))) {
    Value value = op->getResult(0);
    names[value] = addNumber(getElementTypeOrSelf(value.getType()),
                             getSplat(value)->convertToDouble());
    return success();
  }
  return exportOp(*this, op);
}

/// The first use of a value as a result gives it the result's name.
void GraphExporter::nameResults() {
  Operation *terminator = model.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    Operation *op = value.getDefiningOp();
    bool isComputed = op && !isa<ParamOp, StateOp, arith::ConstantOp>(op);
    std::string name = model.getResultName(unsigned(index));
    if (isComputed && !taken.contains(name) && !wanted.contains(value))
      wanted[value] = makeName(name);
  }
}

LogicalResult GraphExporter::addOutputs() {
  Operation *terminator = model.getBody().front().getTerminator();
  llvm::StringSet<> used;
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    std::string own = getName(value), name = own;
    std::string expected = model.getResultName(unsigned(index));
    bool fits = own == expected && wanted.contains(value);
    if (!fits || !used.insert(own).second) {
      name = makeName(expected);
      Node node;
      node.op = "Identity";
      node.name = name;
      node.inputs = {own};
      node.outputs = {name};
      result.graph.nodes.push_back(std::move(node));
    }
    result.graph.outputs.push_back(describe(value.getType(), name));
  }
  return success();
}

FailureOr<std::string> GraphExporter::run() {
  result.irVersion = kIrVersion;
  result.producer = "keel";
  result.operatorSets = {{"", kOpset}};
  result.graph.name = model.getSymName().str();
  if (failed(addInputs()))
    return failure();
  for (Operation &op : model.getBody().front()) {
    if (auto param = dyn_cast<ParamOp>(op);
        param && failed(addHeld(&op, param.getName())))
      return failure();
    if (auto state = dyn_cast<StateOp>(op);
        state && failed(addHeld(&op, state.getName())))
      return failure();
  }
  nameResults();
  for (Operation &op : model.getBody().front().without_terminator())
    if (failed(addOp(&op)))
      return failure();
  if (failed(addOutputs()))
    return failure();
  llvm::Expected<std::string> bytes = writeModel(result);
  if (bytes)
    return std::move(*bytes);
  return model.emitOpError() << llvm::toString(bytes.takeError());
}

FailureOr<std::string> keel::exportOnnx(ModelOp model, HeldBytes held) {
  return GraphExporter(model, held).run();
}
