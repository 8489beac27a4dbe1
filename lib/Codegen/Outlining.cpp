//===- Outlining.cpp - Making functions of parts of a function ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outlining.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace keel;

/// Whether the outlined function computes a value again. Sizes are, so that
/// their bounds are known there.
bool Captures::isRepeated(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() != 0 || !isPure(op))
    return false;
  if (op->hasTrait<OpTrait::ConstantLike>())
    return !keptIntegers || !isa<IntegerType>(value.getType()) ||
           keptIntegers->contains(value);
  return isa<MemRefType>(value.getType()) ||
         (isa<arith::ArithDialect>(op->getDialect()) &&
          llvm::all_of(op->getOperandTypes(), llvm::IsaPred<IndexType>));
}

void Captures::add(Value value) {
  if (!isRepeated(value)) {
    arguments.insert(value);
    return;
  }
  Operation *op = value.getDefiningOp();
  if (rematerialized.contains(op))
    return;
  auto view = dyn_cast<memref::ViewOp>(op);
  for (Value operand : op->getOperands())
    if (!view || operand != view.getByteShift())
      add(operand);
  rematerialized.insert(op);
  if (view)
    offsets.push_back(view.getByteShift());
}

LogicalResult Captures::verify(Operation *op) const {
  for (Value value : arguments)
    if (isa<MemRefType>(value.getType()) && !isa<BlockArgument>(value))
      return op->emitError("a captured memref is not a view of an arena");
  return success();
}

SmallVector<Value> Captures::getOperands() const {
  SmallVector<Value> operands(arguments.begin(), arguments.end());
  llvm::append_range(operands, offsets);
  return operands;
}

void Captures::rematerialize(OpBuilder &b, IRMapping &mapping,
                             ValueRange args) const {
  for (auto [value, arg] : llvm::zip(arguments, args))
    mapping.map(value, arg);
  ValueRange offsetArgs = args.slice(arguments.size(), offsets.size());
  for (Operation *op : rematerialized) {
    Operation *copy = b.clone(*op, mapping);
    if (auto view = dyn_cast<memref::ViewOp>(copy)) {
      view.getByteShiftMutable().assign(offsetArgs.front());
      offsetArgs = offsetArgs.drop_front();
    }
  }
}

func::FuncOp OutlinedFunctions::insert(func::FuncOp func) {
  llvm::hash_code hash = hash_value(func.getFunctionType());
  func.getBody().walk([&](Operation *op) {
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  });
  SmallVector<func::FuncOp, 1> &bucket = functions[hash];
  for (func::FuncOp other : bucket)
    if (other.getFunctionType() == func.getFunctionType() &&
        other.getAllArgAttrs() == func.getAllArgAttrs() &&
        OperationEquivalence::isRegionEquivalentTo(
            &other.getBody(), &func.getBody(),
            OperationEquivalence::IgnoreLocations))
      return other;
  bucket.push_back(func);
  return func;
}
