//===- Arithmetic.cpp - Sums, differences, products and quotients ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What has an adjoint is preferred: Keel's ops, then those of arith and math on
// whole tensors. The rest becomes linalg.

#include "Arithmetic.h"
#include "Build.h"
#include "Families.h"
#include "Fold.h"
#include "NormPattern.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Operands of two
//===----------------------------------------------------------------------===//

Error keel::onnx::checkArithmetic(NodeImporter &n) {
  for (unsigned i = 0; i < n.getNumInputs(); ++i) {
    if (!n.has(i))
      return n.fail("operand {0} is missing", i);
    if (n.getType(i) == DataType::u8 || n.getType(i) == DataType::boolean)
      return n.fail("elements of {0} are not supported here",
                    getName(n.getType(i)));
    if (n.getType(i) != n.getType(0))
      return n.fail("operands must have one element type, got {0} and {1}",
                    getName(n.getType(0)), getName(n.getType(i)));
  }
  return Error::success();
}

/// Before operator set 7 the second operand's dimensions are those of the first
/// one from `axis` on, and `broadcast` has to allow it.
static Error alignLegacy(NodeImporter &n, Value lhs, Value &rhs) {
  int64_t isAllowed = n.getInt("broadcast", 0);
  int64_t rank = getTensorType(lhs).getRank();
  int64_t own = getTensorType(rhs).getRank();
  const NodeAttribute *given = n.find("axis");
  if (!isAllowed && getShape(lhs) != getShape(rhs))
    return n.fail("operands must have one shape, got {0} and {1}",
                  describe(getShape(lhs)), describe(getShape(rhs)));
  if (!given || own == 0)
    return Error::success();
  Expected<int64_t> axis = normalizeAxis(n, n.getInt("axis", 0), rank);
  if (!axis)
    return axis.takeError();
  if (*axis + own > rank)
    return n.fail("axis {0} leaves no room for {1} dimensions of {2}", *axis,
                  own, rank);
  Sizes shape(getShape(rhs));
  shape.append(size_t(rank - *axis - own), 1);
  rhs = buildReshape(n.b, rhs, shape);
  return Error::success();
}

/// Whether trailing dimensions are matched, as operator set 7 has it.
static bool broadcastsFromTheEnd(NodeImporter &n) {
  if (n.opset >= 7)
    return true;
  int64_t left = int64_t(n.getShape(0).size() - n.getShape(1).size());
  return n.getInt("broadcast", 0) && n.getInt("axis", left) == left;
}

Expected<BroadcastPair> keel::onnx::getPair(NodeImporter &n) {
  if (n.getNumInputs() != 2 || !n.has(0) || !n.has(1))
    return n.fail("takes two operands, got {0}", n.getNumInputs());
  BroadcastPair pair{n.getTrained(0), n.getTrained(1), {}};
  if (n.opset < 7)
    if (Error error = alignLegacy(n, pair.lhs, pair.rhs))
      return std::move(error);
  std::optional<Sizes> shape =
      broadcast({getShape(pair.lhs), getShape(pair.rhs)});
  if (!shape)
    return n.fail("shapes {0} and {1} do not broadcast",
                  describe(getShape(pair.lhs)), describe(getShape(pair.rhs)));
  pair.shape = *shape;
  return pair;
}

std::optional<double> keel::onnx::getNumber(NodeImporter &n, unsigned index) {
  const Tensor *tensor = n.getConstant(index);
  if (!tensor || tensor->getNumElements() != 1)
    return std::nullopt;
  return tensor->getReal(0);
}

//===----------------------------------------------------------------------===//
// Add, Sub, Mul, Div
//===----------------------------------------------------------------------===//

namespace {

enum class Kind { add, sub, mul, div };

/// `value` in each element of a sample of x.
Value buildPerSample(LocBuilder &b, Value x, double value) {
  auto type = RankedTensorType::get(getShape(x).drop_front(), getElement(x));
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, cast<Attribute>(b.getFloatAttr(getElement(x), value))));
}

/// x op number, or number op x, by ops that have an adjoint. Null where there
/// is none.
Value buildWithNumber(LocBuilder &b, Kind kind, Value x, double number,
                      bool isLeft) {
  auto scale = [&](Value y, double factor) -> Value {
    return MulOp::create(b, y.getType(), y, buildPerSample(b, y, factor));
  };
  auto shift = [&](Value y, double by) -> Value {
    return AddOp::create(b, y.getType(), y, buildPerSample(b, y, by));
  };
  switch (kind) {
  case Kind::add:
    return shift(x, number);
  case Kind::sub:
    return isLeft ? shift(scale(x, -1.0), number) : shift(x, -number);
  case Kind::mul:
    return scale(x, number);
  case Kind::div:
    if (isLeft)
      return arith::DivFOp::create(b, buildSplat(b, x, number), x);
    return number == 0.0 ? Value() : scale(x, 1.0 / number);
  }
  llvm_unreachable("all kinds are handled");
}

/// x op p, p one value an element of a sample: a parameter, if it is known.
/// Null where they do not fit.
Value buildWithSample(NodeImporter &n, Kind kind, unsigned x, unsigned p) {
  ArrayRef<int64_t> shape = n.getShape(x), own = n.getShape(p);
  bool isRow = own.size() == shape.size() && !own.empty() && own.front() == 1;
  if (n.isParam(p) && isRow)
    own = own.drop_front();
  if (shape.size() != 2 || own != shape.drop_front() || kind == Kind::div ||
      (kind == Kind::sub && x == 1))
    return {};
  Value value = n.getValue(x);
  Value param = n.isParam(p) ? n.getParam(p, Form::flat) : n.getValue(p);
  Type type = value.getType();
  if (kind == Kind::add)
    return AddOp::create(n.b, type, value, param);
  if (kind == Kind::sub)
    return SubOp::create(n.b, type, value, param);
  return MulOp::create(n.b, type, value, param);
}

