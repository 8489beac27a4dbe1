//===- Reductions.cpp - Sums, extremes and where they are -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reductions.h"
#include "Build.h"
#include "Families.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

static Value add(LocBuilder &b, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::AddFOp::create(b, x, y);
  return arith::AddIOp::create(b, x, y);
}

static Value mul(LocBuilder &b, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::MulFOp::create(b, x, y);
  return arith::MulIOp::create(b, x, y);
}

static Value buildAbs(LocBuilder &b, Value x) {
  Type type = x.getType();
  if (isa<FloatType>(type))
    return math::AbsFOp::create(b, x);
  Value negative = arith::SubIOp::create(b, buildScalar(b, type, 0), x);
  return arith::MaxSIOp::create(b, x, negative);
}

/// The least or the greatest value of a type.
static Value buildExtreme(LocBuilder &b, Type type, bool isLeast) {
  if (auto real = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(
        b, b.getFloatAttr(real, APFloat::getInf(real.getFloatSemantics(),
                                                /*Negative=*/isLeast)));
  unsigned bits = type.getIntOrFloatBitWidth();
  return arith::ConstantOp::create(
      b, b.getIntegerAttr(type, isLeast ? APInt::getSignedMinValue(bits)
                                        : APInt::getSignedMaxValue(bits)));
}

Value keel::onnx::buildMaximum(LocBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return buildReduction(b, x, axes, buildExtreme(b, getElement(x), true),
                        [](LocBuilder &inner, ValueRange v) -> Value {
                          if (isa<FloatType>(v[0].getType()))
                            return arith::MaximumFOp::create(inner, v[1], v[0]);
                          return arith::MaxSIOp::create(inner, v[1], v[0]);
                        });
}

static Value buildMinimum(LocBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return buildReduction(b, x, axes, buildExtreme(b, getElement(x), false),
                        [](LocBuilder &inner, ValueRange v) -> Value {
                          if (isa<FloatType>(v[0].getType()))
                            return arith::MinimumFOp::create(inner, v[1], v[0]);
                          return arith::MinSIOp::create(inner, v[1], v[0]);
                        });
}

/// The sum of what `before` makes of each element.
static Value buildSumOf(LocBuilder &b, Value x, ArrayRef<int64_t> axes,
                        function_ref<Value(LocBuilder &, Value)> before) {
  return buildReduction(b, x, axes, buildScalar(b, getElement(x), 0),
                        [&](LocBuilder &inner, ValueRange v) {
                          return add(inner, v[1], before(inner, v[0]));
                        });
}

//===----------------------------------------------------------------------===//
// Reduce*
//===----------------------------------------------------------------------===//

namespace {

/// What a reduction works on.
struct Reduction {
  LocBuilder &b;
  Value x;
  Sizes axes;

  double count() const {
    double count = 1;
    for (int64_t axis : axes)
      count *= double(getShape(x)[axis]);
    return count;
  }
};

using Build = Value (*)(const Reduction &);

Value buildProduct(const Reduction &r) {
  return buildReduction(
      r.b, r.x, r.axes, buildScalar(r.b, getElement(r.x), 1),
      [](LocBuilder &inner, ValueRange v) { return mul(inner, v[1], v[0]); });
}

Value buildMean(const Reduction &r) {
  Value sum = buildSum(r.b, r.x, r.axes);
  return buildMap(r.b, getShape(sum), getElement(sum), {sum},
                  [&](LocBuilder &inner, ValueRange v) -> Value {
                    Value count = buildScalar(inner, v[0].getType(), r.count());
                    return arith::DivFOp::create(inner, v[0], count);
                  });
}

Value buildL1(const Reduction &r) {
  return buildSumOf(r.b, r.x, r.axes, buildAbs);
}

Value buildSumSquare(const Reduction &r) {
  return buildSumOf(r.b, r.x, r.axes,
                    [](LocBuilder &b, Value v) { return mul(b, v, v); });
}

Value buildL2(const Reduction &r) {
  return math::SqrtOp::create(r.b, buildSumSquare(r));
}

Value buildLogSum(const Reduction &r) {
  return math::LogOp::create(r.b, buildSum(r.b, r.x, r.axes));
}

/// log sum exp(x - m) + m with the maximum m, or 0 for one that is not finite.
Value buildLogSumExp(const Reduction &r) {
  LocBuilder &b = r.b;
  Type element = getElement(r.x);
  Value maximum = buildMaximum(b, r.x, r.axes);
  Value base =
      buildMap(b, getShape(maximum), element, {maximum},
               [&](LocBuilder &inner, ValueRange v) -> Value {
                 Value zero = buildScalar(inner, element, 0);
                 Value difference = arith::SubFOp::create(inner, v[0], v[0]);
                 Value isFinite = arith::CmpFOp::create(
                     inner, arith::CmpFPredicate::OEQ, difference, zero);
                 return arith::SelectOp::create(inner, isFinite, v[0], zero);
               });
  Value grown = buildMap(b, getShape(r.x), element, {r.x, base},
                         [](LocBuilder &inner, ValueRange v) -> Value {
                           return math::ExpOp::create(
                               inner, arith::SubFOp::create(inner, v[0], v[1]));
                         });
  return buildMap(b, getShape(base), element,
                  {buildSum(b, grown, r.axes), base},
                  [](LocBuilder &inner, ValueRange v) -> Value {
                    return arith::AddFOp::create(
                        inner, math::LogOp::create(inner, v[0]), v[1]);
                  });
}

Value buildPlainSum(const Reduction &r) { return buildSum(r.b, r.x, r.axes); }
Value buildMax(const Reduction &r) { return buildMaximum(r.b, r.x, r.axes); }
Value buildMin(const Reduction &r) { return buildMinimum(r.b, r.x, r.axes); }

/// The axes, by attribute or by operand; all where none are given.
Expected<Sizes> getAxes(NodeImporter &n) {
  auto rank = int64_t(n.getShape(0).size());
  std::optional<Sizes> given = n.getInts("axes");
  if (n.has(1)) {
    Expected<Sizes> list = n.getKnownInts(1, "axes");
    if (!list)
      return list.takeError();
    given = *list;
  }
  bool isNoop = n.getInt("noop_with_empty_axes", 0);
  if (!given || given->empty())
    given = isNoop ? Sizes() : llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return normalizeAxes(n, *given, rank);
}

} // namespace

/// The shape without the dimensions of `axes`.
static Sizes dropAxes(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  Sizes kept;
  for (auto [axis, size] : llvm::enumerate(shape))
    if (!llvm::is_contained(axes, int64_t(axis)))
      kept.push_back(size);
  return kept;
}

Error keel::onnx::checkNotBatch(NodeImporter &n, ArrayRef<int64_t> axes) {
  for (int64_t axis : axes)
    if (ShapedType::isDynamic(n.getShape(0)[axis]))
      return n.fail("axis {0} is the batch, whose size is not known: fix it in "
                    "the file",
                    axis);
  return Error::success();
}

template <Build build, bool realOnly>
static Error importReduction(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("operand 0 is missing");
  DataType type = n.getType(0);
  if (type == DataType::u8 || type == DataType::boolean ||
      (realOnly && !n.isReal(0)))
    return n.fail("elements of {0} are not supported here", getName(type));
  bool keeps = n.getInt("keepdims", 1);
  Expected<Sizes> axes = getAxes(n);
  if (!axes)
    return axes.takeError();
  if (Error error = checkNotBatch(n, *axes))
    return error;
  Value result = build({n.b, n.getValue(0), *axes});
  if (!keeps)
    result = buildReshape(n.b, result, dropAxes(n.getShape(0), *axes));
  n.set(0, result, type);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// ArgMax, ArgMin
//===----------------------------------------------------------------------===//

Value keel::onnx::buildArgument(LocBuilder &b, Value x, int64_t axis,
                                bool isMax, bool isLast) {
  ArrayRef<int64_t> shape = getShape(x);
  auto rank = unsigned(shape.size());
  Sizes kept = dropAxes(shape, {axis}), whole(shape);
  whole[size_t(axis)] = 1;
  SmallVector<AffineExpr> exprs;
  for (unsigned i = 0; i < rank; ++i)
    if (int64_t(i) != axis)
      exprs.push_back(b.getAffineDimExpr(i));
  AffineMap map = AffineMap::get(rank, 0, exprs, b.getContext());
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[size_t(axis)] = utils::IteratorType::reduction;
  Type element = getElement(x), wide = b.getI64Type();
  Value best = buildFilled(b, kept, element, {x},
                           buildExtreme(b, element, /*isLeast=*/isMax));
  Value place = buildFilled(b, kept, wide, {x}, buildScalar(b, wide, 0));
  auto op = linalg::GenericOp::create(
      b, TypeRange{best.getType(), place.getType()}, ValueRange{x},
      ValueRange{best, place},
      ArrayRef<AffineMap>{b.getMultiDimIdentityMap(rank), map, map}, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange v) {
        LocBuilder inner(loc, nested);
        using F = arith::CmpFPredicate;
        using I = arith::CmpIPredicate;
        Value better;
        if (isa<FloatType>(element))
          better = arith::CmpFOp::create(inner,
                                         isMax ? (isLast ? F::OGE : F::OGT)
                                               : (isLast ? F::OLE : F::OLT),
                                         v[0], v[1]);
        else
          better = arith::CmpIOp::create(inner,
                                         isMax ? (isLast ? I::sge : I::sgt)
                                               : (isLast ? I::sle : I::slt),
                                         v[0], v[1]);
        Value index = arith::IndexCastOp::create(
            inner, wide, linalg::IndexOp::create(inner, axis));
        linalg::YieldOp::create(
            inner,
            ValueRange{arith::SelectOp::create(inner, better, v[0], v[1]),
                       arith::SelectOp::create(inner, better, index, v[2])});
      });
  return buildReshape(b, op.getResult(1), whole);
}

template <bool isMax> static Error importArgument(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("operand 0 is missing");
  if (n.getType(0) == DataType::u8 || n.getType(0) == DataType::boolean)
    return n.fail("elements of {0} are not supported here",
                  getName(n.getType(0)));
  Expected<int64_t> axis =
      normalizeAxis(n, n.getInt("axis", 0), int64_t(n.getShape(0).size()));
  if (!axis)
    return axis.takeError();
  if (Error error = checkNotBatch(n, {*axis}))
    return error;
  if (n.getShape(0)[*axis] == 0)
    return n.fail("axis {0} has no elements", *axis);
  bool keeps = n.getInt("keepdims", 1);
  bool isLast = n.getInt("select_last_index", 0);
  Value result = buildArgument(n.b, n.getValue(0), *axis, isMax, isLast);
  if (!keeps)
    result = buildReshape(n.b, result, dropAxes(n.getShape(0), {*axis}));
  n.set(0, result, DataType::i64);
  return Error::success();
}

void keel::onnx::addReductions(Handlers &handlers) {
  handlers["ReduceSum"] = importReduction<buildPlainSum, false>;
  handlers["ReduceProd"] = importReduction<buildProduct, false>;
  handlers["ReduceMax"] = importReduction<buildMax, false>;
  handlers["ReduceMin"] = importReduction<buildMin, false>;
  handlers["ReduceL1"] = importReduction<buildL1, false>;
  handlers["ReduceSumSquare"] = importReduction<buildSumSquare, false>;
  handlers["ReduceMean"] = importReduction<buildMean, true>;
  handlers["ReduceL2"] = importReduction<buildL2, true>;
  handlers["ReduceLogSum"] = importReduction<buildLogSum, true>;
  handlers["ReduceLogSumExp"] = importReduction<buildLogSumExp, true>;
  handlers["ArgMax"] = importArgument<true>;
  handlers["ArgMin"] = importArgument<false>;
}
