//===- Dense.cpp - Lowering of fully connected layers and their adjoints --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

/// out[m, n] += sum over k of a[m, k] b[k, n], the axes in the order that the
/// maps over (m, n, k) say.
static Value buildContraction(LocBuilder &b, Value lhs,
                              ArrayRef<unsigned> lhsDims, Value rhs,
                              ArrayRef<unsigned> rhsDims, Value initial) {
  auto map = [&](ArrayRef<unsigned> dims) {
    SmallVector<AffineExpr> results;
    for (unsigned dim : dims)
      results.push_back(b.getAffineDimExpr(dim));
    return AffineMapAttr::get(AffineMap::get(3, 0, results, b.getContext()));
  };
  return linalg::ContractOp::create(
             b, TypeRange{initial.getType()}, ValueRange{lhs, rhs},
             ValueRange{initial},
             b.getArrayAttr({map(lhsDims), map(rhsDims), map({0, 1})}))
      .getResult(0);
}

static constexpr unsigned m = 0, n = 1, k = 2;

// y[m, n] = b[n] + sum over k of x[m, k] W[k, n].
static SmallVector<Value> lowerDense(LocBuilder &b, DenseOp op) {
  RankedTensorType type = op.getType();
  Value initial;
  if (op.getBias()) {
    Value empty = buildEmpty(b, type, op.getInput());
    initial = linalg::BroadcastOp::create(b, op.getBias(), empty,
                                          ArrayRef<int64_t>{0})
                  .getResults()[0];
  } else {
    initial = buildFilled(b, type, op.getInput(), 0.0);
  }
  return {buildContraction(b, op.getInput(), {m, k}, op.getWeight(), {k, n},
                           initial)};
}

// dx[m, n] = sum over k of dy[m, k] W[n, k].
static SmallVector<Value> lowerInputGrad(LocBuilder &b, DenseInputGradOp op) {
  Value initial = buildFilled(b, op.getType(), op.getCotangent(), 0.0);
  return {buildContraction(b, op.getCotangent(), {m, k}, op.getWeight(), {n, k},
                           initial)};
}

// dW[m, n] = sum over k of x[k, m] dy[k, n].
static SmallVector<Value> lowerWeightGrad(LocBuilder &b, DenseWeightGradOp op) {
  Value initial = buildFilled(b, op.getType(), op.getInput(), 0.0);
  return {buildContraction(b, op.getInput(), {k, m}, op.getCotangent(), {k, n},
                           initial)};
}

static SmallVector<Value> lowerSumOverBatch(LocBuilder &b, SumOverBatchOp op) {
  return buildReduction(b, Access::perSample,
                        {cast<RankedTensorType>(op.getType()).getElementType()},
                        {0.0}, {{op.getInput()}},
                        [](LocBuilder &b, ValueRange x) -> SmallVector<Value> {
                          return {arith::AddFOp::create(b, x[1], x[0])};
                        });
}

void keel::populateDensePatterns(RewritePatternSet &patterns) {
  addLowering<DenseOp>(patterns, lowerDense);
  addLowering<DenseInputGradOp>(patterns, lowerInputGrad);
  addLowering<DenseWeightGradOp>(patterns, lowerWeightGrad);
  addLowering<SumOverBatchOp>(patterns, lowerSumOverBatch);
}
