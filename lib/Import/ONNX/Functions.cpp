//===- Functions.cpp - Functions by element -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Build.h"
#include "Families.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

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
        return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, x[0], one),
                                      least);
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
  Value result =
      buildMap(n.b, *shape, element, values, [&](LocBuilder &b, ValueRange x) {
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
  if (isa<FloatType>(x[0].getType()))
    return arith::AddFOp::create(b, x[0], x[1]);
  return arith::AddIOp::create(b, x[0], x[1]);
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

/// Two reals of one type, or one and a number, by an op that has an adjoint.
template <typename OpTy>
static Error importSelection(NodeImporter &n, Body fold) {
  bool isPair = n.getNumInputs() == 2 && n.has(0) && n.has(1) && n.isReal(0) &&
                n.getType(0) == n.getType(1);
  DataType type = isPair ? n.getType(0) : DataType::undefined;
  for (unsigned p : {1u, 0u}) {
    if (!isPair || n.getShape(p).size() > n.getShape(1 - p).size())
      continue;
    std::optional<double> number = getNumber(n, p);
    if (!number || getNumber(n, 1 - p))
      continue;
    Value x = n.getValue(1 - p);
    n.set(0, OpTy::create(n.b, x, buildSplat(n.b, x, *number)), type);
    return Error::success();
  }
  if (!isPair || n.getShape(0) != n.getShape(1))
    return importVariadic(n, /*isMean=*/false, fold);
  n.set(0, OpTy::create(n.b, n.getValue(0), n.getValue(1)), type);
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
    result =
        arith::MaximumFOp::create(n.b, result, buildSplat(n.b, result, *low));
  if (high)
    result =
        arith::MinimumFOp::create(n.b, result, buildSplat(n.b, result, *high));
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
                   auto bound = [&](unsigned input,
                                    std::optional<double> given) -> Value {
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

void keel::onnx::addFunctions(Handlers &handlers) {
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
