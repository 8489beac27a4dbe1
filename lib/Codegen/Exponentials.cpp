//===- Exponentials.cpp - exp and expm1 in single precision ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exponentials.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include <limits>

using namespace mlir;
using namespace keel;

namespace {

/// x = n ln 2 + r with |r| <= ln 2 / 2.
struct Reduced {
  Value count; ///< n + kMagic, whose low bits are those of the integer n
  Value rest;  ///< r
};

/// Builds single-precision arithmetic of one shape.
class Exponential {
public:
  Exponential(OpBuilder &builder, Location loc, Type type)
      : b(loc, builder), type(type) {
    integer = b.getI32Type();
    if (auto shaped = dyn_cast<ShapedType>(type))
      integer = shaped.clone(integer);
  }

  Value exp(Value x);
  Value expm1(Value x);

private:
  Value constant(float value) { return splat(type, b.getF32FloatAttr(value)); }
  Value whole(int32_t value) {
    return splat(integer, b.getI32IntegerAttr(value));
  }
  Value splat(Type of, TypedAttr value) {
    if (auto shaped = dyn_cast<ShapedType>(of))
      value = DenseElementsAttr::get(shaped, Attribute(value));
    return arith::ConstantOp::create(b, value);
  }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value clamp(Value x, float low, float high);
  Reduced reduce(Value x);
  Value shiftToExponent(Value bits) {
    return arith::ShLIOp::create(b, bits, whole(23));
  }
  Value toBits(Value x) { return arith::BitcastOp::create(b, integer, x); }
  Value toFloat(Value x) { return arith::BitcastOp::create(b, type, x); }

  ImplicitLocOpBuilder b;
  Type type, integer;
};

} // namespace

/// 1.5 * 2^23: a small number added to it is rounded to an integer, which then
/// stands in its last bits.
static constexpr float kMagic = 12582912.0f;

/// Limits, but not of NaN: the second operand of a comparison that is false.
Value Exponential::clamp(Value x, float low, float high) {
  Value least = constant(low), most = constant(high);
  Value isHigh = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, most, x);
  x = arith::SelectOp::create(b, isHigh, most, x);
  Value isLow = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, least, x);
  return arith::SelectOp::create(b, isLow, least, x);
}

Reduced Exponential::reduce(Value x) {
  // ln 2 in two parts: n times the first, of 15 bits, is exact.
  constexpr float kHigh = 0x1.62e4p-1f, kLow = 0x1.7f7d1cp-20f;
  Value magic = constant(kMagic);
  Value count = fma(x, constant(0x1.715476p+0f), magic);
  Value n = arith::SubFOp::create(b, count, magic);
  Value rest = fma(n, constant(-kHigh), x);
  return {count, fma(n, constant(-kLow), rest)};
}

/// exp(r) = 1 + r + r^2 q(r) with q of the least relative error, 1.1e-7. Its
/// bits as a number plus n at the exponent's place are 2^n exp(r), where that
/// is a normal number. Below it is 0; above, infinity plus x, which keeps a
/// NaN.
Value Exponential::exp(Value x) {
  auto [count, r] = reduce(x);
  Value one = constant(1.0f);
  Value p = constant(0x1.10625p-7f);
  for (float c : {0x1.572a64p-5f, 0x1.5557bp-3f, 0x1.fffdfcp-2f})
    p = fma(p, r, constant(c));
  p = fma(fma(p, r, one), r, one);
  Value bits =
      arith::AddIOp::create(b, toBits(p), shiftToExponent(toBits(count)));
  // ln 2^-126 and ln 2^128, the latter rounded down.
  Value isNormal = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x,
                                         constant(-0x1.5d589ep+6f));
  Value isFinite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x,
                                         constant(0x1.62e42ep+6f));
  bits = arith::SelectOp::create(b, isNormal, bits, whole(0));
  Value above = arith::AddFOp::create(
      b, x, constant(std::numeric_limits<float>::infinity()));
  return arith::SelectOp::create(b, isFinite, toFloat(bits), above);
}

/// With s = 2^n: s (exp(r) - 1) + (s - 1), where exp(r) - 1 = r + r^2 q(r), of
/// relative error 1.4e-8, does not cancel near 0. Half of all, so that s is a
/// number where the result is.
Value Exponential::expm1(Value x) {
  auto [count, r] = reduce(clamp(x, -30.0f, 89.0f));
  Value p = constant(0x1.6bebfep-10f);
  for (float c : {0x1.1227bp-7f, 0x1.555674p-5f, 0x1.5554bp-3f, 0x1.fffffep-2f})
    p = fma(p, r, constant(c));
  p = fma(arith::MulFOp::create(b, r, r), p, r);
  Value exponent = arith::AddIOp::create(b, toBits(count), whole(126));
  Value half = toFloat(shiftToExponent(exponent));
  Value rest = arith::AddFOp::create(b, half, constant(-0.5f));
  Value result = fma(half, p, rest);
  return arith::AddFOp::create(b, result, result);
}

namespace {

template <typename OpTy, Value (Exponential::*build)(Value)>
struct Expand : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Exponential math(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, (math.*build)(op.getOperand()));
    return success();
  }
};

} // namespace

void keel::populateExponentialPatterns(RewritePatternSet &patterns) {
  patterns.add<Expand<math::ExpOp, &Exponential::exp>,
               Expand<math::ExpM1Op, &Exponential::expm1>>(
      patterns.getContext());
}
