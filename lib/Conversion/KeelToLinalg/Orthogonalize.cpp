//===- Orthogonalize.cpp - Lowering of keel.orthogonalize -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Modified Gram-Schmidt on the rows of a matrix of f64, which are what has to
// become orthonormal: the input's columns, or its rows where those are fewer.
// A row lies contiguous and is filled up with zeros to groups of 32 elements,
// so that its loops are whole vectors on every processor. Those over rows run
// in order, on one thread.

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

namespace {

/// How many sums a dot product has, whatever the vectors' width: so the same
/// bits come out everywhere. Four vectors of the widest registers.
constexpr int64_t kSums = 32;

/// The rows that become orthonormal: `count` of them, of `length` elements in
/// groups of kSums.
class GramSchmidt {
public:
  GramSchmidt(LocBuilder &b, int64_t count, int64_t length)
      : b(b), count(count), length(length),
        groups(llvm::divideCeil(length, kSums)),
        rowType(RankedTensorType::get({groups, kSums}, b.getF64Type())) {}

  Value run(Value rows) { return ungroup(orthonormalize(group(rows))); }

private:
  Value group(Value rows);
  Value ungroup(Value rows);
  Value orthonormalize(Value rows);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value getRow(Value rows, Value i) {
    return tensor::ExtractSliceOp::create(b, rowType, rows, getOffsets(i),
                                          getSizes(), getStrides());
  }
  SmallVector<OpFoldResult> getConstants(ArrayRef<int64_t> values) {
    return getAsIndexOpFoldResult(b.getContext(), values);
  }
  SmallVector<OpFoldResult> getOffsets(Value i) {
    return {i, b.getIndexAttr(0), b.getIndexAttr(0)};
  }
  SmallVector<OpFoldResult> getSizes() {
    return getConstants({1, groups, kSums});
  }
  SmallVector<OpFoldResult> getStrides() { return getConstants({1, 1, 1}); }
  Value dot(Value x, Value y);
  Value update(Value row, ValueRange others, ScalarBody body);
  Value project(Value rows, Value i, Value row);
  Value normalize(Value row);

  LocBuilder &b;
  int64_t count, length, groups;
  RankedTensorType rowType;
};

/// Builds a loop from 0 to `end` that carries one value.
Value buildLoop(LocBuilder &b, Value end, Value initial,
                llvm::function_ref<Value(Value, Value)> body) {
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto loop = scf::ForOp::create(b, zero, end, one, ValueRange{initial});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(b,
                       body(loop.getInductionVar(), loop.getRegionIterArg(0)));
  return loop.getResult(0);
}

// Each of the sums takes its element of one group after the other; they are
// then added up in pairs.
Value GramSchmidt::dot(Value x, Value y) {
  Value partial =
      buildReduction(b, Access::perFeature, {b.getF64Type()}, {0.0}, {{x}, {y}},
                     [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                       Value product = arith::MulFOp::create(b, x[0], x[1]);
                       return {arith::AddFOp::create(b, x[2], product)};
                     })[0];
  SmallVector<Value> sums;
  for (int64_t i = 0; i < kSums; ++i)
    sums.push_back(tensor::ExtractOp::create(b, partial, index(i)));
  for (; sums.size() > 1; sums.resize(sums.size() / 2))
    for (size_t i = 0; i < sums.size() / 2; ++i)
      sums[i] = arith::AddFOp::create(b, sums[2 * i], sums[2 * i + 1]);
  return sums.front();
}

/// Replaces each element of `row` by what `body` makes of those of `others` and
/// of its own. The row is the destination, so that loops carry one buffer.
Value GramSchmidt::update(Value row, ValueRange others, ScalarBody body) {
  SmallVector<AffineMap> maps(others.size() + 1, b.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, rowType, others, row, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange x) {
               LocBuilder inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, x));
             })
      .getResult(0);
}

// row -= (row . q) q for each row q before row i.
Value GramSchmidt::project(Value rows, Value i, Value row) {
  return buildLoop(b, i, row, [&](Value j, Value left) {
    Value q = getRow(rows, j);
    Value r = dot(left, q);
    return update(left, q,
                  [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                    Value along = arith::MulFOp::create(b, r, x[0]);
                    return {arith::SubFOp::create(b, x[1], along)};
                  });
  });
}

