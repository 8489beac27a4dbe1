//===- Structure.cpp - Adjoints of shortcuts ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

// y = a + b: da = dy, db = dy, summed over the batch that b lacks.
LogicalResult AddOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                  MutableArrayRef<Value> operandCotangents) {
  Value dy = cotangents[0];
  operandCotangents[0] = dy;
  operandCotangents[1] =
      getRhs().getType() == getType()
          ? dy
          : SumOverBatchOp::create(builder, getLoc(), getRhs().getType(), dy)
                .getResult();
  return success();
}
