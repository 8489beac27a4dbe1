//===- Build.cpp - Building tensor computations ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "keel/Runtime/Array.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace keel;
using namespace keel::onnx;

RankedTensorType keel::onnx::getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

Type keel::onnx::getElement(Value value) {
  return getTensorType(value).getElementType();
}

ArrayRef<int64_t> keel::onnx::getShape(Value value) {
  return getTensorType(value).getShape();
}

std::string keel::onnx::describe(ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [i, size] : llvm::enumerate(shape))
    text +=
        (i ? ", " : "") +
        (ShapedType::isDynamic(size) ? std::string("?") : std::to_string(size));
  return text + "]";
}

std::optional<Sizes> keel::onnx::broadcast(ArrayRef<ArrayRef<int64_t>> shapes) {
  size_t rank = 0;
  for (ArrayRef<int64_t> shape : shapes)
    rank = std::max(rank, shape.size());
  Sizes result(rank, 1);
  for (ArrayRef<int64_t> shape : shapes)
    for (auto [i, size] : llvm::enumerate(shape)) {
      int64_t &other = result[rank - shape.size() + i];
      if (size != 1 && other != 1 && size != other)
        return std::nullopt;
      other = other == 1 ? size : other;
    }
  return result;
}

/// What is beyond the range of so many bits becomes its end, as a bound may be.
/// Fewer than 32 may hold a number without a sign.
static int64_t toInteger(double value, unsigned bits) {
  if (std::isnan(value))
    return 0;
  int64_t least = llvm::minIntN(bits);
  int64_t most =
      bits < 32 ? int64_t(llvm::maxUIntN(bits)) : llvm::maxIntN(bits);
  return value <= double(least)  ? least
         : value >= double(most) ? most
                                 : int64_t(value);
}

Value keel::onnx::buildScalar(LocBuilder &b, Type type, double value) {
  unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  TypedAttr attr =
      isa<FloatType>(type)
          ? TypedAttr(b.getFloatAttr(type, value))
          : TypedAttr(b.getIntegerAttr(type, toInteger(value, bits)));
  return arith::ConstantOp::create(b, attr);
}

/// A value that has the batch: an input, so that what is filled by its size
/// does not depend on a parameter.
static Value findBatch(LocBuilder &b, Values likes) {
  SmallVector<Value> candidates(b.getInsertionBlock()->getArguments());
  llvm::append_range(candidates, likes);
  return *llvm::find_if(candidates, [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && !type.hasStaticShape();
  });
}

Value keel::onnx::buildEmpty(LocBuilder &b, ArrayRef<int64_t> shape,
                             Type element, Values likes) {
  SmallVector<Value> sizes;
  if (ShapedType::isDynamicShape(shape)) {
    sizes.push_back(tensor::DimOp::create(b, findBatch(b, likes), 0));
  }
  return tensor::EmptyOp::create(b, RankedTensorType::get(shape, element),
                                 sizes);
}

Value keel::onnx::buildFilled(LocBuilder &b, ArrayRef<int64_t> shape,
                              Type element, Values likes, Value scalar) {
  return linalg::FillOp::create(b, scalar, buildEmpty(b, shape, element, likes))
      .getResult(0);
}

Value keel::onnx::buildSplat(LocBuilder &b, Value x, double value) {
  RankedTensorType type = getTensorType(x);
  Type element = type.getElementType();
  if (type.hasStaticShape())
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type,
                                  Attribute(b.getFloatAttr(element, value))));
  return buildFilled(b, type.getShape(), element, {x},
                     buildScalar(b, element, value));
}

/// `input` without the dimensions that are repeated, and the map from the
/// elements of `shape` to what is left.
static std::pair<Value, AffineMap> dropRepeated(LocBuilder &b, Value input,
                                                ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> own = getShape(input);
  size_t offset = shape.size() - own.size();
  Sizes kept;
  SmallVector<AffineExpr> exprs;
  for (auto [i, size] : llvm::enumerate(own)) {
    if (size == 1 && shape[offset + i] != 1)
      continue;
    kept.push_back(size);
    exprs.push_back(b.getAffineDimExpr(unsigned(offset + i)));
  }
  if (kept.size() != own.size())
    input = buildReshape(b, input, kept);
  return {input,
          AffineMap::get(unsigned(shape.size()), 0, exprs, b.getContext())};
}

static linalg::GenericOp buildGeneric(LocBuilder &b, Values inputs,
                                      Value output, ArrayRef<AffineMap> maps,
                                      ArrayRef<utils::IteratorType> iterators,
                                      Body body) {
  return linalg::GenericOp::create(
      b, TypeRange{output.getType()}, inputs, ValueRange{output}, maps,
      iterators, [&](OpBuilder &nested, Location loc, ValueRange scalars) {
        LocBuilder inner(loc, nested);
        linalg::YieldOp::create(inner, body(inner, scalars));
      });
}

