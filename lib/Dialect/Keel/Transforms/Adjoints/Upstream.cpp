//===- Upstream.cpp - Adjoints of arith and math ops ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/UpstreamAdjoints.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <numbers>

using namespace mlir;
using namespace keel;

namespace {

using LocBuilder = ImplicitLocOpBuilder;
using Values = MutableArrayRef<Value>;

Value add(LocBuilder &b, Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}
Value mul(LocBuilder &b, Value x, Value y) {
  return arith::MulFOp::create(b, x, y);
}
Value div(LocBuilder &b, Value x, Value y) {
  return arith::DivFOp::create(b, x, y);
}
Value neg(LocBuilder &b, Value x) { return arith::NegFOp::create(b, x); }

Value constant(LocBuilder &b, Type type, double value) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}

/// `x` compared with `y`, and where it holds `yes`, else `no`.
Value choose(LocBuilder &b, arith::CmpFPredicate predicate, Value x, Value y,
             Value yes, Value no) {
  Value holds = arith::CmpFOp::create(b, predicate, x, y);
  return arith::SelectOp::create(b, holds, yes, no);
}

/// A tensor whose elements `body` computes from those of `inputs`, which have
/// one type. Where a constant is needed: one of a dynamic type has no op. Of
/// scalars what `body` computes from them.
Value buildMap(LocBuilder &b, ValueRange inputs,
               function_ref<Value(LocBuilder &, ValueRange)> body) {
  auto type = dyn_cast<RankedTensorType>(inputs.front().getType());
  if (!type)
    return body(b, inputs);
  SmallVector<AffineMap> maps(inputs.size() + 1,
                              b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), inputs.front()),
      type.getElementType());
  auto op = linalg::GenericOp::create(
      b, type, inputs, empty, maps, loops,
      [&](OpBuilder &nested, Location loc, ValueRange scalars) {
        LocBuilder inner(loc, nested);
        linalg::YieldOp::create(inner, body(inner, scalars.drop_back()));
      });
  return op.getResult(0);
}

void adjoint(arith::AddFOp, LocBuilder &, Value dy, Values dx) {
  dx[0] = dx[1] = dy;
}

void adjoint(arith::SubFOp, LocBuilder &b, Value dy, Values dx) {
  dx[0] = dy;
  dx[1] = neg(b, dy);
}

// da = dy b, db = dy a.
void adjoint(arith::MulFOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = mul(b, dy, op.getRhs());
  dx[1] = mul(b, dy, op.getLhs());
}

// y = a / b: da = dy / b, db = -dy y / b.
void adjoint(arith::DivFOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = div(b, dy, op.getRhs());
  dx[1] = neg(b, mul(b, dx[0], op.getResult()));
}

void adjoint(arith::NegFOp, LocBuilder &b, Value dy, Values dx) {
  dx[0] = neg(b, dy);
}

/// dy for the operand that is the result, 0 for the other: `keepsRhs` holds
/// where that is the right one, `keepsLhs` where it is the left one. Both get
/// dy where an operand is NaN, and so the result.
void buildSelection(LocBuilder &b, Value dy, Value lhs, Value rhs,
                    arith::CmpFPredicate keepsLhs,
                    arith::CmpFPredicate keepsRhs, Values dx) {
  auto keepUnless = [&](arith::CmpFPredicate dropped) {
    return buildMap(b, {dy, lhs, rhs}, [=](LocBuilder &b, ValueRange x) {
      Value zero = constant(b, x[0].getType(), 0.0);
      return choose(b, dropped, x[1], x[2], zero, x[0]);
    });
  };
  dx[0] = keepUnless(keepsRhs);
  dx[1] = keepUnless(keepsLhs);
}

// Of equal operands the right one has the gradient: max(x, 0) then has the
// derivative 0 at 0, as keel.relu.
void adjoint(arith::MaximumFOp op, LocBuilder &b, Value dy, Values dx) {
  buildSelection(b, dy, op.getLhs(), op.getRhs(), arith::CmpFPredicate::OGT,
                 arith::CmpFPredicate::OLE, dx);
}

void adjoint(arith::MinimumFOp op, LocBuilder &b, Value dy, Values dx) {
  buildSelection(b, dy, op.getLhs(), op.getRhs(), arith::CmpFPredicate::OLT,
                 arith::CmpFPredicate::OGE, dx);
}

// dy for the operand that is taken, 0 for the other.
void adjoint(arith::SelectOp op, LocBuilder &b, Value dy, Values dx) {
  Value condition = op.getCondition();
  bool isByElement = isa<RankedTensorType>(condition.getType());
  auto keepWhere = [&](bool holds) {
    SmallVector<Value> inputs = {dy};
    if (isByElement)
      inputs.push_back(condition);
    return buildMap(b, inputs, [=](LocBuilder &b, ValueRange x) -> Value {
      Value zero = constant(b, x[0].getType(), 0.0);
      return arith::SelectOp::create(b, isByElement ? x[1] : condition,
                                     holds ? x[0] : zero, holds ? zero : x[0]);
    });
  };
  dx[1] = keepWhere(true);
  dx[2] = keepWhere(false);
}