Value GramSchmidt::normalize(Value row) {
  Value norm = math::SqrtOp::create(b, dot(row, row));
  return update(row, {},
                [&](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                  return {arith::DivFOp::create(b, x[0], norm)};
                });
}

Value GramSchmidt::orthonormalize(Value rows) {
  return buildLoop(b, index(count), rows, [&](Value i, Value done) {
    Value row = buildLoop(b, index(2), getRow(done, i), [&](Value, Value row) {
      return normalize(project(done, i, row));
    });
    return tensor::InsertSliceOp::create(b, row, done, getOffsets(i),
                                         getSizes(), getStrides());
  });
}

Value GramSchmidt::group(Value rows) {
  Type element = b.getF64Type();
  auto padded = RankedTensorType::get({count, groups * kSums}, element);
  auto grouped = RankedTensorType::get({count, groups, kSums}, element);
  Value zeros = buildFilled(b, padded, {}, 0.0);
  Value filled = tensor::InsertSliceOp::create(
      b, rows, zeros, getConstants({0, 0}), getConstants({count, length}),
      getConstants({1, 1}));
  return tensor::ExpandShapeOp::create(
      b, grouped, filled, ArrayRef<ReassociationIndices>{{0}, {1, 2}});
}

Value GramSchmidt::ungroup(Value rows) {
  Type element = b.getF64Type();
  auto padded = RankedTensorType::get({count, groups * kSums}, element);
  Value flat = tensor::CollapseShapeOp::create(
      b, padded, rows, ArrayRef<ReassociationIndices>{{0}, {1, 2}});
  return tensor::ExtractSliceOp::create(
      b, RankedTensorType::get({count, length}, element), flat,
      getConstants({0, 0}), getConstants({count, length}),
      getConstants({1, 1}));
}

/// A matrix from another one, or from its transpose, element by element.
Value buildMatrix(LocBuilder &b, Value from, RankedTensorType type,
                  bool isTransposed,
                  llvm::function_ref<Value(LocBuilder &, Value)> body) {
  AffineMap identity = b.getMultiDimIdentityMap(2);
  AffineMap swapped =
      AffineMap::getPermutationMap(ArrayRef<unsigned>{1, 0}, b.getContext());
  Value empty = tensor::EmptyOp::create(b, type, ValueRange{});
  return linalg::GenericOp::create(
             b, type, from, empty,
             {isTransposed ? swapped : identity, identity},
             SmallVector(2, utils::IteratorType::parallel),
             [&](OpBuilder &builder, Location loc, ValueRange x) {
               LocBuilder inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, x[0]));
             })
      .getResult(0);
}

} // namespace

static SmallVector<Value> lowerOrthogonalize(LocBuilder &b,
                                             OrthogonalizeOp op) {
  RankedTensorType type = op.getType();
  Type element = type.getElementType(), wide = b.getF64Type();
  int64_t rows = type.getDimSize(0), columns = 1;
  for (int64_t size : type.getShape().drop_front())
    columns *= size;
  SmallVector<ReassociationIndices> axes = {{0}, {}};
  for (int64_t axis = 1; axis < type.getRank(); ++axis)
    axes[1].push_back(axis);

  Value input = op.getInput();
  auto flat = RankedTensorType::get({rows, columns}, element);
  if (type != flat)
    input = tensor::CollapseShapeOp::create(b, flat, input, axes);
  bool isTall = rows > columns;
  int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  Value start = buildMatrix(
      b, input, RankedTensorType::get({count, length}, wide), isTall,
      [&](LocBuilder &b, Value x) { return buildCast(b, x, wide); });
  Value orthonormal = GramSchmidt(b, count, length).run(start);
  double gain = op.getGain().convertToDouble();
  Value result =
      buildMatrix(b, orthonormal, flat, isTall, [&](LocBuilder &b, Value x) {
        Value scaled =
            arith::MulFOp::create(b, x, buildConstant(b, wide, gain));
        return buildCast(b, scaled, element);
      });
  if (type != flat)
    result = tensor::ExpandShapeOp::create(b, type, result, axes);
  return {result};
}

void keel::populateOrthogonalizePatterns(RewritePatternSet &patterns) {
  addLowering<OrthogonalizeOp>(patterns, lowerOrthogonalize);
}
