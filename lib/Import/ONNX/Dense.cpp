//===- Dense.cpp - Gemm and MatMul ----------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Build.h"
#include "Families.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;

/// The product of [..., m, k] and [..., k, n], whose leading dimensions
/// broadcast.
static Value buildProduct(LocBuilder &b, Value lhs, Value rhs,
                          ArrayRef<int64_t> batch) {
  ArrayRef<int64_t> left = getShape(lhs), right = getShape(rhs);
  auto dims = unsigned(batch.size());
  AffineExpr m = b.getAffineDimExpr(dims), n = b.getAffineDimExpr(dims + 1),
             k = b.getAffineDimExpr(dims + 2);
  Sizes shape(batch);
  shape.append({left[left.size() - 2], right.back()});
  // Dimensions that are repeated are dropped from an operand.
  auto prepare = [&](Value value, AffineExpr row, AffineExpr column) {
    ArrayRef<int64_t> own = getShape(value);
    size_t offset = batch.size() + 2 - own.size();
    Sizes kept;
    SmallVector<AffineExpr> exprs;
    for (size_t i = 0; i + 2 < own.size(); ++i) {
      if (own[i] == 1 && batch[offset + i] != 1)
        continue;
      kept.push_back(own[i]);
      exprs.push_back(b.getAffineDimExpr(unsigned(offset + i)));
    }
    kept.append(own.end() - 2, own.end());
    exprs.append({row, column});
    return std::pair(buildReshape(b, value, kept),
                     AffineMap::get(dims + 3, 0, exprs, b.getContext()));
  };
  auto [a, aMap] = prepare(lhs, m, k);
  auto [c, cMap] = prepare(rhs, k, n);
  SmallVector<AffineExpr> exprs;
  for (unsigned i = 0; i < dims + 2; ++i)
    exprs.push_back(b.getAffineDimExpr(i));
  AffineMap result = AffineMap::get(dims + 3, 0, exprs, b.getContext());
  SmallVector<utils::IteratorType> iterators(dims + 2,
                                             utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Type element = getElement(lhs);
  Value start =
      buildFilled(b, shape, element, {lhs, rhs}, buildScalar(b, element, 0));
  return linalg::GenericOp::create(
             b, TypeRange{start.getType()}, ValueRange{a, c}, ValueRange{start},
             ArrayRef<AffineMap>{aMap, cMap, result}, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange x) {
               LocBuilder inner(loc, nested);
               Value sum;
               if (isa<FloatType>(element))
                 sum = arith::AddFOp::create(
                     inner, x[2], arith::MulFOp::create(inner, x[0], x[1]));
               else
                 sum = arith::AddIOp::create(
                     inner, x[2], arith::MulIOp::create(inner, x[0], x[1]));
               linalg::YieldOp::create(inner, sum);
             })
      .getResult(0);
}

/// Vectors are a row on the left and a column on the right, which the result
/// does without.
static Error importMatMul(NodeImporter &n) {
  if (n.getNumInputs() != 2)
    return n.fail("takes two operands, got {0}", n.getNumInputs());
  if (Error error = checkArithmetic(n))
    return error;
  Sizes left(n.getShape(0)), right(n.getShape(1));
  if (left.empty() || right.empty())
    return n.fail("operands must have at least one dimension");
  if (left.back() != right[right.size() < 2 ? 0 : right.size() - 2])
    return n.fail("shapes {0} and {1} do not multiply", describe(left),
                  describe(right));
  if (ShapedType::isDynamic(left.back()))
    return n.fail("sums over the batch, whose size is not known: fix it in the "
                  "file");
  bool isTrained = n.isParam(1) || (n.hasGradients() && n.isReal(0));
  if (left.size() == 2 && right.size() == 2 && isTrained) {
    Value weight = n.isParam(1) ? n.getParam(1) : n.getValue(1);
    return n.set(0, DenseOp::create(n.b, n.getValue(0), weight, Value()),
                 n.getType(0)),
           Error::success();
  }
  bool isRow = left.size() == 1, isColumn = right.size() == 1;
  if (isRow)
    left.insert(left.begin(), 1);
  if (isColumn)
    right.push_back(1);
  std::optional<Sizes> batch =
      broadcast({ArrayRef(left).drop_back(2), ArrayRef(right).drop_back(2)});
  if (!batch)
    return n.fail("shapes {0} and {1} do not broadcast", describe(left),
                  describe(right));
  Value product =
      buildProduct(n.b, buildReshape(n.b, n.getTrained(0), left),
                   buildReshape(n.b, n.getTrained(1), right), *batch);
  Sizes shape(*batch);
  if (!isRow)
    shape.push_back(left[left.size() - 2]);
  if (!isColumn)
    shape.push_back(right.back());
  n.set(0, buildReshape(n.b, product, shape), n.getType(0));
  return Error::success();
}

