//===- Contraction.cpp - What a contraction contracts ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace keel;

bool keel::isContraction(linalg::LinalgOp op) {
  return linalg::isaContractionOpInterface(op) ||
         succeeded(Contraction::match(op));
}

static unsigned getLastDim(AffineMap map) {
  return map.getDimPosition(map.getNumResults() - 1);
}

bool Contraction::isRowMajor() const {
  return packedColumns || getLastDim(getMap(b)) == n;
}

/// A generic whose second factor has the map [n / T, k, n mod T].
static FailureOr<Contraction> matchPacked(linalg::LinalgOp op) {
  if (!isa<linalg::GenericOp>(op) || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 1 ||
      !linalg::detail::isContractionBody(
          *op.getBlock(), [](Operation *product, Operation *sum) {
            return isa<arith::MulFOp>(product) && isa<arith::AddFOp>(sum);
          }))
    return failure();
  Contraction result;
  result.op = op;
  result.a = op.getDpsInputOperand(0);
  result.b = op.getDpsInputOperand(1);
  result.c = op.getDpsInitOperand(0);
  AffineMap aMap = result.getMap(result.a), bMap = result.getMap(result.b);
  AffineMap cMap = result.getMap(result.c);
  if (bMap.getNumResults() != 3 || !aMap.isProjectedPermutation() ||
      !cMap.isProjectedPermutation() || cMap.getNumResults() == 0 ||
      cMap.getNumResults() > 2)
    return failure();
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  result.k = reductions.front();
  result.n = getLastDim(cMap);
  result.packedColumns = result.getType(result.b).getShape().back();
  MLIRContext *context = op.getContext();
  AffineExpr n = getAffineDimExpr(result.n, context);
  if (ShapedType::isDynamic(result.packedColumns) ||
      bMap.getResult(0) != n.floorDiv(result.packedColumns) ||
      bMap.getResult(1) != getAffineDimExpr(result.k, context) ||
      bMap.getResult(2) != n % result.packedColumns)
    return failure();
  if (cMap.getNumResults() == 2)
    result.m = cMap.getDimPosition(0);
  if (aMap.isFunctionOfDim(result.n) || !aMap.isFunctionOfDim(result.k) ||
      (result.m && !aMap.isFunctionOfDim(*result.m)))
    return failure();
  return result;
}

FailureOr<Contraction> Contraction::match(linalg::LinalgOp op) {
  if (!linalg::isaContractionOpInterface(op))
    return matchPacked(op);
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return failure();
  Contraction result;
  result.op = op;
  result.c = op.getDpsInitOperand(0);
  Type element = result.getType(result.c).getElementType();
  if (!isa<FloatType>(element))
    return failure();
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!isa<ShapedType>(operand.get().getType()) ||
        result.getType(&operand).getElementType() != element ||
        !map.isProjectedPermutation() || map.getNumResults() == 0)
      return failure();
  }
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  AffineMap cMap = op.getMatchingIndexingMap(result.c);
  if (reductions.size() != 1)
    return failure();
  result.k = reductions.front();
  result.n = getLastDim(cMap);
  result.a = op.getDpsInputOperand(0);
  result.b = op.getDpsInputOperand(1);
  if (!result.getMap(result.b).isFunctionOfDim(result.n))
    std::swap(result.a, result.b);
  AffineMap aMap = result.getMap(result.a), bMap = result.getMap(result.b);
  if (!bMap.isFunctionOfDim(result.n) || aMap.isFunctionOfDim(result.n) ||
      !aMap.isFunctionOfDim(result.k) || !bMap.isFunctionOfDim(result.k))
    return failure();
  for (unsigned i = 0, e = cMap.getNumResults() - 1; i < e; ++i)
    result.outer.push_back(cMap.getDimPosition(i));
  if (!result.outer.empty() && aMap.isFunctionOfDim(result.outer.back()) &&
      !bMap.isFunctionOfDim(result.outer.back()))
    result.m = result.outer.pop_back_val();
  return result;
}
