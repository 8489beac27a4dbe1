//===- Structure.cpp - Concat, Split, Identity, Dropout -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "Families.h"
#include "Fold.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

/// Vectors of integers that are known, such as the parts of a shape.
static bool foldConcat(NodeImporter &n) {
  if (!areKnownAndSmall(n))
    return false;
  Sizes values;
  for (unsigned i = 0; i < n.getNumInputs(); ++i) {
    const Tensor &tensor = *n.getConstant(i);
    if (tensor.type != DataType::i64 || tensor.shape.size() != 1)
      return false;
    for (int64_t j = 0, e = tensor.getNumElements(); j < e; ++j)
      values.push_back(tensor.getInt(j));
    // One operand may be named often.
    if (int64_t(values.size()) > kMaxFoldedElements)
      return false;
  }
  n.setConstant(0, Tensor::fromInts(values, {int64_t(values.size())}));
  return true;
}

static SmallVector<OpFoldResult> getMixed(LocBuilder &b, Value like,
                                          ArrayRef<int64_t> sizes) {
  SmallVector<OpFoldResult> mixed;
  for (int64_t size : sizes)
    if (ShapedType::isDynamic(size))
      mixed.push_back(tensor::DimOp::create(b, like, 0).getResult());
    else
      mixed.push_back(b.getIndexAttr(size));
  return mixed;
}

static Value buildConcat(LocBuilder &b, Values values, int64_t axis,
                         ArrayRef<int64_t> shape) {
  Value result = buildEmpty(b, shape, getElement(values.front()), values);
  Sizes offset(shape.size(), 0), one(shape.size(), 1);
  for (Value value : values) {
    if (llvm::is_contained(getShape(value), 0))
      continue;
    result = tensor::InsertSliceOp::create(
        b, value, result, getMixed(b, value, offset),
        getMixed(b, value, getShape(value)), getMixed(b, value, one));
    offset[size_t(axis)] += getShape(value)[axis];
  }
  return result;
}

