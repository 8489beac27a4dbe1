//===- Contraction.cpp - What a contraction contracts ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

using namespace mlir;
using namespace keel;

static unsigned getLastDim(AffineMap map) {
  return map.getDimPosition(map.getNumResults() - 1);
}

bool Contraction::isRowMajor() const { return getLastDim(getMap(b)) == n; }

FailureOr<Contraction> Contraction::match(linalg::LinalgOp op) {
  if (!linalg::isaContractionOpInterface(op) || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1)
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
