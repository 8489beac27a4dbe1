//===- FuseSiblings.cpp - Neighbors over one space in one pass ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

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
          first = fuse(first, second);
        else if (second)
          first = second;
        else if (!isMemoryEffectFree(&op))
          first = nullptr;
      }
    });
  }

  static bool canFuse(linalg::GenericOp first, linalg::GenericOp second);
  static linalg::GenericOp fuse(linalg::GenericOp first,
                                linalg::GenericOp second);
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

/// The buffer that a memref is part of. A view of an arena is one of its own.
static Value getBuffer(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>()) {
    if (isa<memref::ViewOp>(view))
      break;
    memref = view.getViewSource();
  }
  return memref;
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

/// One operation with the operands of both. What the second reads of the first
/// one's results, it takes from its body.
linalg::GenericOp FuseSiblings::fuse(linalg::GenericOp first,
                                     linalg::GenericOp second) {
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> inputMaps, outputMaps;
  for (linalg::GenericOp op : {first, second}) {
    for (OpOperand *input : op.getDpsInputOperands()) {
      inputs.push_back(input->get());
      inputMaps.push_back(op.getMatchingIndexingMap(input));
    }
    for (OpOperand &output : op.getDpsInitsMutable()) {
      outputs.push_back(output.get());
      outputMaps.push_back(op.getMatchingIndexingMap(&output));
    }
  }
  llvm::append_range(inputMaps, outputMaps);
  OpBuilder b(second);
  auto build = [&](OpBuilder &b, Location loc, ValueRange args) {
    IRMapping mapping;
    llvm::DenseMap<Value, Value> written;
    SmallVector<Value> results;
    unsigned nextInput = 0, nextOutput = inputs.size();
    for (linalg::GenericOp op : {first, second}) {
      for (OpOperand &operand : op->getOpOperands()) {
        Value arg = args[op.isDpsInput(&operand) ? nextInput++ : nextOutput++];
        auto it = written.find(operand.get());
        mapping.map(op.getMatchingBlockArgument(&operand),
                    it == written.end() ? arg : it->second);
      }
      for (Operation &inner : op.getBody()->without_terminator())
        b.clone(inner, mapping);
      for (auto [output, value] :
           llvm::zip(op.getDpsInits(),
                     op.getBody()->getTerminator()->getOperands())) {
        results.push_back(mapping.lookupOrDefault(value));
        written[output] = results.back();
      }
    }
    linalg::YieldOp::create(b, loc, results);
  };
  auto fused = linalg::GenericOp::create(
      b, b.getFusedLoc({first.getLoc(), second.getLoc()}), TypeRange(), inputs,
      outputs, inputMaps, first.getIteratorTypesArray(), build);
  first.erase();
  second.erase();
  return fused;
}
