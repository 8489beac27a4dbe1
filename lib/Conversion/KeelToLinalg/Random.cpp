//===- Random.cpp - Lowering of random numbers and dropout ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Philox4x32-10 and what is drawn from it, as arithmetic in the IR: the same
// bits on every target, since nothing here is contracted or calls libm.

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Interfaces/Roles.h"
#include <cmath>
#include <numbers>

using namespace mlir;
using namespace keel;

namespace {

/// Scalar arithmetic, written as it is read.
class Scalars {
public:
  explicit Scalars(LocBuilder &b) : b(b) {}

  Value real(double value) { return buildConstant(b, b.getF64Type(), value); }
  Value word(uint32_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(int32_t(value)));
  }
  Value wide(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  Value low(Value x) { return arith::TruncIOp::create(b, b.getI32Type(), x); }
  Value high(Value x) { return low(arith::ShRUIOp::create(b, x, wide(32))); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value select(Value c, Value x, Value y) {
    return arith::SelectOp::create(b, c, x, y);
  }
  Value less(Value x, Value y) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, y);
  }
  /// c0 + c1 x + c2 x^2 + ..., by Horner's rule.
  Value polynomial(Value x, ArrayRef<double> c) {
    Value sum = real(c.back());
    for (double coefficient : llvm::reverse(c.drop_back()))
      sum = add(mul(sum, x), real(coefficient));
    return sum;
  }

  SmallVector<Value, 4> philox(SmallVector<Value, 4> counter, Value seed);
  Value unit(Value first, Value second);
  Value log(Value x);
  Value cosineOfTurns(Value turns);
  Value inverseNormal(Value p);

  LocBuilder &b;
};

// Salmon et al. 2011: ten rounds of two 32 x 32 bit products.
SmallVector<Value, 4> Scalars::philox(SmallVector<Value, 4> x, Value seed) {
  Value key0 = low(seed), key1 = high(seed);
  Value factor0 = word(0xD2511F53), factor1 = word(0xCD9E8D57);
  for (unsigned round = 0; round < 10; ++round) {
    if (round > 0) {
      key0 = arith::AddIOp::create(b, key0, word(0x9E3779B9));
      key1 = arith::AddIOp::create(b, key1, word(0xBB67AE85));
    }
    auto product0 = arith::MulUIExtendedOp::create(b, factor0, x[0]);
    auto product1 = arith::MulUIExtendedOp::create(b, factor1, x[2]);
    auto mix = [&](Value high, Value counter, Value key) -> Value {
      return arith::XOrIOp::create(b, arith::XOrIOp::create(b, high, counter),
                                   key);
    };
    x = {mix(product1.getHigh(), x[1], key0), product1.getLow(),
         mix(product0.getHigh(), x[3], key1), product0.getLow()};
  }
  return x;
}

// ((first >> 6) 2^26 + (second >> 6) + 1/2) / 2^52: exact, in (0, 1).
Value Scalars::unit(Value first, Value second) {
  auto bits = [&](Value x) -> Value {
    Value shifted = arith::ShRUIOp::create(b, x, word(6));
    return arith::UIToFPOp::create(b, b.getF64Type(), shifted);
  };
  Value whole = add(mul(bits(first), real(0x1p26)), bits(second));
  return mul(add(whole, real(0.5)), real(0x1p-52));
}

