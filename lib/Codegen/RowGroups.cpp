//===- RowGroups.cpp - Operations that go through the same rows -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"
#include "Buffers.h"
#include "MoveInBlock.h"
#include "TileEpilogue.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace keel;

bool keel::isByRow(AffineMap map) {
  return map.getNumResults() > 0 && map.getNumDims() > 0 &&
         map.getResult(0) == getAffineDimExpr(0, map.getContext());
}

/// Whether `op` and what it depends on may move before `point`: only operations
/// without effects and allocations do.
static bool canHoist(Operation *op, Operation *point) {
  if (!op || op->getBlock() != point->getBlock() || op->isBeforeInBlock(point))
    return true;
  return (isa<memref::AllocOp>(op) ||
          (isPure(op) && op->getNumRegions() == 0)) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return canHoist(operand.getDefiningOp(), point);
         });
}

/// Lists what has to move before `point` with `op`, dependencies first. Nothing
/// moves meanwhile: each move makes the order of a block unknown.
static void collectToHoist(Operation *op, Operation *point,
                           llvm::SetVector<Operation *> &result) {
  if (!op || result.contains(op) || op->getBlock() != point->getBlock() ||
      op->isBeforeInBlock(point))
    return;
  for (Value operand : op->getOperands())
    collectToHoist(operand.getDefiningOp(), point, result);
  result.insert(op);
}

bool RowGroup::isTemporary(Value memref) const {
  return memref.getDefiningOp<memref::AllocOp>() &&
         llvm::all_of(memref.getUsers(), [&](Operation *user) {
           return llvm::is_contained(ops, user);
         });
}

bool RowGroup::isWritten(Value memref) const {
  return llvm::any_of(ops, [&](linalg::LinalgOp op) {
    return llvm::is_contained(op.getDpsInits(), memref);
  });
}

bool RowGroup::isReadFirst(Value memref) const {
  for (linalg::LinalgOp op : ops) {
    for (OpOperand *input : op.getDpsInputOperands())
      if (input->get() == memref && op.payloadUsesValueFromOperand(input))
        return true;
    for (OpOperand &output : op.getDpsInitsMutable())
      if (output.get() == memref)
        return op.payloadUsesValueFromOperand(&output);
  }
  return false;
}

std::optional<unsigned> RowGroup::findLastUpdate(Value memref) const {
  if (isReadFirst(memref))
    return std::nullopt;
  unsigned last = ops.size();
  auto isWrittenBy = [&](linalg::LinalgOp op) {
    return llvm::is_contained(op.getDpsInits(), memref);
  };
  while (last > 0 && !isWrittenBy(ops[last - 1]))
    --last;
  if (last-- == 0)
    return std::nullopt;
  linalg::LinalgOp op = ops[last];
  if (!isa<linalg::GenericOp>(op.getOperation()) ||
      op.getNumReductionLoops() > 0 || op.getNumDpsInits() != 1 ||
      llvm::is_contained(op.getDpsInputs(), memref) ||
      !op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return std::nullopt;
  return last;
}

/// The number of rows of a memref, where that can be told and each is of one
/// size.
static OpFoldResult getRows(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (ShapedType::isDynamicShape(type.getShape().drop_front()))
    return {};
  if (!type.isDynamicDim(0))
    return Builder(type.getContext()).getIndexAttr(type.getDimSize(0));
  if (auto view = memref.getDefiningOp<memref::ViewOp>())
    return view.getSizes().front();
  if (auto alloc = memref.getDefiningOp<memref::AllocOp>())
    return alloc.getDynamicSizes().front();
  return {};
}

/// What a contraction starts from is left for it.
static bool startsContraction(linalg::LinalgOp op) {
  return llvm::any_of(op.getDpsInits(), [&](Value output) {
    return llvm::any_of(output.getUsers(), [&](Operation *user) {
      auto other = dyn_cast<linalg::LinalgOp>(user);
      return other && isContraction(other) &&
             llvm::is_contained(other.getDpsInits(), output);
    });
  });
}

/// The rows that an operation goes through independently; null if it does not.
static OpFoldResult getIndependentRows(linalg::LinalgOp op) {
  if (!isa<linalg::GenericOp, linalg::FillOp>(op.getOperation()) ||
      !op.hasPureBufferSemantics() || op.getNumLoops() == 0 ||
      op.getIteratorTypesArray()[0] != utils::IteratorType::parallel ||
      startsContraction(op))
    return {};
  for (Operation &inner : op.getBlock()->without_terminator())
    if (!isMemoryEffectFree(&inner))
      return {};
  OpFoldResult rows;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return {};
    if (!isa<MemRefType>(operand.get().getType()) || !map.isFunctionOfDim(0))
      continue;
    OpFoldResult own = isByRow(map) ? getRows(operand.get()) : OpFoldResult();
    if (!own || (rows && rows != own))
      return {};
    rows = own;
  }
  return rows;
}

