//===- LoweringUtils.cpp - Building linalg from Keel's ops ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"

using namespace mlir;
using namespace keel;

AffineMap keel::getAccessMap(MLIRContext *context, unsigned rank,
                             Access access) {
  AffineMap identity = AffineMap::getMultiDimIdentityMap(rank, context);
  AffineMap none = AffineMap::get(rank, 0, context);
  switch (access) {
  case Access::element:
    return identity;
  case Access::perFeature:
    return identity.getMinorSubMap(1);
  case Access::perRow:
    return rank == 1 ? none : identity.getMajorSubMap(rank - 1);
  case Access::perSample:
    return rank == 1 ? none : identity.getMinorSubMap(rank - 1);
  case Access::single:
    return none;
  }
  llvm_unreachable("all accesses are handled");
}

Value keel::buildConstant(LocBuilder &b, Type type, double value) {
  TypedAttr attr = isa<FloatType>(type)
                       ? TypedAttr(b.getFloatAttr(type, value))
                       : TypedAttr(b.getIntegerAttr(type, int64_t(value)));
  return arith::ConstantOp::create(b, attr);
}

Value keel::buildCast(LocBuilder &b, Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  return from > to ? arith::TruncFOp::create(b, type, value).getResult()
                   : arith::ExtFOp::create(b, type, value).getResult();
}

Value keel::buildEmpty(LocBuilder &b, RankedTensorType type, Value like) {
  SmallVector<Value> sizes;
  if (type.getNumDynamicDims() > 0)
    sizes.push_back(tensor::DimOp::create(b, like, 0));
  return tensor::EmptyOp::create(b, type, sizes);
}

Value keel::buildFilled(LocBuilder &b, RankedTensorType type, Value like,
                        double value) {
  Value scalar = buildConstant(b, type.getElementType(), value);
  return linalg::FillOp::create(b, scalar, buildEmpty(b, type, like))
      .getResult(0);
}

static linalg::GenericOp buildGeneric(LocBuilder &b, unsigned rank,
                                      ArrayRef<Input> inputs,
                                      ValueRange outputs, Access outputAccess,
                                      ArrayRef<utils::IteratorType> iterators,
                                      ScalarBody body) {
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  for (const Input &input : inputs) {
    values.push_back(input.value);
    maps.push_back(getAccessMap(b.getContext(), rank, input.access));
  }
  maps.append(outputs.size(), getAccessMap(b.getContext(), rank, outputAccess));
  return linalg::GenericOp::create(
      b, outputs.getTypes(), values, outputs, maps, iterators,
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        LocBuilder inner(loc, builder);
        linalg::YieldOp::create(inner, body(inner, arguments));
      });
}

SmallVector<Value> keel::buildElementwise(LocBuilder &b, TypeRange types,
                                          ArrayRef<Input> inputs,
                                          ScalarBody body) {
  Value like;
  for (const Input &input : inputs)
    if (!like &&
        (input.access == Access::element || input.access == Access::perRow))
      like = input.value;
  SmallVector<Value> outputs;
  for (Type type : types)
    outputs.push_back(buildEmpty(b, cast<RankedTensorType>(type), like));
  unsigned rank = cast<RankedTensorType>(types.front()).getRank();
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return SmallVector<Value>(
      buildGeneric(b, rank, inputs, outputs, Access::element, iterators, body)
          .getResults());
}

Value keel::buildInPlace(LocBuilder &b, Value target, ArrayRef<Input> inputs,
                         ScalarBody body) {
  unsigned rank = cast<RankedTensorType>(target.getType()).getRank();
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return buildGeneric(b, rank, inputs, target, Access::element, iterators, body)
      .getResult(0);
}

SmallVector<Value> keel::buildReduction(LocBuilder &b, Access access,
                                        ArrayRef<Type> elementTypes,
                                        ArrayRef<double> initial,
                                        ArrayRef<Input> inputs,
                                        ScalarBody body) {
  Value first = inputs.front().value;
  auto type = cast<RankedTensorType>(first.getType());
  unsigned rank = type.getRank();
  AffineMap map = getAccessMap(b.getContext(), rank, access);
  SmallVector<int64_t> shape;
  for (AffineExpr result : map.getResults())
    shape.push_back(type.getDimSize(cast<AffineDimExpr>(result).getPosition()));
  SmallVector<utils::IteratorType> iterators;
  for (unsigned dim = 0; dim < rank; ++dim)
    iterators.push_back(map.isFunctionOfDim(dim)
                            ? utils::IteratorType::parallel
                            : utils::IteratorType::reduction);
  SmallVector<Value> outputs;
  for (auto [element, value] : llvm::zip_equal(elementTypes, initial))
    outputs.push_back(
        buildFilled(b, RankedTensorType::get(shape, element), first, value));
  return SmallVector<Value>(
      buildGeneric(b, rank, inputs, outputs, access, iterators, body)
          .getResults());
}

static Value buildCount(LocBuilder &b, Value tensor, Type type,
                        unsigned numDims) {
  Value count = arith::ConstantIndexOp::create(b, 1);
  for (unsigned dim = 0; dim < numDims; ++dim)
    count =
        arith::MulIOp::create(b, count, tensor::DimOp::create(b, tensor, dim));
  Value whole = arith::IndexCastOp::create(b, b.getI64Type(), count);
  return arith::SIToFPOp::create(b, type, whole);
}

Value keel::buildRowCount(LocBuilder &b, Value tensor, Type type) {
  auto rank = cast<RankedTensorType>(tensor.getType()).getRank();
  return buildCount(b, tensor, type, rank - 1);
}

Value keel::buildElementCount(LocBuilder &b, Value tensor, Type type) {
  auto rank = cast<RankedTensorType>(tensor.getType()).getRank();
  return buildCount(b, tensor, type, rank);
}