/// A bias that follows a product is the dense layer's.
Value buildBias(NodeImporter &n, unsigned x, unsigned p) {
  auto dense = dyn_cast_or_null<DenseOp>(n.getDefiningOp(x));
  if (!dense || dense.getBias() || !n.isParam(p) || !n.isOnlyUse(x))
    return {};
  int64_t features = dense.getType().getDimSize(1);
  ArrayRef<int64_t> own = n.getShape(p);
  if (own.empty() || own.size() > 2 || own.back() != features ||
      n.getConstant(p)->getNumElements() != features)
    return {};
  Value bias = n.getParam(p, Form::flat);
  return DenseOp::create(n.b, dense.getInput(), dense.getWeight(), bias);
}

Value buildSame(LocBuilder &b, Kind kind, Value x, Value y) {
  Type type = x.getType();
  switch (kind) {
  case Kind::add:
    return AddOp::create(b, type, x, y);
  case Kind::sub:
    return SubOp::create(b, type, x, y);
  case Kind::mul:
    return MulOp::create(b, type, x, y);
  case Kind::div:
    return arith::DivFOp::create(b, x, y);
  }
  llvm_unreachable("all kinds are handled");
}

Value buildElement(LocBuilder &b, Kind kind, Value x, Value y) {
  bool isReal = isa<FloatType>(x.getType());
  switch (kind) {
  case Kind::add:
    return isReal ? arith::AddFOp::create(b, x, y).getResult()
                  : arith::AddIOp::create(b, x, y);
  case Kind::sub:
    return isReal ? arith::SubFOp::create(b, x, y).getResult()
                  : arith::SubIOp::create(b, x, y);
  case Kind::mul:
    return isReal ? arith::MulFOp::create(b, x, y).getResult()
                  : arith::MulIOp::create(b, x, y);
  case Kind::div:
    return isReal ? arith::DivFOp::create(b, x, y).getResult()
                  : buildIntegerDivision(b, x, y);
  }
  llvm_unreachable("all kinds are handled");
}

/// By ops that can be trained through, null where there are none.
Value buildTrainable(NodeImporter &n, Kind kind) {
  Value norm = kind == Kind::add   ? buildNormShift(n)
               : kind == Kind::mul ? buildNormScale(n)
                                   : Value();
  if (!norm && (kind == Kind::mul || kind == Kind::div))
    norm = buildNormOfParts(n);
  if (norm)
    return norm;
  for (unsigned p : {1u, 0u}) {
    unsigned x = 1 - p;
    ArrayRef<int64_t> shape = n.getShape(x);
    std::optional<double> number = getNumber(n, p);
    if (number && !shape.empty() && n.getShape(p).size() <= shape.size() &&
        !getNumber(n, x))
      return buildWithNumber(n.b, kind, n.getValue(x), *number, p == 0);
    if (kind == Kind::add)
      if (Value value = buildBias(n, x, p))
        return value;
    if (Value value = buildWithSample(n, kind, x, p))
      return value;
  }
  return {};
}

template <Kind kind> Error importArithmetic(NodeImporter &n) {
  if (n.getNumInputs() != 2)
    return n.fail("takes two operands, got {0}", n.getNumInputs());
  if (Error error = checkArithmetic(n))
    return error;
  if (foldIntegers(n))
    return Error::success();
  DataType type = n.getType(0);
  if (n.isReal(0) && broadcastsFromTheEnd(n))
    if (Value value = buildTrainable(n, kind))
      return n.set(0, value, type), Error::success();
  Expected<BroadcastPair> pair = getPair(n);
  if (!pair)
    return pair.takeError();
  if (n.isReal(0) && pair->lhs.getType() == pair->rhs.getType())
    return n.set(0, buildSame(n.b, kind, pair->lhs, pair->rhs), type),
           Error::success();
  n.set(0,
        buildMap(n.b, pair->shape, n.getElement(type), {pair->lhs, pair->rhs},
                 [](LocBuilder &b, ValueRange x) {
                   return buildElement(b, kind, x[0], x[1]);
                 }),
        type);
  return Error::success();
}

} // namespace

/// The quotient, rounded to 0; where the processor would trap it is 0, and of
/// the least integer by -1 it is that integer.
Value keel::onnx::buildIntegerDivision(LocBuilder &b, Value x, Value y) {
  Type type = x.getType();
  Value zero = buildScalar(b, type, 0), one = buildScalar(b, type, 1);
  auto is = [&](Value value, double number) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, value,
                                 buildScalar(b, type, number));
  };
  Value isZero = is(y, 0), isMinusOne = is(y, -1);
  Value unsafe = arith::OrIOp::create(b, isZero, isMinusOne);
  Value divisor = arith::SelectOp::create(b, unsafe, one, y);
  Value quotient = arith::DivSIOp::create(b, x, divisor);
  Value negative = arith::SubIOp::create(b, zero, x);
  quotient = arith::SelectOp::create(b, isMinusOne, negative, quotient);
  return arith::SelectOp::create(b, isZero, zero, quotient);
}

void keel::onnx::addArithmetic(Handlers &handlers) {
  handlers["Add"] = importArithmetic<Kind::add>;
  handlers["Sub"] = importArithmetic<Kind::sub>;
  handlers["Mul"] = importArithmetic<Kind::mul>;
  handlers["Div"] = importArithmetic<Kind::div>;
}