namespace {

/// Gathers one group from the operations of a block, in their order.
class Gatherer {
public:
  /// Adds an operation if it can be done with the others where the first one
  /// stands.
  bool add(linalg::LinalgOp op);
  /// Notes the effects of an operation that stays behind the group. Fails if
  /// they are not known.
  bool skip(Operation &op);
  /// The part of the group that is worthwhile.
  SmallVector<linalg::LinalgOp> finish() const;

private:
  /// How the group, or what is skipped, uses a buffer.
  struct Use {
    Value memref;
    bool isOne = true, isByRow = true, isWritten = false;
  };
  bool fits(linalg::LinalgOp op, llvm::DenseMap<Value, Use> &merged) const;

  SmallVector<linalg::LinalgOp> ops;
  llvm::DenseMap<Value, Use> uses, skipped;
};

} // namespace

/// Whether rows stay independent; `merged` gets what the buffers' uses become.
bool Gatherer::fits(linalg::LinalgOp op,
                    llvm::DenseMap<Value, Use> &merged) const {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    Value buffer = getBuffer(operand.get());
    auto it = uses.find(buffer);
    Use &use = merged
                   .try_emplace(buffer, it == uses.end() ? Use{operand.get()}
                                                         : it->second)
                   .first->second;
    use.isOne &= use.memref == operand.get();
    use.isByRow &= isByRow(op.getMatchingIndexingMap(&operand));
    use.isWritten |= op.isDpsInit(&operand);
    if (use.isWritten && !(use.isOne && use.isByRow))
      return false;
    auto behind = skipped.find(buffer);
    if (behind != skipped.end() &&
        (behind->second.isWritten || op.isDpsInit(&operand)))
      return false;
  }
  return true;
}

bool Gatherer::add(linalg::LinalgOp op) {
  llvm::DenseMap<Value, Use> merged;
  if (!fits(op, merged))
    return false;
  if (!ops.empty()) {
    llvm::SetVector<Value> above(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), above);
    for (Value value : above)
      if (!canHoist(value.getDefiningOp(), ops.front()))
        return false;
  }
  for (auto &[buffer, use] : merged)
    uses[buffer] = use;
  ops.push_back(op);
  return true;
}

