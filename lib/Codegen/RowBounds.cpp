//===- RowBounds.cpp - How large values that follow the batch may be ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowBounds.h"
#include "keel/Codegen/StepSignature.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

static bool isRows(BlockArgument arg) {
  auto func = dyn_cast<func::FuncOp>(arg.getOwner()->getParentOp());
  if (!func || !arg.getOwner()->isEntryBlock())
    return false;
  auto kind =
      func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), keel::kArenaAttr);
  return kind && kind == keel::stringify(keel::ArgKind::Rows);
}

std::optional<int64_t> keel::getUpperBound(Value value, int64_t maxRows) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return constant;
  if (auto arg = dyn_cast<BlockArgument>(value))
    return isRows(arg) ? std::optional(maxRows) : std::nullopt;
  Operation *op = value.getDefiningOp();
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::DivUIOp,
           arith::DivSIOp, arith::CeilDivUIOp, arith::CeilDivSIOp,
           arith::MinSIOp, arith::MinUIOp>(op))
    return std::nullopt;
  std::optional<int64_t> lhs = getUpperBound(op->getOperand(0), maxRows);
  std::optional<int64_t> rhs = getUpperBound(op->getOperand(1), maxRows);
  if (isa<arith::MinSIOp, arith::MinUIOp>(op))
    return lhs && rhs ? std::min(*lhs, *rhs) : lhs ? lhs : rhs;
  if (!lhs || !rhs || *lhs < 0 || *rhs < 0)
    return std::nullopt;
  if (isa<arith::AddIOp>(op))
    return *lhs + *rhs;
  if (isa<arith::MulIOp>(op))
    return *lhs * *rhs;
  // Below, only a constant on the right bounds the result.
  rhs = getConstantIntValue(op->getOperand(1));
  if (!rhs)
    return std::nullopt;
  if (isa<arith::SubIOp>(op))
    return *lhs - *rhs;
  if (*rhs == 0)
    return std::nullopt;
  return isa<arith::DivUIOp, arith::DivSIOp>(op)
             ? *lhs / *rhs
             : int64_t(llvm::divideCeil(*lhs, *rhs));
}