// dx = dy where x > 0, -dy where x < 0, 0 at 0; a NaN in x stays one.
void adjoint(math::AbsFOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = buildMap(b, {dy, op.getOperand()}, [](LocBuilder &b, ValueRange x) {
    Value zero = constant(b, x[0].getType(), 0.0);
    // What is neither below nor above 0 is 0 or NaN itself.
    Value rest =
        choose(b, arith::CmpFPredicate::OLT, x[1], zero, neg(b, x[0]), x[1]);
    return choose(b, arith::CmpFPredicate::OGT, x[1], zero, x[0], rest);
  });
}

void adjoint(math::CosOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = neg(b, mul(b, dy, math::SinOp::create(b, op.getOperand())));
}

void adjoint(math::SinOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = mul(b, dy, math::CosOp::create(b, op.getOperand()));
}

// y' = 2 / sqrt(pi) exp(-x^2).
void adjoint(math::ErfOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = buildMap(b, {dy, op.getOperand()}, [](LocBuilder &b, ValueRange x) {
    Value bell = math::ExpOp::create(b, neg(b, mul(b, x[1], x[1])));
    Value factor = constant(b, x[0].getType(), 2.0 * std::numbers::inv_sqrtpi);
    return mul(b, x[0], mul(b, factor, bell));
  });
}

void adjoint(math::ExpOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = mul(b, dy, op.getResult());
}

void adjoint(math::LogOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = div(b, dy, op.getOperand());
}

// y = x^p: dx = dy p x^(p-1), 0 where p is 0; dp = dy y log x, 0 where x is 0
// and p is not negative, which is the limit for p > 0.
void adjoint(math::PowFOp op, LocBuilder &b, Value dy, Values dx) {
  Value base = op.getLhs(), power = op.getRhs();
  dx[0] = buildMap(b, {dy, base, power}, [](LocBuilder &b, ValueRange x) {
    Value zero = constant(b, x[0].getType(), 0.0);
    Value less = add(b, x[2], constant(b, x[0].getType(), -1.0));
    Value slope = mul(b, x[2], math::PowFOp::create(b, x[1], less));
    return choose(b, arith::CmpFPredicate::OEQ, x[2], zero, zero,
                  mul(b, x[0], slope));
  });
  dx[1] = buildMap(
      b, {dy, base, power, op.getResult()},
      [](LocBuilder &b, ValueRange x) -> Value {
        Value zero = constant(b, x[0].getType(), 0.0);
        Value slope = mul(b, x[3], math::LogOp::create(b, x[1]));
        Value grown = mul(b, x[0], slope);
        Value atZero =
            choose(b, arith::CmpFPredicate::OGE, x[2], zero, zero, grown);
        return choose(b, arith::CmpFPredicate::OEQ, x[1], zero, atZero, grown);
      });
}

// y = x^(-1/2): dx = -dy y / (2 x).
void adjoint(math::RsqrtOp op, LocBuilder &b, Value dy, Values dx) {
  Value x = op.getOperand();
  dx[0] = neg(b, div(b, mul(b, dy, op.getResult()), add(b, x, x)));
}

// dx = dy / (2 y).
void adjoint(math::SqrtOp op, LocBuilder &b, Value dy, Values dx) {
  dx[0] = div(b, dy, add(b, op.getResult(), op.getResult()));
}

// dx = dy (1 - y^2), of tensors by Keel's own op.
void adjoint(math::TanhOp op, LocBuilder &b, Value dy, Values dx) {
  Value y = op.getResult();
  if (isa<FloatType>(dy.getType())) {
    Value one = constant(b, dy.getType(), 1.0);
    Value slope = arith::SubFOp::create(b, one, mul(b, y, y));
    dx[0] = mul(b, dy, slope);
    return;
  }
  dx[0] = TanhGradOp::create(b, dy.getType(), dy, op.getResult());
}

template <typename OpTy>
struct UpstreamAdjoint
    : DifferentiableOpInterface::ExternalModel<UpstreamAdjoint<OpTy>, OpTy> {
  LogicalResult buildAdjoint(Operation *op, OpBuilder &builder,
                             ValueRange cotangents,
                             MutableArrayRef<Value> operandCotangents) const {
    Type type = op->getResult(0).getType();
    Type element = getElementTypeOrSelf(type);
    if (!isa<RankedTensorType, FloatType>(type) ||
        !(element.isF32() || element.isF64()))
      return op->emitOpError()
             << "has an adjoint on tensors of f32 or f64 values, got " << type;
    LocBuilder b(op->getLoc(), builder);
    adjoint(cast<OpTy>(op), b, cotangents.front(), operandCotangents);
    return success();
  }
};

template <typename... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<UpstreamAdjoint<Ops>>(*context), ...);
}

} // namespace

void keel::registerUpstreamAdjoints(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attach<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
           arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp,
           arith::SelectOp>(context);
  });
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attach<math::AbsFOp, math::CosOp, math::ErfOp, math::ExpOp, math::LogOp,
           math::PowFOp, math::RsqrtOp, math::SinOp, math::SqrtOp,
           math::TanhOp>(context);
  });
}
