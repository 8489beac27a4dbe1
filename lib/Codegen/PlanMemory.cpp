//===- PlanMemory.cpp - Give every temporary a place in the scratch arena -===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowBounds.h"
#include "TileEpilogue.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "keel/Codegen/StepSignature.h"
#include "keel/Interfaces/Roles.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

namespace keel {
#define GEN_PASS_DEF_PLANMEMORY
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// A temporary: its bytes and the first and last operation of the function's
/// block that may touch it.
struct Temporary {
  memref::AllocOp alloc;
  int64_t bytes = 0;
  unsigned first = 0, last = 0;
  int64_t offset = 0;

  bool isAliveWith(const Temporary &other) const {
    return first <= other.last && other.first <= last;
  }
};

struct PlanMemory : keel::impl::PlanMemoryBase<PlanMemory> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override;
  LogicalResult plan(func::FuncOp func, ArenaLayout &layout);
};

} // namespace

/// The order of a block's operations. A contraction, what it starts from and
/// its epilogue become one kernel: nothing one of them reads may lie where
/// another writes.
static llvm::DenseMap<Operation *, unsigned> getPositions(Block &block) {
  llvm::DenseMap<Operation *, unsigned> position;
  for (Operation &op : block)
    position.insert({&op, position.size()});
  for (Operation &op : block) {
    if (!op.hasAttr(kEpilogueAttr))
      continue;
    auto product = cast<linalg::LinalgOp>(op.getPrevNode());
    Operation *first = product;
    for (Operation *before = first->getPrevNode(); before;
         before = before->getPrevNode()) {
      auto init = dyn_cast<linalg::LinalgOp>(before);
      if (!init && isMemoryEffectFree(before))
        continue;
      if (init && llvm::equal(init.getDpsInits(), product.getDpsInits()))
        first = before;
      else if (!isa<memref::AllocOp>(before))
        break;
    }
    for (Operation *at = first; at != op.getNextNode(); at = at->getNextNode())
      position[at] = position[first];
  }
  return position;
}

/// Lists the temporaries of `func` with their lifetimes. One in a nested region
/// lives as long as the operation of the function's block that holds it.
static LogicalResult collect(func::FuncOp func, int64_t maxRows,
                             SmallVectorImpl<Temporary> &temporaries) {
  Block &body = func.front();
  llvm::DenseMap<Operation *, unsigned> position = getPositions(body);
  BufferViewFlowAnalysis aliases(func);
  WalkResult result = func.walk([&](memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    Temporary temporary{alloc};
    temporary.bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    for (int64_t size : type.getShape())
      if (!ShapedType::isDynamic(size))
        temporary.bytes *= size;
    for (Value size : alloc.getDynamicSizes()) {
      std::optional<int64_t> bound = getUpperBound(size, maxRows);
      if (!bound) {
        alloc.emitError("cannot bound the size of a temporary");
        return WalkResult::interrupt();
      }
      temporary.bytes *= *bound;
    }
    // It is never touched, but its place must tell it from what its kernel
    // does.
    if (alloc->hasAttr(kTransientAttr))
      temporary.bytes = 1;
    temporary.first = temporary.last =
        position.at(body.findAncestorOpInBlock(*alloc));
    for (Value alias : aliases.resolve(alloc))
      for (Operation *user : alias.getUsers()) {
        unsigned at = position.at(body.findAncestorOpInBlock(*user));
        temporary.first = std::min(temporary.first, at);
        temporary.last = std::max(temporary.last, at);
      }
    temporaries.push_back(temporary);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Places the largest first, each at the lowest offset that is free over its
/// whole lifetime. Returns the bytes in use.
static int64_t place(SmallVectorImpl<Temporary> &temporaries) {
  SmallVector<Temporary *> order;
  for (Temporary &temporary : temporaries)
    order.push_back(&temporary);
  llvm::sort(order, [](Temporary *a, Temporary *b) {
    return std::tie(b->bytes, a->first) < std::tie(a->bytes, b->first);
  });
  int64_t end = 0;
  SmallVector<Temporary *> placed; // sorted by offset
  for (Temporary *temporary : order) {
    int64_t offset = 0;
    for (Temporary *other : placed) {
      if (!temporary->isAliveWith(*other))
        continue;
      if (offset + temporary->bytes <= other->offset)
        break;
      offset =
          std::max(offset, int64_t(llvm::alignTo(other->offset + other->bytes,
                                                 KEEL_ARENA_ALIGNMENT)));
    }
    temporary->offset = offset;
    end = std::max(end, offset + temporary->bytes);
    placed.insert(llvm::upper_bound(placed, temporary,
                                    [](Temporary *a, Temporary *b) {
                                      return a->offset < b->offset;
                                    }),
                  temporary);
  }
  return llvm::alignTo(end, KEEL_ARENA_ALIGNMENT);
}

/// The argument that temporaries go to: the scratch or, in apply_step, the
/// grads.
static std::optional<unsigned> findArgument(func::FuncOp func, ArgKind kind) {
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i) {
    auto attr = func.getArgAttrOfType<StringAttr>(i, kArenaAttr);
    if (attr && attr == stringify(kind))
      return i;
  }
  return std::nullopt;
}

static void setBytes(func::FuncOp func, unsigned arg, int64_t bytes) {
  Builder b(func.getContext());
  func.getArgument(arg).setType(MemRefType::get({bytes}, b.getI8Type()));
  func.setFunctionType(
      b.getFunctionType(func.front().getArgumentTypes(), TypeRange()));
}

LogicalResult PlanMemory::plan(func::FuncOp func, ArenaLayout &layout) {
  SmallVector<Temporary> temporaries;
  if (failed(collect(func, layout.maxRows, temporaries)))
    return failure();
  int64_t bytes = place(temporaries), base = 0;
  std::optional<unsigned> arg = findArgument(func, ArgKind::Scratch);
  if (!arg) {
    arg = findArgument(func, ArgKind::Grads);
    base = layout.tailOffset;
    layout.gradsBytes = std::max(layout.gradsBytes, base + bytes);
  } else if (func.getName() == step::kInit) {
    layout.initScratchBytes = bytes;
  } else {
    layout.scratchBytes = std::max(layout.scratchBytes, bytes);
    if (func.getName() == step::kInfer)
      func->getParentOfType<ModuleOp>()->setAttr(
          kInferScratchAttr,
          Builder(func.getContext()).getI64IntegerAttr(bytes));
  }
  setBytes(func, *arg, base + bytes);
  Value arena = func.getArgument(*arg);
  func.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
  for (Temporary &temporary : temporaries) {
    memref::AllocOp alloc = temporary.alloc;
    OpBuilder b(alloc);
    Value offset = arith::ConstantIndexOp::create(b, alloc.getLoc(),
                                                  base + temporary.offset);
    Value view = memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(),
                                        arena, offset, alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }
  return success();
}

void PlanMemory::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<ArenaLayout> layout = ArenaLayout::read(module);
  if (failed(layout))
    return signalPassFailure();
  for (auto func : module.getOps<func::FuncOp>())
    if (!getStepSignature(func.getName()).empty() && !func.isExternal())
      if (failed(plan(func, *layout)))
        return signalPassFailure();
  // All are given one arena: of one type, they can share what they call.
  for (auto func : module.getOps<func::FuncOp>())
    if (std::optional<unsigned> arg = findArgument(func, ArgKind::Scratch);
        arg && !func.isExternal() && func.getName() != step::kInit)
      setBytes(func, *arg, layout->scratchBytes);
  layout->write(module);
}
