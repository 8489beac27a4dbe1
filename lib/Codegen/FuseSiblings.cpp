//===- FuseSiblings.cpp - Neighbors over one space in one pass ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"
#include "FusedBodies.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace keel {
#define GEN_PASS_DEF_FUSESIBLINGS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct FuseSiblings : keel::impl::FuseSiblingsBase<FuseSiblings> {
  using FuseSiblingsBase::FuseSiblingsBase;

  void runOnOperation() override {
    getOperation()->walk([](Block *block) {
      if (isa<linalg::LinalgOp>(block->getParentOp()))
        return;
      linalg::GenericOp first;
      for (Operation &op : llvm::make_early_inc_range(*block)) {
        auto second = dyn_cast<linalg::GenericOp>(op);
        if (second && first && canFuse(first, second))
          first = fuseBodies(first, second, first.getIteratorTypesArray());
        else if (second)
          first = second;
        else if (!isMemoryEffectFree(&op))
          first = nullptr;
      }
    });
  }

  static bool canFuse(linalg::GenericOp first, linalg::GenericOp second);
};

} // namespace

/// Whether an operation is element-wise into memrefs of one shape.
static bool isElementwise(linalg::GenericOp op) {
  return op.hasPureBufferSemantics() &&
         op.getNumLoops() == op.getNumParallelLoops() &&
         llvm::all_of(op.getDpsInitsMutable(), [&](OpOperand &output) {
           return op.getMatchingIndexingMap(&output).isIdentity();
         });
}

/// Whether `op` touches the buffer of `memref`, if at all, by that value at the
/// loops' own elements.
static bool accessesInStep(linalg::GenericOp op, Value memref) {
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    if (operand.get() == memref)
      return op.getMatchingIndexingMap(&operand).isIdentity();
    return getBuffer(operand.get()) != getBuffer(memref);
  });
}

bool FuseSiblings::canFuse(linalg::GenericOp first, linalg::GenericOp second) {
  if (!isElementwise(first) || !isElementwise(second) ||
      first.getNumLoops() == 0)
    return false;
  ArrayRef<int64_t> shape =
      cast<MemRefType>(first.getDpsInits()[0].getType()).getShape();
  bool shares = false;
  for (Value output : second.getDpsInits()) {
    if (cast<MemRefType>(output.getType()).getShape() != shape ||
        llvm::is_contained(first.getDpsInits(), output) ||
        !accessesInStep(first, output))
      return false;
    shares |= llvm::is_contained(first->getOperands(), output);
  }
  for (Value output : first.getDpsInits())
    if (!accessesInStep(second, output))
      return false;
  for (Value input : second.getDpsInputs())
    shares |= isa<MemRefType>(input.getType()) &&
              llvm::is_contained(first->getOperands(), input);
  return shares;
}