// x = m 2^e with m in [sqrt(1/2), sqrt 2), f = m - 1, s = f / (2 + f):
// log(1 + f) = 2 s + s R(s^2), with the coefficients of fdlibm's e_log.c.
// For normal x > 0.
Value Scalars::log(Value x) {
  Type i64 = b.getI64Type();
  Value bits = arith::BitcastOp::create(b, i64, x);
  // Adding this puts the split between exponents at sqrt(1/2).
  constexpr int64_t kSqrtHalf = 0x3FE6A09E667F3BCD, kOne = 0x3FF0000000000000;
  Value shifted = arith::AddIOp::create(b, bits, wide(kOne - kSqrtHalf));
  Value biased = arith::ShRUIOp::create(b, shifted, wide(52));
  Value exponent = arith::SubIOp::create(b, biased, wide(1023));
  Value fraction = arith::AndIOp::create(b, shifted, wide(0x000FFFFFFFFFFFFF));
  Value mantissa = arith::BitcastOp::create(
      b, b.getF64Type(), arith::AddIOp::create(b, fraction, wide(kSqrtHalf)));
  Value e = arith::SIToFPOp::create(b, b.getF64Type(), exponent);
  Value f = sub(mantissa, real(1.0));
  Value s = div(f, add(f, real(2.0)));
  Value z = mul(s, s);
  Value r =
      mul(z, polynomial(z, {6.666666666666735130e-01, 3.999999999940941908e-01,
                            2.857142874366239149e-01, 2.222219843214978396e-01,
                            1.818357216161805012e-01, 1.531383769920937332e-01,
                            1.479819860511658591e-01}));
  // log(1 + f) = f - s (f - R).
  Value result = sub(f, mul(s, sub(f, r)));
  return add(mul(e, real(std::numbers::ln2)), result);
}

// cos(2 pi t) for t in (0, 1): by symmetry from a quarter turn, where the
// Taylor series to x^22 is exact to rounding.
Value Scalars::cosineOfTurns(Value turns) {
  Value half = real(0.5), quarter = real(0.25);
  Value folded = select(less(half, turns), sub(real(1.0), turns), turns);
  Value isFar = less(quarter, folded);
  Value near = select(isFar, sub(half, folded), folded);
  Value x = mul(near, real(2.0 * std::numbers::pi));
  SmallVector<double> coefficients;
  double term = 1.0;
  for (int power = 0; power <= 22; power += 2) {
    coefficients.push_back(term);
    term /= -double((power + 1) * (power + 2));
  }
  Value cosine = polynomial(mul(x, x), coefficients);
  return select(isFar, sub(real(0.0), cosine), cosine);
}

// Wichura 1988, algorithm AS 241 (PPND16), to about 1e-16; for p away from 0
// and 1, which truncation grants.
Value Scalars::inverseNormal(Value p) {
  Value q = sub(p, real(0.5));
  Value centralR = sub(real(0.180625), mul(q, q));
  Value central = div(
      mul(q, polynomial(centralR,
                        {3.3871328727963666080e0, 1.3314166789178437745e2,
                         1.9715909503065514427e3, 1.3731693765509461125e4,
                         4.5921953931549871457e4, 6.7265770927008700853e4,
                         3.3430575583588128105e4, 2.5090809287301226727e3})),
      polynomial(centralR, {1.0, 4.2313330701600911252e1,
                            6.8718700749205790830e2, 5.3941960214247511077e3,
                            2.1213794301586595867e4, 3.9307895800092710610e4,
                            2.8729085735721942674e4, 5.2264952788528545610e3}));
  Value isLow = less(q, real(0.0));
  Value outer = select(isLow, p, sub(real(1.0), p));
  Value tailR =
      sub(math::SqrtOp::create(b, sub(real(0.0), log(outer))), real(1.6));
  Value tail = div(
      polynomial(tailR, {1.42343711074968357734e0, 4.63033784615654529590e0,
                         5.76949722146069140550e0, 3.64784832476320460504e0,
                         1.27045825245236838258e0, 2.41780725177450611770e-1,
                         2.27238449892691845833e-2, 7.74545014278341407640e-4}),
      polynomial(tailR,
                 {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
                  6.89767334985100004550e-1, 1.48103976427480074590e-1,
                  1.51986665636164571966e-2, 5.47593808499534494600e-4,
                  1.05075007164441684324e-9}));
  Value isCentral = less(math::AbsFOp::create(b, q), real(0.425));
  Value signedTail = select(isLow, sub(real(0.0), tail), tail);
  return select(isCentral, central, signedTail);
}

} // namespace

/// Phi(-2), and the deviation of a standard normal cut at two.
static constexpr double kTail = 0.022750131948179207;
static constexpr double kTruncatedDeviation = 0.87962566103423978;

