//===- Indexing.cpp - Gather, Slice, OneHot -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Indexing.h"
#include "Build.h"
#include "Families.h"
#include "Fold.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

Value keel::onnx::buildBoundedIndex(LocBuilder &b, Value value, int64_t size) {
  Type type = value.getType();
  Value wide = type.isInteger(64)
                   ? value
                   : arith::ExtSIOp::create(b, b.getI64Type(), value);
  auto constant = [&](int64_t number) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(number));
  };
  Value isNegative =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, wide, constant(0));
  Value wrapped = arith::AddIOp::create(b, wide, constant(size));
  wide = arith::SelectOp::create(b, isNegative, wrapped, wide);
  wide = arith::MaxSIOp::create(b, wide, constant(0));
  wide = arith::MinSIOp::create(b, wide, constant(size - 1));
  return arith::IndexCastOp::create(b, b.getIndexType(), wide);
}

static bool isIndex(DataType type) {
  return type == DataType::i32 || type == DataType::i64;
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

/// Elements of a vector that is known, such as a dimension of a shape.
static bool foldGather(NodeImporter &n, int64_t axis) {
  if (!areKnownAndSmall(n) || n.getType(0) != DataType::i64 ||
      n.getShape(0).size() != 1 || n.getShape(1).size() > 1)
    return false;
  const Tensor &data = *n.getConstant(0), &indices = *n.getConstant(1);
  Sizes values;
  for (int64_t i = 0, e = indices.getNumElements(); i < e; ++i) {
    int64_t index = indices.getInt(i);
    index += index < 0 ? data.shape[0] : 0;
    if (index < 0 || index >= data.shape[0])
      return false;
    values.push_back(data.getInt(index));
  }
  n.setConstant(0, Tensor::fromInts(values, indices.shape));
  return true;
}

/// result[i..., j..., k...] = data[i..., indices[j...], k...].
static Error importGather(NodeImporter &n) {
  if (!n.has(0) || !n.has(1) || !isIndex(n.getType(1)))
    return n.fail("takes data and indices of int32 or int64");
  Sizes data(n.getShape(0)), indices(n.getShape(1));
  auto rank = int64_t(data.size());
  Expected<int64_t> axis = normalizeAxis(n, n.getInt("axis", 0), rank);
  if (!axis)
    return axis.takeError();
  if (foldGather(n, *axis))
    return Error::success();
  int64_t size = data[*axis];
  if (ShapedType::isDynamic(size))
    return n.fail("axis {0} is the batch, whose size is not known: fix it in "
                  "the file",
                  *axis);
  Sizes shape(ArrayRef(data).take_front(size_t(*axis)));
  shape.append(indices);
  shape.append(data.begin() + *axis + 1, data.end());
  if (size == 0 && !llvm::is_contained(shape, 0))
    return n.fail("axis {0} has no elements to gather", *axis);
  // The indices along the result's dimensions.
  Sizes along(indices);
  along.append(size_t(rank - *axis - 1), 1);
  auto inner = unsigned(indices.size());
  auto outer = unsigned(*axis);
  Value result = buildPick(
      n.b, shape, n.getValue(0), {buildReshape(n.b, n.getValue(1), along)},
      [&](LocBuilder &b, ValueRange at, ValueRange elements) {
        SmallVector<Value> from(at.take_front(outer));
        from.push_back(buildBoundedIndex(b, elements[0], size));
        llvm::append_range(from, at.drop_front(outer + inner));
        return from;
      });
  n.set(0, result, n.getType(0));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {

/// One axis of a slice: `size` elements from `offset` on, `step` apart.
struct AxisSlice {
  int64_t offset = 0, size = 0, step = 1;
};

/// A list by operand or, before operator set 10, by attribute.
Expected<std::optional<Sizes>> getList(NodeImporter &n, unsigned index,
                                       StringRef name) {
  if (n.opset < 10)
    return n.getInts(name);
  if (!n.has(index))
    return std::optional<Sizes>();
  Expected<Sizes> list = n.getKnownInts(index, name);
  if (!list)
    return list.takeError();
  return std::optional<Sizes>(std::move(*list));
}

/// As numpy cuts: bounds beyond an end are that end.
AxisSlice cut(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (size == 0)
    return {};
  start = start < 0 ? start + size : start;
  // The least integer cannot be added to: it is before the first element.
  end = end < 0 ? std::max(end, -size - 1) + size : end;
  bool isUp = step > 0;
  start = std::clamp<int64_t>(start, 0, isUp ? size : size - 1);
  end = isUp ? std::clamp<int64_t>(end, 0, size)
             : std::clamp<int64_t>(end, -1, size);
  int64_t width = isUp ? end - start : start - end;
  // Steps of any size, without their negation.
  uint64_t stride = isUp ? uint64_t(step) : -uint64_t(step);
  int64_t count = width <= 0 ? 0 : int64_t((uint64_t(width) - 1) / stride) + 1;
  return {start, count, step};
}

Expected<SmallVector<AxisSlice>> getSlices(NodeImporter &n) {
  ArrayRef<int64_t> shape = n.getShape(0);
  auto rank = int64_t(shape.size());
  std::optional<Sizes> lists[4];
  const char *names[] = {"starts", "ends", "axes", "steps"};
  for (unsigned i = 0; i < 4; ++i) {
    Expected<std::optional<Sizes>> list = getList(n, i + 1, names[i]);
    if (!list)
      return list.takeError();
    lists[i] = *list;
  }
  if (!lists[0] || !lists[1] || lists[0]->size() != lists[1]->size())
    return n.fail("starts and ends must be lists of one length");
  size_t count = lists[0]->size();
  Sizes order = llvm::to_vector(llvm::seq<int64_t>(0, int64_t(count)));
  Expected<Sizes> axes = normalizeAxes(n, lists[2].value_or(order), rank);
  if (!axes)
    return axes.takeError();
  Sizes steps = lists[3].value_or(Sizes(count, 1));
  if (axes->size() != count || steps.size() != count)
    return n.fail("axes and steps must be as many as starts");
  SmallVector<AxisSlice> slices;
  for (int64_t size : shape)
    slices.push_back({0, size, 1});
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    int64_t size = shape[axis], start = (*lists[0])[i], end = (*lists[1])[i];
    if (steps[i] == 0)
      return n.fail("a step must not be 0");
    bool isWhole = start == 0 && steps[i] == 1 &&
                   end >= std::numeric_limits<int32_t>::max();
    if (ShapedType::isDynamic(size) && !isWhole)
      return n.fail("axis {0} is the batch, whose size is not known: fix it in "
                    "the file",
                    axis);
    if (!ShapedType::isDynamic(size))
      slices[axis] = cut(size, start, end, steps[i]);
  }
  return slices;
}

/// A vector that is known, such as part of a shape.
bool foldSlice(NodeImporter &n, ArrayRef<AxisSlice> slices) {
  if (!areKnownAndSmall(n) || n.getType(0) != DataType::i64 ||
      slices.size() != 1)
    return false;
  Sizes values;
  for (int64_t i = 0; i < slices[0].size; ++i)
    values.push_back(
        n.getConstant(0)->getInt(slices[0].offset + i * slices[0].step));
  n.setConstant(0, Tensor::fromInts(values, {slices[0].size}));
  return true;
}

Value buildSlice(NodeImporter &n, ArrayRef<AxisSlice> slices) {
  LocBuilder &b = n.b;
  Value x = n.getValue(0);
  Sizes shape;
  bool isDown = false, isEmpty = false;
  for (const AxisSlice &slice : slices) {
    shape.push_back(slice.size);
    isDown |= slice.step < 0;
    isEmpty |= slice.size == 0;
  }
  if (isEmpty)
    return buildEmpty(b, shape, getElement(x), {x});
  if (isDown)
    return buildPick(
        b, shape, x, {}, [&](LocBuilder &inner, ValueRange at, ValueRange) {
          SmallVector<Value> from;
          for (auto [index, slice] : llvm::zip(at, slices)) {
            Value step = arith::ConstantIndexOp::create(inner, slice.step);
            Value offset = arith::ConstantIndexOp::create(inner, slice.offset);
            Value moved = arith::MulIOp::create(inner, index, step);
            from.push_back(arith::AddIOp::create(inner, moved, offset));
          }
          return from;
        });
  SmallVector<OpFoldResult> offsets, sizes, steps;
  for (const AxisSlice &slice : slices) {
    offsets.push_back(b.getIndexAttr(slice.offset));
    // A step that is not taken may be of any size.
    steps.push_back(b.getIndexAttr(slice.size > 1 ? slice.step : 1));
    if (ShapedType::isDynamic(slice.size))
      sizes.push_back(tensor::DimOp::create(b, x, 0).getResult());
    else
      sizes.push_back(b.getIndexAttr(slice.size));
  }
  return tensor::ExtractSliceOp::create(
      b, RankedTensorType::get(shape, getElement(x)), x, offsets, sizes, steps);
}

} // namespace

static Error importSlice(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("operand 0 is missing");
  Expected<SmallVector<AxisSlice>> slices = getSlices(n);
  if (!slices)
    return slices.takeError();
  if (foldSlice(n, *slices))
    return Error::success();
  n.set(0, buildSlice(n, *slices), n.getType(0));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// OneHot
//===----------------------------------------------------------------------===//

static Value buildEqual(LocBuilder &b, Value x, Value y) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
}

static Error importOneHot(NodeImporter &n) {
  for (unsigned i = 0; i < 3; ++i)
    if (!n.has(i))
      return n.fail("takes three operands");
  if (n.getShape(2) != ArrayRef<int64_t>{2})
    return n.fail("its values must be two, off and on, got the shape {0}",
                  describe(n.getShape(2)));
  if (n.getType(0) == DataType::u8 || n.getType(0) == DataType::boolean)
    return n.fail("indices of {0} are not supported", getName(n.getType(0)));
  Expected<Sizes> depths = n.getKnownInts(1, "depth");
  if (!depths)
    return depths.takeError();
  if (depths->size() != 1 || depths->front() < 1)
    return n.fail("depth must be one positive number, got {0}",
                  describe(*depths));
  int64_t depth = depths->front();
  Sizes shape(n.getShape(0)), along(shape);
  auto rank = int64_t(shape.size()) + 1;
  Expected<int64_t> axis = normalizeAxis(n, n.getInt("axis", -1), rank);
  if (!axis)
    return axis.takeError();
  shape.insert(shape.begin() + *axis, depth);
  along.insert(along.begin() + *axis, 1);
  // The place in `values`: 1 where the index, from either end, is this one.
  Value result = buildPick(
      n.b, shape, n.getValue(2), {buildReshape(n.b, n.getValue(0), along)},
      [&](LocBuilder &b, ValueRange at, ValueRange elements) {
        Type wide = b.getI64Type();
        Value index = buildCast(b, elements[0], wide, false);
        Value own = arith::IndexCastOp::create(b, wide, at[unsigned(*axis)]);
        Value wrapped = arith::AddIOp::create(
            b, index, arith::ConstantOp::create(b, b.getI64IntegerAttr(depth)));
        Value isOn = arith::OrIOp::create(b, buildEqual(b, index, own),
                                          buildEqual(b, wrapped, own));
        Value one = arith::ConstantIndexOp::create(b, 1);
        Value zero = arith::ConstantIndexOp::create(b, 0);
        return SmallVector<Value>{arith::SelectOp::create(b, isOn, one, zero)};
      });
  n.set(0, result, n.getType(2));
  return Error::success();
}

void keel::onnx::addIndexing(Handlers &handlers) {
  handlers["Gather"] = importGather;
  handlers["Slice"] = importSlice;
  handlers["OneHot"] = importOneHot;
}
