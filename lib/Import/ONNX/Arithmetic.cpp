//===- Arithmetic.cpp - Sums, products and functions by element -----------===//
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
#include "mlir/Dialect/Math/IR/Math.h"

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
  BroadcastPair pair{n.getValue(0), n.getValue(1), {}};
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

//===----------------------------------------------------------------------===//
// Add, Sub, Mul, Div
//===----------------------------------------------------------------------===//

namespace {

enum class Kind { add, sub, mul, div };

/// The one number that an operand is, if it is a known one.
std::optional<double> getNumber(NodeImporter &n, unsigned index) {
  const Tensor *tensor = n.getConstant(index);
  if (!tensor || tensor->getNumElements() != 1)
    return std::nullopt;
  return tensor->getReal(0);
}

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

/// x op p, p one value an element of a sample: a parameter, if it is known. Null
/// where they do not fit.
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
  auto dense = n.getOperand(x).value
                   ? n.getOperand(x).value.getDefiningOp<DenseOp>()
                   : DenseOp();
  if (!dense || dense.getBias() || !n.isParam(p) || !n.isOnlyUse(x))
    return {};
  int64_t features = dense.getType().getDimSize(1);
  ArrayRef<int64_t> own = n.getShape(p);
  if (own.empty() || own.size() > 2 || own.back() != features ||
      n.getConstant(p)->getNumElements() != features)
    return {};
  Value bias = n.getParam(p, Form::flat);
  Value result =
      DenseOp::create(n.b, dense.getInput(), dense.getWeight(), bias);
  n.getOperand(x).value = {};
  dense.erase();
  return result;
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

//===----------------------------------------------------------------------===//
// Functions of one
//===----------------------------------------------------------------------===//

static Error checkReal(NodeImporter &n) {
  if (n.getNumInputs() != 1 || !n.has(0))
    return n.fail("takes one operand, got {0}", n.getNumInputs());
  if (!n.isReal(0))
    return n.fail("elements of {0} are not supported here, float and double "
                  "are",
                  getName(n.getType(0)));
  return Error::success();
}

/// An op of math on the whole tensor.
template <typename OpTy> static Error importFunction(NodeImporter &n) {
  n.ignore("consumed_inputs");
  if (Error error = checkReal(n))
    return error;
  n.set(0, OpTy::create(n.b, n.getValue(0)), n.getType(0));
  return Error::success();
}

static Error importReciprocal(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  Value x = n.getValue(0);
  n.set(0, arith::DivFOp::create(n.b, buildSplat(n.b, x, 1), x), n.getType(0));
  return Error::success();
}

/// An operand of a real or an integer type, by element.
static Error importSigned(NodeImporter &n, Body real, Body integer) {
  if (n.getNumInputs() != 1)
    return n.fail("takes one operand, got {0}", n.getNumInputs());
  if (Error error = checkArithmetic(n))
    return error;
  Value x = n.getValue(0);
  n.set(0,
        buildMap(n.b, n.getShape(0), getElement(x), {x},
                 n.isReal(0) ? real : integer),
        n.getType(0));
  return Error::success();
}

static Error importAbs(NodeImporter &n) {
  if (n.getNumInputs() == 1 && n.has(0) && n.isReal(0))
    return importFunction<math::AbsFOp>(n);
  return importSigned(n, nullptr, [](LocBuilder &b, ValueRange x) -> Value {
    Value zero = buildScalar(b, x[0].getType(), 0);
    Value negative = arith::SubIOp::create(b, zero, x[0]);
    return arith::MaxSIOp::create(b, x[0], negative);
  });
}

static Error importNeg(NodeImporter &n) {
  if (n.getNumInputs() == 1 && n.has(0) && n.isReal(0))
    return importFunction<arith::NegFOp>(n);
  return importSigned(n, nullptr, [](LocBuilder &b, ValueRange x) -> Value {
    return arith::SubIOp::create(b, buildScalar(b, x[0].getType(), 0), x[0]);
  });
}

static Error importSign(NodeImporter &n) {
  return importSigned(
      n,
      [](LocBuilder &b, ValueRange x) -> Value {
        Type type = x[0].getType();
        auto is = [&](arith::CmpFPredicate predicate, double yes, Value no) {
          Value zero = buildScalar(b, type, 0);
          Value holds = arith::CmpFOp::create(b, predicate, x[0], zero);
          return arith::SelectOp::create(b, holds, buildScalar(b, type, yes),
                                         no);
        };
        // What is neither is 0 or NaN itself.
        Value rest = is(arith::CmpFPredicate::OLT, -1, x[0]);
        return is(arith::CmpFPredicate::OGT, 1, rest);
      },
      [](LocBuilder &b, ValueRange x) -> Value {
        Type type = x[0].getType();
        Value one = buildScalar(b, type, 1), least = buildScalar(b, type, -1);
        return arith::MaxSIOp::create(
            b, arith::MinSIOp::create(b, x[0], one), least);
      });
}

//===----------------------------------------------------------------------===//
// Pow
//===----------------------------------------------------------------------===//

/// x^p in the type of x; integers by way of double.
static Value buildPower(LocBuilder &b, Value x, Value p) {
  Type type = x.getType();
  Type wide = isa<FloatType>(type) ? type : Type(b.getF64Type());
  Value power = math::PowFOp::create(b, buildCast(b, x, wide, false),
                                     buildCast(b, p, wide, false));
  return buildCast(b, power, type, false);
}

static Error importPow(NodeImporter &n) {
  if (n.getNumInputs() != 2 || !n.has(0) || !n.has(1))
    return n.fail("takes two operands, got {0}", n.getNumInputs());
  for (unsigned i : {0u, 1u})
    if (n.getType(i) == DataType::u8 || n.getType(i) == DataType::boolean)
      return n.fail("elements of {0} are not supported here",
                    getName(n.getType(i)));
  DataType type = n.getType(0);
  if (n.isReal(0) && n.getShape(1).size() <= n.getShape(0).size())
    if (std::optional<double> number = getNumber(n, 1); number == 2.0) {
      Value x = n.getValue(0);
      return n.set(0, MulOp::create(n.b, x.getType(), x, x), type),
             Error::success();
    }
  Expected<BroadcastPair> pair = getPair(n);
  if (!pair)
    return pair.takeError();
  if (n.isReal(0) && pair->lhs.getType() == pair->rhs.getType())
    return n.set(0, math::PowFOp::create(n.b, pair->lhs, pair->rhs), type),
           Error::success();
  n.set(0,
        buildMap(n.b, pair->shape, n.getElement(type), {pair->lhs, pair->rhs},
                 [](LocBuilder &b, ValueRange x) {
                   return buildPower(b, x[0], x[1]);
                 }),
        type);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Sum, Mean, Max, Min
//===----------------------------------------------------------------------===//

/// All operands broadcast together and folded from the left.
static Error importVariadic(NodeImporter &n, bool isMean, Body fold) {
  if (n.getNumInputs() == 0)
    return n.fail("takes at least one operand");
  if (Error error = checkArithmetic(n))
    return error;
  if (isMean && !n.isReal(0))
    return n.fail("elements of {0} are not supported here, float and double "
                  "are",
                  getName(n.getType(0)));
  SmallVector<Value> values;
  SmallVector<ArrayRef<int64_t>> shapes;
  for (unsigned i = 0; i < n.getNumInputs(); ++i) {
    values.push_back(n.getValue(i));
    shapes.push_back(n.getShape(i));
  }
  std::optional<Sizes> shape = broadcast(shapes);
  if (!shape)
    return n.fail("its operands' shapes do not broadcast");
  Type element = getElement(values.front());
  Value result = buildMap(
      n.b, *shape, element, values, [&](LocBuilder &b, ValueRange x) {
        Value all = x.front();
        for (Value value : x.drop_front())
          all = fold(b, {all, value});
        if (!isMean)
          return all;
        Value count = buildScalar(b, element, double(x.size()));
        return arith::DivFOp::create(b, all, count).getResult();
      });
  n.set(0, result, n.getType(0));
  return Error::success();
}

static Value buildAddition(LocBuilder &b, ValueRange x) {
  return buildElement(b, Kind::add, x[0], x[1]);
}

static Value buildMaximum(LocBuilder &b, ValueRange x) {
  if (isa<FloatType>(x[0].getType()))
    return arith::MaximumFOp::create(b, x[0], x[1]);
  return arith::MaxSIOp::create(b, x[0], x[1]);
}

static Value buildMinimum(LocBuilder &b, ValueRange x) {
  if (isa<FloatType>(x[0].getType()))
    return arith::MinimumFOp::create(b, x[0], x[1]);
  return arith::MinSIOp::create(b, x[0], x[1]);
}

/// Two reals of one type by an op that has an adjoint.
template <typename OpTy>
static Error importSelection(NodeImporter &n, Body fold) {
  bool isPlain = n.getNumInputs() == 2 && n.has(0) && n.has(1) && n.isReal(0) &&
                 n.getType(0) == n.getType(1) && n.getShape(0) == n.getShape(1);
  if (!isPlain)
    return importVariadic(n, /*isMean=*/false, fold);
  n.set(0, OpTy::create(n.b, n.getValue(0), n.getValue(1)), n.getType(0));
  return Error::success();
}

static Error importMax(NodeImporter &n) {
  return importSelection<arith::MaximumFOp>(n, buildMaximum);
}
static Error importMin(NodeImporter &n) {
  return importSelection<arith::MinimumFOp>(n, buildMinimum);
}
static Error importSum(NodeImporter &n) {
  return importVariadic(n, /*isMean=*/false, buildAddition);
}
static Error importMean(NodeImporter &n) {
  return importVariadic(n, /*isMean=*/true, buildAddition);
}

//===----------------------------------------------------------------------===//
// Clip
//===----------------------------------------------------------------------===//

/// By ops that have an adjoint, where the bounds are known numbers.
static Value buildTrainableClip(NodeImporter &n, std::optional<double> low,
                                std::optional<double> high) {
  for (unsigned i : {1u, 2u})
    if (n.has(i) && !getNumber(n, i))
      return {};
  Value result = n.getValue(0);
  if (n.has(1))
    low = getNumber(n, 1);
  if (n.has(2))
    high = getNumber(n, 2);
  if (low)
    result = arith::MaximumFOp::create(n.b, result, buildSplat(n.b, result, *low));
  if (high)
    result = arith::MinimumFOp::create(n.b, result, buildSplat(n.b, result, *high));
  return result;
}

/// min(max(x, low), high): where they cross it is the upper bound.
static Error importClip(NodeImporter &n) {
  if (!n.has(0))
    return n.fail("operand 0 is missing");
  DataType type = n.getType(0);
  if (type == DataType::u8 || type == DataType::boolean)
    return n.fail("elements of {0} are not supported here", getName(type));
  std::optional<double> low, high;
  if (n.opset < 11) {
    low = n.getReal("min", -3.4028234663852886e38);
    high = n.getReal("max", 3.4028234663852886e38);
  }
  for (unsigned i : {1u, 2u})
    if (n.has(i) && (n.getType(i) != type || !n.getShape(i).empty()))
      return n.fail("bounds must be scalars of {0}", getName(type));
  if (n.isReal(0))
    if (Value value = buildTrainableClip(n, low, high))
      return n.set(0, value, type), Error::success();
  SmallVector<Value> values = {n.getValue(0)};
  for (unsigned i : {1u, 2u})
    if (n.has(i))
      values.push_back(n.getValue(i));
  n.set(0,
        buildMap(n.b, n.getShape(0), n.getElement(type), values,
                 [&](LocBuilder &b, ValueRange x) {
                   Value result = x[0];
                   auto bound = [&](unsigned input, std::optional<double> given)
                       -> Value {
                     if (given)
                       return buildScalar(b, result.getType(), *given);
                     if (!n.has(input))
                       return {};
                     return input == 2 && !n.has(1) ? x[1] : x[input];
                   };
                   if (Value lower = bound(1, low))
                     result = buildMaximum(b, {result, lower});
                   if (Value upper = bound(2, high))
                     result = buildMinimum(b, {result, upper});
                   return result;
                 }),
        type);
  return Error::success();
}

void keel::onnx::addArithmetic(Handlers &handlers) {
  handlers["Add"] = importArithmetic<Kind::add>;
  handlers["Sub"] = importArithmetic<Kind::sub>;
  handlers["Mul"] = importArithmetic<Kind::mul>;
  handlers["Div"] = importArithmetic<Kind::div>;
  handlers["Pow"] = importPow;
  handlers["Abs"] = importAbs;
  handlers["Neg"] = importNeg;
  handlers["Sign"] = importSign;
  handlers["Reciprocal"] = importReciprocal;
  handlers["Exp"] = importFunction<math::ExpOp>;
  handlers["Log"] = importFunction<math::LogOp>;
  handlers["Sqrt"] = importFunction<math::SqrtOp>;
  handlers["Erf"] = importFunction<math::ErfOp>;
  handlers["Sin"] = importFunction<math::SinOp>;
  handlers["Cos"] = importFunction<math::CosOp>;
  handlers["Floor"] = importFunction<math::FloorOp>;
  handlers["Ceil"] = importFunction<math::CeilOp>;
  handlers["Sum"] = importSum;
  handlers["Mean"] = importMean;
  handlers["Max"] = importMax;
  handlers["Min"] = importMin;
  handlers["Clip"] = importClip;
}