namespace {

/// What a loop over all elements of a shape takes.
struct Elementwise {
  SmallVector<Value> values;
  /// One for each value and, last, the result's.
  SmallVector<AffineMap> maps;
  SmallVector<utils::IteratorType> iterators;
};

} // namespace

/// The loop over `shape` that the inputs are repeated along.
static Elementwise getElementwise(LocBuilder &b, ArrayRef<int64_t> shape,
                                  Values inputs) {
  Elementwise loop;
  for (Value input : inputs) {
    auto [value, map] = dropRepeated(b, input, shape);
    loop.values.push_back(value);
    loop.maps.push_back(map);
  }
  auto rank = unsigned(shape.size());
  loop.maps.push_back(b.getMultiDimIdentityMap(rank));
  loop.iterators.assign(rank, utils::IteratorType::parallel);
  return loop;
}

Value keel::onnx::buildMap(LocBuilder &b, ArrayRef<int64_t> shape, Type element,
                           Values inputs, Body body) {
  auto [values, maps, iterators] = getElementwise(b, shape, inputs);
  Value empty = buildEmpty(b, shape, element, inputs);
  return buildGeneric(b, values, empty, maps, iterators,
                      [&](LocBuilder &inner, ValueRange scalars) {
                        return body(inner, scalars.drop_back());
                      })
      .getResult(0);
}

Value keel::onnx::buildReduction(LocBuilder &b, Value input,
                                 ArrayRef<int64_t> axes, Value initial,
                                 Body body) {
  ArrayRef<int64_t> shape = getShape(input);
  auto rank = unsigned(shape.size());
  Sizes kept, whole(shape);
  SmallVector<AffineExpr> exprs;
  SmallVector<utils::IteratorType> iterators;
  for (unsigned i = 0; i < rank; ++i) {
    bool isReduced = llvm::is_contained(axes, int64_t(i));
    iterators.push_back(isReduced ? utils::IteratorType::reduction
                                  : utils::IteratorType::parallel);
    if (isReduced) {
      whole[i] = 1;
      continue;
    }
    kept.push_back(shape[i]);
    exprs.push_back(b.getAffineDimExpr(i));
  }
  Value start = buildFilled(b, kept, initial.getType(), {input}, initial);
  AffineMap maps[] = {b.getMultiDimIdentityMap(rank),
                      AffineMap::get(rank, 0, exprs, b.getContext())};
  Value result =
      buildGeneric(b, {input}, start, maps, iterators, body).getResult(0);
  return buildReshape(b, result, whole);
}

Value keel::onnx::buildSum(LocBuilder &b, Value input, ArrayRef<int64_t> axes) {
  Type element = getElement(input);
  return buildReduction(b, input, axes, buildScalar(b, element, 0),
                        [&](LocBuilder &inner, ValueRange x) -> Value {
                          if (isa<FloatType>(element))
                            return arith::AddFOp::create(inner, x[1], x[0]);
                          return arith::AddIOp::create(inner, x[1], x[0]);
                        });
}

/// Everything in one dimension, but for a dynamic leading one.
static Value flatten(LocBuilder &b, Value input) {
  auto type = getTensorType(input);
  int64_t first = type.hasStaticShape() ? 0 : 1, rest = 1;
  for (int64_t size : type.getShape().drop_front(first))
    rest *= size;
  SmallVector<ReassociationIndices> groups;
  if (first)
    groups.push_back({0});
  if (type.getRank() > first)
    groups.push_back(llvm::to_vector<2>(llvm::seq(first, type.getRank())));
  Sizes shape(type.getShape().take_front(first));
  if (type.getRank() > first)
    shape.push_back(rest);
  if (type.getRank() == int64_t(shape.size()))
    return input;
  return tensor::CollapseShapeOp::create(
      b, RankedTensorType::get(shape, type.getElementType()), input, groups);
}

Value keel::onnx::buildReshape(LocBuilder &b, Value input,
                               ArrayRef<int64_t> shape) {
  auto type = getTensorType(input);
  auto wanted = RankedTensorType::get(shape, type.getElementType());
  if (type == wanted)
    return input;
  auto groups = getReassociationIndicesForReshape(type, wanted);
  if (groups && type.getRank() > wanted.getRank())
    return tensor::CollapseShapeOp::create(b, wanted, input, *groups);
  auto expand = [&](Value value, ArrayRef<ReassociationIndices> into) -> Value {
    SmallVector<OpFoldResult> sizes;
    for (int64_t size : shape)
      if (ShapedType::isDynamic(size))
        sizes.push_back(tensor::DimOp::create(b, value, 0).getResult());
      else
        sizes.push_back(b.getIndexAttr(size));
    return tensor::ExpandShapeOp::create(b, wanted, value, into, sizes);
  };
  if (groups && type.getRank() < wanted.getRank())
    return expand(input, *groups);
  Value flat = flatten(b, input);
  if (flat.getType() == wanted)
    return flat;
  int64_t first = type.hasStaticShape() ? 0 : 1;
  SmallVector<ReassociationIndices> into;
  if (first)
    into.push_back({0});
  if (wanted.getRank() > first && getTensorType(flat).getRank() > first)
    into.push_back(llvm::to_vector<2>(llvm::seq(first, wanted.getRank())));
  else if (wanted.getRank() > first && first)
    into.back() = llvm::to_vector<2>(llvm::seq<int64_t>(0, wanted.getRank()));
  if (wanted.getRank() < getTensorType(flat).getRank())
    return tensor::CollapseShapeOp::create(b, wanted, flat,
                                           ArrayRef<ReassociationIndices>());
  return expand(flat, into);
}

