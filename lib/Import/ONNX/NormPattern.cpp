//===- NormPattern.cpp - Norms that a graph writes in parts ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Read from the end: when the last part comes, all others have been imported,
// and their shapes and constants are known. What of them is then not used any
// more is deleted with all else that is dead.

#include "NormPattern.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;

namespace {

struct Norm {
  StringRef input;
  bool isCentered; ///< a layer norm, else an RMS norm
  double epsilon;
};

/// What the values of a graph are to a norm; each by its name.
class Parts {
public:
  explicit Parts(NodeImporter &n) : n(n) {}

  std::optional<Norm> match();

private:
  /// The node of two operands, or as many as `numInputs`, that computes `name`.
  const Node *get(StringRef name, StringRef op, size_t numInputs = 2) {
    const Node *node = n.findProducer(name);
    bool is = node && node->domain.empty() && node->op == op &&
              node->inputs.size() == numInputs && !n.isDifferentiated(name);
    return is ? node : nullptr;
  }
  std::optional<double> getNumber(StringRef name);
  bool isNumber(StringRef name, double value) {
    return getNumber(name) == value;
  }
  std::optional<StringRef> getMeanOf(StringRef name);
  std::optional<StringRef> getSquareOf(StringRef name);
  std::optional<StringRef> getRootOf(StringRef name, bool isReciprocal);
  bool areSame(StringRef x, StringRef y);
  std::optional<Norm> match(StringRef numerator, StringRef denominator,
                            bool isReciprocal);

  NodeImporter &n;
};

std::optional<double> Parts::getNumber(StringRef name) {
  Operand *operand = n.findOperand(name);
  const Tensor *tensor = operand ? operand->constant.get() : nullptr;
  if (!tensor || !tensor->isReal() || tensor->getNumElements() != 1)
    return std::nullopt;
  double value = tensor->getReal(0);
  return tensor->type == DataType::f32 ? widen(float(value)) : value;
}

/// Of ReduceMean over the last axis, which stays as a dimension of size 1.
std::optional<StringRef> Parts::getMeanOf(StringRef name) {
  const Node *node = get(name, "ReduceMean", 1);
  node = node ? node : get(name, "ReduceMean", 2);
  if (!node)
    return std::nullopt;
  const NodeAttribute *keeps = node->find("keepdims");
  if (keeps && keeps->integer != 1)
    return std::nullopt;
  Sizes axes;
  if (const NodeAttribute *given = node->find("axes"))
    axes.assign(given->integers.begin(), given->integers.end());
  Operand *operand =
      node->inputs.size() == 2 ? n.findOperand(node->inputs[1]) : nullptr;
  if (operand && operand->constant &&
      operand->constant->getNumElements() == 1 &&
      operand->type == DataType::i64)
    axes = {operand->constant->getInt(0)};
  Operand *input = n.findOperand(node->inputs[0]);
  if (!input || axes.size() != 1 ||
      (axes[0] != -1 && axes[0] + 1 != int64_t(input->shape.size())))
    return std::nullopt;
  return node->inputs[0];
}

std::optional<StringRef> Parts::getSquareOf(StringRef name) {
  if (const Node *node = get(name, "Mul");
      node && node->inputs[0] == node->inputs[1])
    return node->inputs[0];
  if (const Node *node = get(name, "Pow"); node && isNumber(node->inputs[1], 2))
    return node->inputs[0];
  return std::nullopt;
}

/// y of sqrt(y), or of 1 / sqrt(y).
std::optional<StringRef> Parts::getRootOf(StringRef name, bool isReciprocal) {
  if (const Node *node = get(name, "Pow");
      node && isNumber(node->inputs[1], isReciprocal ? -0.5 : 0.5))
    return node->inputs[0];
  if (isReciprocal) {
    if (const Node *node = get(name, "Reciprocal", 1))
      return getRootOf(node->inputs[0], false);
    if (const Node *node = get(name, "Div");
        node && isNumber(node->inputs[0], 1))
      return getRootOf(node->inputs[1], false);
    return std::nullopt;
  }
  const Node *node = get(name, "Sqrt", 1);
  return node ? std::optional<StringRef>(node->inputs[0]) : std::nullopt;
}

/// Whether two names are of one value: some exporters write a difference twice.
bool Parts::areSame(StringRef x, StringRef y) {
  if (x == y)
    return true;
  const Node *one = get(x, "Sub"), *other = get(y, "Sub");
  return one && other && one->inputs == other->inputs;
}

std::optional<Norm> Parts::match(StringRef numerator, StringRef denominator,
                                 bool isReciprocal) {
  std::optional<StringRef> sum = getRootOf(denominator, isReciprocal);
  if (!sum)
    return std::nullopt;
  StringRef variance = *sum;
  double epsilon = 0;
  if (const Node *node = get(*sum, "Add")) {
    unsigned number = getNumber(node->inputs[1]) ? 1 : 0;
    std::optional<double> given = getNumber(node->inputs[number]);
    if (!given || !(*given >= 0))
      return std::nullopt;
    epsilon = *given;
    variance = node->inputs[1 - number];
  }
  std::optional<StringRef> square = getMeanOf(variance);
  std::optional<StringRef> base = square ? getSquareOf(*square) : std::nullopt;
  if (!base || !areSame(*base, numerator))
    return std::nullopt;
  if (const Node *node = get(numerator, "Sub");
      node && getMeanOf(node->inputs[1]) == StringRef(node->inputs[0]))
    return Norm{node->inputs[0], true, epsilon};
  return Norm{numerator, false, epsilon};
}

std::optional<Norm> Parts::match() {
  StringRef lhs = n.node.inputs[0], rhs = n.node.inputs[1];
  if (n.node.op == "Div")
    return match(lhs, rhs, /*isReciprocal=*/false);
  std::optional<Norm> norm = match(lhs, rhs, /*isReciprocal=*/true);
  return norm ? norm : match(rhs, lhs, /*isReciprocal=*/true);
}

Value buildFeatures(LocBuilder &b, RankedTensorType input, double value) {
  Type element = input.getElementType();
  auto type = RankedTensorType::get(input.getShape().take_back(1), element);
  return arith::ConstantOp::create(
      b,
      DenseElementsAttr::get(type, Attribute(b.getFloatAttr(element, value))));
}

bool isConstant(Value value, double number) {
  DenseFPElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) && elements.isSplat() &&
         elements.getSplatValue<APFloat>().convertToDouble() == number;
}