bool Gatherer::skip(Operation &op) {
  if (isMemoryEffectFree(&op) || isa<memref::AllocOp>(op))
    return true;
  auto note = [&](Value memref, bool isWritten) {
    if (isa<MemRefType>(memref.getType()))
      skipped[getBuffer(memref)].isWritten |= isWritten;
  };
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    for (OpOperand &operand : op.getOpOperands())
      note(operand.get(), linalgOp.isDpsInit(&operand));
  else if (!isa<memref::LoadOp>(op))
    return false;
  WalkResult result = op.walk([&](Operation *inner) {
    if (auto load = dyn_cast<memref::LoadOp>(inner))
      note(load.getMemref(), /*isWritten=*/false);
    else if (inner != &op && !isMemoryEffectFree(inner))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

SmallVector<linalg::LinalgOp> Gatherer::finish() const {
  llvm::MapVector<Value, SmallVector<unsigned>> users;
  for (auto [i, op] : llvm::enumerate(ops))
    for (OpOperand &operand : op->getOpOperands())
      if (isa<MemRefType>(operand.get().getType()) &&
          isByRow(linalg::LinalgOp(op).getMatchingIndexingMap(&operand)) &&
          (users[operand.get()].empty() || users[operand.get()].back() != i))
        users[operand.get()].push_back(i);
  // From the reductions of rows that others touch, along shared rows.
  llvm::SetVector<unsigned> kept;
  for (auto &[memref, indices] : users)
    if (cast<MemRefType>(memref.getType()).getRank() > 1 && indices.size() > 1)
      for (unsigned i : indices)
        if (linalg::LinalgOp(ops[i]).getNumReductionLoops() > 0)
          kept.insert(i);
  for (unsigned at = 0; at < kept.size(); ++at)
    for (Value operand : ops[kept[at]]->getOperands())
      if (auto it = users.find(operand); it != users.end())
        kept.insert_range(it->second);
  SmallVector<linalg::LinalgOp> result;
  for (auto [i, op] : llvm::enumerate(ops))
    if (kept.contains(i))
      result.push_back(op);
  return result;
}

/// Moves the operations behind the first one, with what they depend on.
static void bringTogether(ArrayRef<linalg::LinalgOp> ops) {
  Operation *last = ops.front();
  llvm::SetVector<Operation *> hoisted;
  for (linalg::LinalgOp op : ops.drop_front()) {
    llvm::SetVector<Value> above(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), above);
    for (Value value : above)
      collectToHoist(value.getDefiningOp(), ops.front(), hoisted);
  }
  for (Operation *op : hoisted)
    moveInBlock(op, ops.front());
  for (linalg::LinalgOp op : ops.drop_front()) {
    moveInBlock(op, last->getNextNode());
    last = op;
  }
}

namespace {

/// The groups that may still grow, one for each number of rows.
class OpenGroups {
public:
  void add(linalg::LinalgOp op);
  void skip(Operation &op);
  void finish();
  SmallVector<RowGroup> takeFinished() { return std::move(finished); }

private:
  void finish(OpFoldResult rows, const Gatherer &gatherer);

  SmallVector<std::pair<OpFoldResult, Gatherer>> open;
  SmallVector<RowGroup> finished;
};

} // namespace

void OpenGroups::finish(OpFoldResult rows, const Gatherer &gatherer) {
  if (SmallVector<linalg::LinalgOp> ops = gatherer.finish(); !ops.empty())
    finished.push_back({std::move(ops), rows});
}

void OpenGroups::finish() {
  for (auto &[rows, gatherer] : open)
    finish(rows, gatherer);
  open.clear();
}

void OpenGroups::skip(Operation &op) {
  for (auto &[rows, gatherer] : open)
    if (!gatherer.skip(op))
      return finish();
}

/// Adds an operation to the group of its rows, or begins another one where that
/// cannot be. To all others it is a neighbor.
void OpenGroups::add(linalg::LinalgOp op) {
  OpFoldResult rows = getIndependentRows(op);
  if (!rows)
    return skip(*op);
  Gatherer *own = nullptr;
  for (auto &[otherRows, gatherer] : open) {
    if (otherRows == rows)
      own = &gatherer;
    else
      gatherer.skip(*op);
  }
  if (!own)
    own = &open.emplace_back(rows, Gatherer()).second;
  if (own->add(op))
    return;
  finish(rows, *own);
  *own = Gatherer();
  own->add(op);
}

SmallVector<RowGroup> keel::findRowGroups(Block &block) {
  OpenGroups groups;
  for (Operation &op : block) {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp)
      groups.skip(op);
    else if (isContraction(linalgOp) || op.hasAttr(kEpilogueAttr))
      groups.finish();
    else
      groups.add(linalgOp);
  }
  groups.finish();
  SmallVector<RowGroup> result = groups.takeFinished();
  for (const RowGroup &group : result)
    bringTogether(group.ops);
  return result;
}
