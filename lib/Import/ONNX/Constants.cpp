//===- Constants.cpp - Constants and what is known of shapes --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "Families.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

template <typename T>
static Tensor makeTensor(DataType type, ArrayRef<T> values,
                         ArrayRef<int64_t> shape) {
  Tensor tensor;
  tensor.type = type;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.bytes.assign(reinterpret_cast<const char *>(values.data()),
                      values.size() * sizeof(T));
  return tensor;
}

static Error importConstant(NodeImporter &n) {
  if (n.node.attributes.size() != 1)
    return n.fail("must have one attribute that holds its value");
  const NodeAttribute &value = *n.find(n.node.attributes.front().name);
  auto count = [](const auto &list) { return int64_t(list.size()); };
  if (value.name == "value" && value.kind == NodeAttribute::t)
    n.setConstant(0, value.tensor);
  else if (value.name == "value_float" && value.kind == NodeAttribute::f)
    n.setConstant(0, makeTensor<float>(DataType::f32, value.real, {}));
  else if (value.name == "value_int" && value.kind == NodeAttribute::i)
    n.setConstant(0, makeTensor<int64_t>(DataType::i64, value.integer, {}));
  else if (value.name == "value_floats" && value.kind == NodeAttribute::floats)
    n.setConstant(
        0, makeTensor<float>(DataType::f32, value.reals, {count(value.reals)}));
  else if (value.name == "value_ints" && value.kind == NodeAttribute::ints)
    n.setConstant(0, makeTensor<int64_t>(DataType::i64, value.integers,
                                         {count(value.integers)}));
  else
    return n.fail("attribute '{0}' is not supported", value.name);
  return Error::success();
}

static Error importConstantOfShape(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("its operand is missing");
  Expected<Sizes> shape = n.getKnownInts(0, "shape");
  if (!shape)
    return shape.takeError();
  if (Error error = checkRank(n, int64_t(shape->size())))
    return error;
  float zero = 0;
  Tensor value = makeTensor<float>(DataType::f32, zero, {1});
  if (const NodeAttribute *given = n.find("value")) {
    if (given->kind != NodeAttribute::t || given->tensor.getNumElements() != 1)
      return n.fail("attribute 'value' must be a tensor of one element");
    value = given->tensor;
  }
  for (int64_t size : *shape)
    if (size < 0)
      return n.fail("its shape has a negative dimension {0}", size);
  Type element = n.getElement(value.type);
  TypedAttr scalar =
      isa<FloatType>(element)
          ? TypedAttr(n.b.getFloatAttr(element, value.getReal(0)))
          : TypedAttr(n.b.getIntegerAttr(element, value.getInt(0)));
  auto type = RankedTensorType::get(*shape, element);
  n.set(0,
        arith::ConstantOp::create(
            n.b, DenseElementsAttr::get(type, cast<Attribute>(scalar))),
        value.type);
  return Error::success();
}

/// A dimension of a shape that start and end cut out of.
static int64_t clampAxis(int64_t axis, int64_t rank) {
  return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
}

static Error importShape(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("its operand is missing");
  ArrayRef<int64_t> shape = n.getShape(0);
  auto rank = int64_t(shape.size());
  int64_t start = clampAxis(n.getInt("start", 0), rank);
  int64_t end = clampAxis(n.getInt("end", rank), rank);
  shape = start < end ? shape.slice(size_t(start), size_t(end - start))
                      : ArrayRef<int64_t>();
  n.setConstant(0, Tensor::fromInts(shape, {int64_t(shape.size())}));
  return Error::success();
}

static Error importSize(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("its operand is missing");
  int64_t elements = 1;
  for (int64_t size : n.getShape(0)) {
    if (ShapedType::isDynamic(size))
      return n.fail("the size of the batch is not known: fix it in the file");
    elements *= size;
  }
  n.setConstant(0, Tensor::fromInts({elements}, {}));
  return Error::success();
}

void keel::onnx::addConstants(Handlers &handlers) {
  handlers["Constant"] = importConstant;
  handlers["ConstantOfShape"] = importConstantOfShape;
  handlers["Shape"] = importShape;
  handlers["Size"] = importSize;
}