namespace {

/// What a Gemm computes: alpha A' B' + beta C.
struct Gemm {
  double alpha, beta;
  bool transA, transB;
  int64_t m, k, n;
};

} // namespace

/// As a dense layer, whose weight is [in, out]. Null where it is none.
static Value buildDense(NodeImporter &n, const Gemm &gemm) {
  bool hasBias = n.has(2);
  if (gemm.alpha != 1.0 || gemm.transA || !n.isParam(1) ||
      (hasBias && gemm.beta != 1.0))
    return {};
  if (hasBias) {
    ArrayRef<int64_t> own = n.getShape(2);
    if (!n.isParam(2) || n.getConstant(2)->getNumElements() != gemm.n ||
        (own.size() == 2 && own.front() != 1))
      return {};
  }
  Value weight = n.getParam(1, gemm.transB ? Form::transposed : Form::asItIs);
  Value bias = hasBias ? n.getParam(2, Form::flat) : Value();
  return DenseOp::create(n.b, n.getValue(0), weight, bias);
}

/// By a product of matrices and what is added to it.
static Value buildGemm(NodeImporter &n, const Gemm &gemm) {
  LocBuilder &b = n.b;
  Value lhs = n.getTrained(0), rhs = n.getTrained(1);
  if (gemm.transA)
    lhs = buildTranspose(b, lhs, {1, 0});
  if (gemm.transB)
    rhs = buildTranspose(b, rhs, {1, 0});
  SmallVector<Value> values = {buildProduct(b, lhs, rhs, {})};
  if (n.has(2))
    values.push_back(n.getTrained(2));
  if (values.size() == 1 && gemm.alpha == 1.0)
    return values.front();
  Type element = getElement(lhs);
  bool isReal = isa<FloatType>(element);
  auto scale = [&](LocBuilder &inner, Value x, double factor) -> Value {
    if (factor == 1.0)
      return x;
    Value scalar = buildScalar(inner, element, factor);
    if (isReal)
      return arith::MulFOp::create(inner, x, scalar);
    return arith::MulIOp::create(inner, x, scalar);
  };
  return buildMap(b, {gemm.m, gemm.n}, element, values,
                  [&](LocBuilder &inner, ValueRange x) -> Value {
                    Value result = scale(inner, x[0], gemm.alpha);
                    if (x.size() == 1)
                      return result;
                    Value added = scale(inner, x[1], gemm.beta);
                    if (isReal)
                      return arith::AddFOp::create(inner, result, added);
                    return arith::AddIOp::create(inner, result, added);
                  });
}

static Error importGemm(NodeImporter &n) {
  if (!n.has(0) || !n.has(1))
    return n.fail("takes at least two operands");
  n.ignore("broadcast"); // before operator set 7: allowed or not needed
  if (n.getType(0) != n.getType(1) ||
      (n.has(2) && n.getType(2) != n.getType(0)) ||
      n.getType(0) == DataType::u8 || n.getType(0) == DataType::boolean)
    return n.fail("operands must have one element type that is not uint8 or "
                  "bool");
  ArrayRef<int64_t> left = n.getShape(0), right = n.getShape(1);
  if (left.size() != 2 || right.size() != 2)
    return n.fail("operands must be matrices, got {0} and {1}", describe(left),
                  describe(right));
  Gemm gemm;
  gemm.alpha = n.getReal("alpha", 1.0);
  gemm.beta = n.getReal("beta", 1.0);
  gemm.transA = n.getInt("transA", 0);
  gemm.transB = n.getInt("transB", 0);
  if (!n.isReal(0) &&
      (gemm.alpha != int64_t(gemm.alpha) || gemm.beta != int64_t(gemm.beta)))
    return n.fail("alpha and beta of integers must be whole");
  gemm.m = left[gemm.transA ? 1 : 0];
  gemm.k = left[gemm.transA ? 0 : 1];
  gemm.n = right[gemm.transB ? 0 : 1];
  if (gemm.k != right[gemm.transB ? 1 : 0])
    return n.fail("shapes {0} and {1} do not multiply", describe(left),
                  describe(right));
  if (ShapedType::isDynamic(gemm.k))
    return n.fail("sums over the batch, whose size is not known: fix it in the "
                  "file");
  Sizes result = {gemm.m, gemm.n};
  if (n.has(2)) {
    std::optional<Sizes> shape = broadcast({result, n.getShape(2)});
    if (!shape || *shape != result)
      return n.fail("shape {0} of C does not broadcast to {1}",
                    describe(n.getShape(2)), describe(result));
  }
  Value value = buildDense(n, gemm);
  n.set(0, value ? value : buildGemm(n, gemm), n.getType(0));
  return Error::success();
}

void keel::onnx::addDense(Handlers &handlers) {
  handlers["Gemm"] = importGemm;
  handlers["MatMul"] = importMatMul;
}