/// The row-major index of the element at hand over the axes from `first` on,
/// an i64.
static Value buildElementIndex(LocBuilder &b, RankedTensorType type,
                               int64_t first = 0) {
  Value index = arith::ConstantIndexOp::create(b, 0);
  for (int64_t dim = first; dim < type.getRank(); ++dim) {
    Value size = arith::ConstantIndexOp::create(b, type.getDimSize(dim));
    index = arith::AddIOp::create(b, arith::MulIOp::create(b, index, size),
                                  linalg::IndexOp::create(b, dim));
  }
  return arith::IndexCastOp::create(b, b.getI64Type(), index);
}

static SmallVector<Value> lowerRandom(LocBuilder &b, RandomOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  double first = op.getFirst().convertToDouble();
  double second = op.getSecond().convertToDouble();
  StringRef distribution = op.getDistribution();
  uint64_t stream = op.getStream();
  SmallVector<Value> drawn = buildElementwise(
      b, type, {}, [&](LocBuilder &b, ValueRange) -> SmallVector<Value> {
        Scalars s(b);
        Value index = buildElementIndex(b, type);
        SmallVector<Value, 4> words =
            s.philox({s.low(index), s.high(index), s.word(uint32_t(stream)),
                      s.word(uint32_t(stream >> 32))},
                     op.getSeed());
        Value u = s.unit(words[0], words[1]);
        Value offset = s.real(first), standard = u, scale = s.real(second);
        if (distribution == "uniform") {
          scale = s.real(second - first);
        } else if (distribution == "normal") {
          Value v = s.unit(words[2], words[3]);
          Value radius = math::SqrtOp::create(b, s.mul(s.real(-2.0), s.log(u)));
          standard = s.mul(radius, s.cosineOfTurns(v));
        } else {
          Value p = s.add(s.real(kTail), s.mul(u, s.real(1.0 - 2.0 * kTail)));
          standard = s.inverseNormal(p);
          scale = s.real(second / kTruncatedDeviation);
        }
        Value value = s.add(offset, s.mul(scale, standard));
        return {buildCast(b, value, type.getElementType())};
      });
  drawn[0].getDefiningOp()->setAttr(kDrawAttr,
                                    b.getI64IntegerAttr(int64_t(stream)));
  return drawn;
}

// A word is kept where it is at least rate 2^32; rate < 1, so that rounding
// can reach 2^32 only where all but 2^-33 are dropped.
static SmallVector<Value> lowerDropout(LocBuilder &b, DropoutTrainOp op) {
  auto type = op.getInput().getType();
  double rate = op.getRate().convertToDouble();
  auto threshold =
      uint32_t(std::min(std::round(rate * 0x1p32), double(UINT32_MAX)));
  Scalars outside(b);
  Value step = outside.low(op.getStep());
  Value firstRow = outside.low(op.getFirstRow());
  return buildElementwise(
      b, type, {{op.getInput()}},
      [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
        Scalars s(b);
        Value row = arith::IndexCastOp::create(b, b.getI32Type(),
                                               linalg::IndexOp::create(b, 0));
        row = arith::AddIOp::create(b, row, firstRow);
        Value column = s.low(buildElementIndex(b, type, /*first=*/1));
        Value block = arith::ShRUIOp::create(b, column, s.word(2));
        SmallVector<Value, 4> words =
            s.philox({block, row, step, s.word(uint32_t(op.getOrdinal()))},
                     op.getSeed());
        auto isSet = [&](uint32_t bit) -> Value {
          return arith::CmpIOp::create(
              b, arith::CmpIPredicate::ne,
              arith::AndIOp::create(b, column, s.word(bit)), s.word(0));
        };
        Value isOdd = isSet(1);
        Value word = s.select(isSet(2), s.select(isOdd, words[3], words[2]),
                              s.select(isOdd, words[1], words[0]));
        Value kept = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, word,
                                           s.word(threshold));
        Type element = type.getElementType();
        Value factor =
            s.select(kept, buildConstant(b, element, 1.0 / (1.0 - rate)),
                     buildConstant(b, element, 0.0));
        return {arith::MulFOp::create(b, x[0], factor)};
      });
}

void keel::populateRandomPatterns(RewritePatternSet &patterns) {
  addLowering<RandomOp>(patterns, lowerRandom);
  addLowering<DropoutTrainOp>(patterns, lowerDropout);
}
