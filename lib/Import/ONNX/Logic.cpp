//===- Logic.cpp - Comparisons, logic, choices and casts ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Build.h"
#include "Families.h"
#include "Fold.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

template <arith::CmpFPredicate real, arith::CmpIPredicate whole>
static Error importComparison(NodeImporter &n) {
  if (n.getNumInputs() != 2 || !n.has(0) || !n.has(1))
    return n.fail("takes two operands, got {0}", n.getNumInputs());
  if (n.getType(0) != n.getType(1))
    return n.fail("operands must have one element type, got {0} and {1}",
                  getName(n.getType(0)), getName(n.getType(1)));
  bool isEquality = whole == arith::CmpIPredicate::eq;
  if (!isEquality &&
      (n.getType(0) == DataType::boolean || n.getType(0) == DataType::u8))
    return n.fail("elements of {0} are not supported here",
                  getName(n.getType(0)));
  Expected<BroadcastPair> pair = getPair(n);
  if (!pair)
    return pair.takeError();
  bool isReal = n.isReal(0);
  n.set(0,
        buildMap(n.b, pair->shape, n.b.getI1Type(), {pair->lhs, pair->rhs},
                 [&](LocBuilder &b, ValueRange x) -> Value {
                   if (isReal)
                     return arith::CmpFOp::create(b, real, x[0], x[1]);
                   return arith::CmpIOp::create(b, whole, x[0], x[1]);
                 }),
        DataType::boolean);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Logic
//===----------------------------------------------------------------------===//

template <typename OpTy> static Error importLogic(NodeImporter &n) {
  for (unsigned i = 0; i < n.getNumInputs(); ++i)
    if (!n.has(i) || n.getType(i) != DataType::boolean)
      return n.fail("operands must be of bool");
  Expected<BroadcastPair> pair = getPair(n);
  if (!pair)
    return pair.takeError();
  n.set(0,
        buildMap(n.b, pair->shape, n.b.getI1Type(), {pair->lhs, pair->rhs},
                 [](LocBuilder &b, ValueRange x) -> Value {
                   return OpTy::create(b, x[0], x[1]);
                 }),
        DataType::boolean);
  return Error::success();
}

static Error importNot(NodeImporter &n) {
  if (!n.has(0) || n.getType(0) != DataType::boolean)
    return n.fail("its operand must be of bool");
  n.set(0,
        buildMap(n.b, n.getShape(0), n.b.getI1Type(), {n.getValue(0)},
                 [](LocBuilder &b, ValueRange x) -> Value {
                   return arith::XOrIOp::create(
                       b, x[0], buildScalar(b, x[0].getType(), 1));
                 }),
        DataType::boolean);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Where, Cast
//===----------------------------------------------------------------------===//

static Error importWhere(NodeImporter &n) {
  for (unsigned i = 0; i < 3; ++i)
    if (!n.has(i))
      return n.fail("takes three operands");
  if (n.getType(0) != DataType::boolean || n.getType(1) != n.getType(2))
    return n.fail("takes a condition of bool and two operands of one type");
  std::optional<Sizes> shape =
      broadcast({n.getShape(0), n.getShape(1), n.getShape(2)});
  if (!shape)
    return n.fail("shapes {0}, {1} and {2} do not broadcast",
                  describe(n.getShape(0)), describe(n.getShape(1)),
                  describe(n.getShape(2)));
  n.set(0,
        buildMap(n.b, *shape, n.getElement(n.getType(1)),
                 {n.getValue(0), n.getValue(1), n.getValue(2)},
                 [](LocBuilder &b, ValueRange x) -> Value {
                   return arith::SelectOp::create(b, x[0], x[1], x[2]);
                 }),
        n.getType(1));
  return Error::success();
}

/// A few integers that are known, such as a shape, as int64.
static bool foldCast(NodeImporter &n, DataType type) {
  if (!areKnownAndSmall(n) || n.isReal(0) || type != DataType::i64)
    return false;
  const Tensor &tensor = *n.getConstant(0);
  Sizes values;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    values.push_back(tensor.getInt(i));
  n.setConstant(0, Tensor::fromInts(values, tensor.shape));
  return true;
}

static Error castTo(NodeImporter &n, DataType type) {
  if (getSize(type) == 0)
    return n.fail("elements of {0} are not supported: float, double, int32, "
                  "int64, uint8 and bool are",
                  getName(type));
  if (foldCast(n, type))
    return Error::success();
  Type element = n.getElement(type);
  bool isUnsigned = n.getType(0) == DataType::u8;
  Value x = n.getValue(0);
  if (n.getType(0) != type)
    x = buildMap(n.b, n.getShape(0), element, {x},
                 [&](LocBuilder &b, ValueRange v) {
                   return buildCast(b, v[0], element, isUnsigned);
                 });
  n.set(0, x, type);
  return Error::success();
}

static Error importCast(NodeImporter &n) {
  n.ignore("saturate"); // for types of 8 bits
  n.ignore("round_mode");
  if (!n.has(0))
    return n.fail("its operand is missing");
  const NodeAttribute *to = n.find("to");
  if (!to || to->kind != NodeAttribute::i)
    return n.fail("attribute 'to' must be an element type");
  return castTo(n, static_cast<DataType>(to->integer));
}

static Error importCastLike(NodeImporter &n) {
  n.ignore("saturate");
  n.ignore("round_mode");
  if (!n.has(0) || !n.has(1))
    return n.fail("takes two operands");
  return castTo(n, n.getType(1));
}

void keel::onnx::addLogic(Handlers &handlers) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  handlers["Equal"] = importComparison<F::OEQ, I::eq>;
  handlers["Greater"] = importComparison<F::OGT, I::sgt>;
  handlers["GreaterOrEqual"] = importComparison<F::OGE, I::sge>;
  handlers["Less"] = importComparison<F::OLT, I::slt>;
  handlers["LessOrEqual"] = importComparison<F::OLE, I::sle>;
  handlers["And"] = importLogic<arith::AndIOp>;
  handlers["Or"] = importLogic<arith::OrIOp>;
  handlers["Xor"] = importLogic<arith::XOrIOp>;
  handlers["Not"] = importNot;
  handlers["Where"] = importWhere;
  handlers["Cast"] = importCast;
  handlers["CastLike"] = importCastLike;
}
