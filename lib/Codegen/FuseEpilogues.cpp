//===- FuseEpilogues.cpp - What follows a product joins it ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"
#include "MoveInBlock.h"
#include "TileEpilogue.h"
#include "TileInit.h"
#include "TilePlan.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace keel {
#define GEN_PASS_DEF_FUSEEPILOGUES
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct FuseEpilogues : keel::impl::FuseEpiloguesBase<FuseEpilogues> {
  using FuseEpiloguesBase::FuseEpiloguesBase;

  void runOnOperation() override;
  void fuse(const Contraction &contraction);
};

} // namespace

/// Whether `op` reads all it needs from its operands: a load in its body would
/// have to be looked at, too.
static bool readsOperandsOnly(linalg::LinalgOp op) {
  return llvm::all_of(op.getBlock()->getOperations(), [](Operation &inner) {
    return !isa<memref::LoadOp>(inner);
  });
}

static bool writes(linalg::LinalgOp op, Value memref) {
  return isa<MemRefType>(memref.getType()) &&
         llvm::any_of(op.getDpsInits(), [&](Value output) {
           return getBuffer(output) == getBuffer(memref);
         });
}

/// Whether `op` has to stay behind `other`, which makes none of its operands.
static bool dependsOn(linalg::LinalgOp op, Operation &other) {
  if (isMemoryEffectFree(&other) || isa<memref::AllocOp>(other))
    return false;
  if (auto load = dyn_cast<memref::LoadOp>(other))
    return writes(op, load.getMemRef());
  auto next = dyn_cast<linalg::LinalgOp>(other);
  return !next || !readsOperandsOnly(next) ||
         llvm::any_of(op->getOperands(),
                      [&](Value value) { return writes(next, value); }) ||
         llvm::any_of(next->getOperands(),
                      [&](Value value) { return writes(op, value); });
}

/// Whether `op` is element-wise over the elements of `c`, reads it, and fits
/// vectors.
static bool isElementwiseOn(linalg::LinalgOp op, Value c) {
  auto type = cast<MemRefType>(c.getType());
  if (!op.hasPureBufferSemantics() || op.getNumLoops() != type.getRank() ||
      op.getNumParallelLoops() != op.getNumLoops() || !readsOperandsOnly(op) ||
      !llvm::is_contained(op.getDpsInputs(), c) ||
      failed(VectorBody::get(op, type.getRank() - 1)))
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    auto operandType = dyn_cast<MemRefType>(operand.get().getType());
    bool isOutput = op.isDpsInit(&operand);
    bool mustMatch = isOutput || operand.get() == c;
    if ((mustMatch && !map.isIdentity()) ||
        (isOutput && operandType.getShape() != type.getShape()) ||
        (operandType && map.isFunctionOfDim(type.getRank() - 1) &&
         operandType.getElementTypeBitWidth() != type.getElementTypeBitWidth()))
      return false;
    // Another view of what is written would not be at the same element.
    if (!isOutput && operandType &&
        llvm::any_of(op.getDpsInits(), [&](Value output) {
          return output != operand.get() &&
                 getBuffer(output) == getBuffer(operand.get());
        }))
      return false;
    // A broadcast of what is written would be read too late.
    if (!isOutput && llvm::is_contained(op.getDpsInits(), operand.get()) &&
        !map.isIdentity())
      return false;
  }
  return true;
}

/// Whether the contraction itself reads what `op` would write while its tiles
/// are being done.
static bool overwritesFactor(linalg::LinalgOp op,
                             const Contraction &contraction) {
  return llvm::any_of(op.getDpsInits(), [&](Value output) {
    return llvm::any_of(ArrayRef<OpOperand *>{contraction.a, contraction.b},
                        [&](OpOperand *factor) {
                          return getBuffer(factor->get()) == getBuffer(output);
                        });
  });
}

/// Whether anything but these two may read the memory of `c` behind them.
static bool isReadAfter(Value c, Operation *product, Operation *epilogue) {
  if (!c.getDefiningOp<memref::AllocOp>())
    return true;
  return llvm::any_of(c.getUsers(), [&](Operation *user) {
    return user != epilogue && user != product &&
           (user->getBlock() != product->getBlock() ||
            product->isBeforeInBlock(user));
  });
}

/// The linalg operation behind `product` that is the first to touch `c`.
static linalg::LinalgOp findNext(Value c, Operation *product) {
  linalg::LinalgOp next;
  for (Operation *user : c.getUsers())
    if (isa<linalg::LinalgOp>(user) &&
        user->getBlock() == product->getBlock() &&
        product->isBeforeInBlock(user) &&
        (!next || user->isBeforeInBlock(next)))
      next = cast<linalg::LinalgOp>(user);
  return next;
}

void FuseEpilogues::fuse(const Contraction &contraction) {
  Value c = contraction.c->get();
  Operation *product = contraction.op;
  linalg::LinalgOp epilogue = findNext(c, product);
  if (!epilogue || !isElementwiseOn(epilogue, c) ||
      overwritesFactor(epilogue, contraction))
    return;
  // What only makes its operands goes before the product.
  SmallVector<Operation *> needed;
  Block *block = product->getBlock();
  for (Operation *op = epilogue->getPrevNode(); op != product;
       op = op->getPrevNode()) {
    bool isNeeded = llvm::any_of(op->getUsers(), [&](Operation *user) {
      Operation *at = block->findAncestorOpInBlock(*user);
      return at == epilogue || llvm::is_contained(needed, at);
    });
    if (!isNeeded && dependsOn(epilogue, *op))
      return;
    if (isNeeded && !isMemoryEffectFree(op) && !isa<memref::AllocOp>(op))
      return;
    if (isNeeded)
      needed.push_back(op);
  }
  for (Operation *op : llvm::reverse(needed))
    moveInBlock(op, product);
  moveInBlock(epilogue, product->getNextNode());
  auto mark = UnitAttr::get(&getContext());
  epilogue->setAttr(kEpilogueAttr, mark);
  bool overwrites = llvm::is_contained(epilogue.getDpsInits(), c);
  if (overwrites || !isReadAfter(c, product, epilogue))
    product->setAttr(kTransientAttr, mark);
  // What the sums start from is known: then C need not be anywhere.
  TileInit init = TileInit::find(
      contraction, llvm::to_vector<4>(ValueRange(epilogue.getDpsInits())));
  if (init.op)
    moveInBlock(init.op, product);
  if (init.op && !overwrites && product->hasAttr(kTransientAttr))
    c.getDefiningOp()->setAttr(kTransientAttr, mark);
}

void FuseEpilogues::runOnOperation() {
  FailureOr<ArenaLayout> layout = ArenaLayout::read(getOperation());
  if (failed(layout))
    return signalPassFailure();
  VectorShape shape{vectorBits, vectorRegisters, maskedMemory, cacheBytes,
                    cores};
  SmallVector<Contraction> found;
  getOperation()->walk([&](linalg::LinalgOp op) {
    FailureOr<Contraction> contraction = Contraction::match(op);
    if (succeeded(contraction) && contraction->outer.empty() &&
        isTiled(*contraction, layout->maxRows) &&
        !TilePlan::get(*contraction, shape, layout->maxRows).isSplit())
      found.push_back(*contraction);
  });
  for (const Contraction &contraction : found)
    fuse(contraction);
}