Value keel::onnx::buildTranspose(LocBuilder &b, Value input,
                                 ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return input;
  Sizes shape;
  for (int64_t axis : permutation)
    shape.push_back(getShape(input)[axis]);
  Value empty = buildEmpty(b, shape, getElement(input), {input});
  return linalg::TransposeOp::create(b, input, empty, permutation)
      ->getResult(0);
}

Value keel::onnx::buildBroadcast(LocBuilder &b, Value input,
                                 ArrayRef<int64_t> shape) {
  if (getShape(input) == shape)
    return input;
  return buildMap(b, shape, getElement(input), {input},
                  [](LocBuilder &, ValueRange x) { return x[0]; });
}

Value keel::onnx::buildPick(LocBuilder &b, ArrayRef<int64_t> shape,
                            Value source, Values inputs, IndexBody body) {
  SmallVector<Value> likes(inputs);
  likes.push_back(source);
  auto [values, maps, iterators] = getElementwise(b, shape, inputs);
  Value empty = buildEmpty(b, shape, getElement(source), likes);
  return buildGeneric(b, values, empty, maps, iterators,
                      [&](LocBuilder &inner, ValueRange scalars) -> Value {
                        SmallVector<Value> indices;
                        for (unsigned i = 0; i < shape.size(); ++i)
                          indices.push_back(linalg::IndexOp::create(inner, i));
                        return tensor::ExtractOp::create(
                            inner, source,
                            body(inner, indices, scalars.drop_back()));
                      })
      .getResult(0);
}

Value keel::onnx::buildCast(LocBuilder &b, Value value, Type type,
                            bool isUnsigned) {
  Type from = value.getType();
  if (from == type)
    return value;
  bool fromReal = isa<FloatType>(from), toReal = isa<FloatType>(type);
  unsigned fromBits = from.getIntOrFloatBitWidth();
  unsigned toBits = type.getIntOrFloatBitWidth();
  isUnsigned |= fromBits == 1;
  if (toBits == 1 && fromReal)
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, value,
                                 buildScalar(b, from, 0));
  if (toBits == 1)
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, value,
                                 buildScalar(b, from, 0));
  if (fromReal && toReal)
    return fromBits < toBits ? arith::ExtFOp::create(b, type, value).getResult()
                             : arith::TruncFOp::create(b, type, value);
  if (fromReal)
    return toBits == 8 ? arith::FPToUIOp::create(b, type, value).getResult()
                       : arith::FPToSIOp::create(b, type, value);
  if (toReal)
    return isUnsigned ? arith::UIToFPOp::create(b, type, value).getResult()
                      : arith::SIToFPOp::create(b, type, value);
  if (fromBits > toBits)
    return arith::TruncIOp::create(b, type, value);
  return isUnsigned ? arith::ExtUIOp::create(b, type, value).getResult()
                    : arith::ExtSIOp::create(b, type, value);
}

llvm::Error keel::onnx::checkRank(NodeImporter &node, int64_t rank) {
  if (rank <= KEEL_MAX_RANK)
    return llvm::Error::success();
  return node.fail("its result would have {0} dimensions, at most {1} are "
                   "supported",
                   rank, KEEL_MAX_RANK);
}

llvm::Expected<int64_t> keel::onnx::normalizeAxis(NodeImporter &node,
                                                  int64_t axis, int64_t rank) {
  if (llvm::Error error = checkRank(node, rank))
    return error;
  if (axis < -rank || axis >= rank)
    return node.fail("axis {0} is out of range for {1} dimensions", axis, rank);
  return axis < 0 ? axis + rank : axis;
}

llvm::Expected<Sizes> keel::onnx::normalizeAxes(NodeImporter &node,
                                                ArrayRef<int64_t> axes,
                                                int64_t rank) {
  Sizes result;
  for (int64_t axis : axes) {
    llvm::Expected<int64_t> normal = normalizeAxis(node, axis, rank);
    if (!normal)
      return normal.takeError();
    if (llvm::is_contained(result, *normal))
      return node.fail("axis {0} is given twice", axis);
    result.push_back(*normal);
  }
  return result;
}