/// Whether operand `p` holds a value for each feature of operand `x`, and
/// nothing else reads that one.
bool isAffine(NodeImporter &n, unsigned x, unsigned p) {
  ArrayRef<int64_t> shape = n.getShape(x), own = n.getShape(p);
  return n.opset >= 7 && n.isParam(p) && n.isOnlyUse(x) && !own.empty() &&
         own.size() <= shape.size() && own.back() == shape.back() &&
         n.getConstant(p)->getNumElements() == own.back();
}

} // namespace

Value keel::onnx::buildNormOfParts(NodeImporter &n) {
  if (n.opset < 7)
    return {};
  std::optional<Norm> norm = Parts(n).match();
  Operand *input = norm ? n.findOperand(norm->input) : nullptr;
  if (!input || !input->value || input->constant || input->shape.size() < 2 ||
      ShapedType::isDynamic(input->shape.back()) ||
      (input->type != DataType::f32 && input->type != DataType::f64))
    return {};
  Value x = input->value;
  auto type = cast<RankedTensorType>(x.getType());
  Value ones = buildFeatures(n.b, type, 1);
  FloatAttr epsilon = n.b.getF64FloatAttr(norm->epsilon);
  if (!norm->isCentered)
    return RmsNormOp::create(n.b, type, x, ones, epsilon);
  return LayerNormOp::create(n.b, type, x, ones, buildFeatures(n.b, type, 0),
                             epsilon);
}

Value keel::onnx::buildNormScale(NodeImporter &n) {
  for (unsigned x : {0u, 1u}) {
    Operation *op = n.getDefiningOp(x);
    if (!op || !isa<LayerNormOp, RmsNormOp>(op) || !isAffine(n, x, 1 - x) ||
        !isConstant(op->getOperand(1), 1))
      continue;
    Type type = op->getResult(0).getType();
    auto layerNorm = dyn_cast<LayerNormOp>(op);
    if (layerNorm && !isConstant(layerNorm.getBeta(), 0))
      continue;
    Value gamma = n.getParam(1 - x, Form::flat);
    if (layerNorm)
      return LayerNormOp::create(n.b, type, layerNorm.getInput(), gamma,
                                 layerNorm.getBeta(),
                                 layerNorm.getEpsilonAttr());
    auto rmsNorm = cast<RmsNormOp>(op);
    return RmsNormOp::create(n.b, type, rmsNorm.getInput(), gamma,
                             rmsNorm.getEpsilonAttr());
  }
  return {};
}

Value keel::onnx::buildNormShift(NodeImporter &n) {
  for (unsigned x : {0u, 1u}) {
    auto norm = dyn_cast_or_null<LayerNormOp>(n.getDefiningOp(x));
    if (!norm || !isAffine(n, x, 1 - x) || !isConstant(norm.getBeta(), 0))
      continue;
    Value beta = n.getParam(1 - x, Form::flat);
    return LayerNormOp::create(n.b, norm.getType(), norm.getInput(),
                               norm.getGamma(), beta, norm.getEpsilonAttr());
  }
  return {};
}