static Error importConcat(NodeImporter &n) {
  if (n.getNumInputs() == 0 || !n.has(0))
    return n.fail("takes at least one operand");
  Sizes shape(n.getShape(0));
  Expected<int64_t> axis =
      normalizeAxis(n, n.getInt("axis", 1), int64_t(shape.size()));
  if (!axis)
    return axis.takeError();
  if (foldConcat(n))
    return Error::success();
  if (ShapedType::isDynamic(shape[*axis]))
    return n.fail("axis {0} is the batch, whose size is not known: fix it in "
                  "the file",
                  *axis);
  SmallVector<Value> values = {n.getValue(0)};
  for (unsigned i = 1; i < n.getNumInputs(); ++i) {
    if (!n.has(i) || n.getType(i) != n.getType(0))
      return n.fail("operands must have one element type");
    Sizes own(n.getShape(i)), expected(shape);
    if (own.size() == expected.size())
      expected[*axis] = own[*axis];
    if (own != expected || ShapedType::isDynamic(own[size_t(*axis)]))
      return n.fail("shapes {0} and {1} cannot be put together along axis {2}",
                    describe(n.getShape(0)), describe(own), *axis);
    shape[*axis] += own[*axis];
    values.push_back(n.getValue(i));
  }
  auto rank = int64_t(shape.size());
  Value result = rank >= 2 && *axis == rank - 1 && n.isReal(0)
                     ? ConcatOp::create(n.b, values).getResult()
                     : buildConcat(n.b, values, *axis, shape);
  n.set(0, result, n.getType(0));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

/// The sizes of the parts, by operand, by attribute or by their number.
static Expected<Sizes> getParts(NodeImporter &n, int64_t size) {
  if (n.has(1))
    return n.getKnownInts(1, "split");
  if (std::optional<Sizes> parts = n.getInts("split"))
    return *parts;
  auto count = int64_t(n.node.outputs.size());
  if (n.getInt("num_outputs", count) != count)
    return n.fail("num_outputs is not the number of its outputs");
  int64_t part = (size + count - 1) / count;
  if (n.opset < 18 && size % count != 0)
    return n.fail("{0} elements cannot be split into {1} equal parts", size,
                  count);
  Sizes parts(size_t(count), part);
  parts.back() = size - part * (count - 1);
  return parts;
}

static Value buildPart(LocBuilder &b, Value x, ArrayRef<int64_t> offset,
                       ArrayRef<int64_t> shape) {
  // A slice of nothing is out of bounds to MLIR.
  if (llvm::is_contained(shape, 0))
    return buildEmpty(b, shape, getElement(x), {x});
  Sizes one(shape.size(), 1);
  return tensor::ExtractSliceOp::create(
      b, RankedTensorType::get(shape, getElement(x)), x, getMixed(b, x, offset),
      getMixed(b, x, shape), getMixed(b, x, one));
}

static Error importSplit(NodeImporter &n) {
  if (!n.has(0) || n.node.outputs.empty())
    return n.fail("takes an operand and has at least one result");
  ArrayRef<int64_t> shape = n.getShape(0);
  Expected<int64_t> axis =
      normalizeAxis(n, n.getInt("axis", 0), int64_t(shape.size()));
  if (!axis)
    return axis.takeError();
  int64_t size = shape[*axis], total = 0;
  if (ShapedType::isDynamic(size))
    return n.fail("axis {0} is the batch, whose size is not known: fix it in "
                  "the file",
                  *axis);
  Expected<Sizes> parts = getParts(n, size);
  if (!parts)
    return parts.takeError();
  if (parts->size() != n.node.outputs.size())
    return n.fail("has {0} outputs and {1} parts", n.node.outputs.size(),
                  parts->size());
  for (int64_t part : *parts) {
    if (part < 0 || part > size - total)
      return n.fail("the parts {0} do not make {1} elements", describe(*parts),
                    size);
    total += part;
  }
  if (total != size)
    return n.fail("the parts {0} do not make {1} elements", describe(*parts),
                  size);
  Value x = n.getValue(0);
  Sizes offset(shape.size(), 0), own(shape);
  for (auto [i, part] : llvm::enumerate(*parts)) {
    own[*axis] = part;
    n.set(unsigned(i), buildPart(n.b, x, offset, own), n.getType(0));
    offset[*axis] += part;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Identity, Dropout
//===----------------------------------------------------------------------===//

static Error importIdentity(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("its operand is missing");
  if (n.getConstant(0))
    return n.setAlias(0, /*isTransposed=*/false), Error::success();
  n.set(0, n.getValue(0), n.getType(0));
  return Error::success();
}

/// Everything is kept.
static Value buildMask(NodeImporter &n) {
  Value x = n.getValue(0);
  return buildMap(n.b, n.getShape(0), n.getElement(DataType::boolean), {x},
                  [](LocBuilder &b, ValueRange) {
                    return buildScalar(b, b.getI1Type(), 1);
                  });
}

/// Keel's dropout is neutral as to mode: the command decides whether elements
/// are dropped, not the file.
static Error importDropout(NodeImporter &n) {
  n.ignore("seed");
  n.ignore("is_test"); // operator set 6
  n.ignore("consumed_inputs");
  if (!n.has(0) || !n.isReal(0))
    return n.fail("its operand must be of float or double");
  double rate = n.getReal("ratio", 0.5);
  if (n.has(1)) {
    const Tensor *ratio = n.getConstant(1);
    const Tensor *known = ratio ? ratio : n.getOperand(1).known.get();
    // An unknown rate matters in training alone.
    rate = known && known->getNumElements() == 1
               ? widen(float(known->getReal(0)))
               : 0.0;
  }
  if (!(rate >= 0.0 && rate < 1.0))
    return n.fail("ratio must be at least 0 and less than 1, got {0}", rate);
  if (n.has(2) && !n.getConstant(2)) {
    Expected<Sizes> trains = n.getKnownInts(2, "training_mode");
    if (!trains)
      return trains.takeError();
    if (trains->size() != 1 || ((*trains)[0] && rate != 0.0))
      return n.fail("training_mode as an input is not supported: dropout is "
                    "drawn by keel train");
  }
  Value x = n.getValue(0), result = x;
  if (rate > 0.0 && !n.getShape(0).empty() && !n.isUsed(1))
    result = DropoutOp::create(n.b, x.getType(), x, n.b.getF64FloatAttr(rate));
  n.set(0, result, n.getType(0));
  if (!n.isUsed(1))
    return Error::success();
  // Before operator set 10 the mask had the data's type.
  if (n.opset < 10)
    return n.fail("the mask is supported from operator set 10 on");
  n.set(1, buildMask(n), DataType::boolean);
  return Error::success();
}

void keel::onnx::addStructure(Handlers &handlers) {
  handlers["Concat"] = importConcat;
  handlers["Split"] = importSplit;
  handlers["Identity"] = importIdentity;
  handlers["Dropout"] = importDropout;
}
