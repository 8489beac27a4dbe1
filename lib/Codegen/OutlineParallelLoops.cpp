//===- OutlineParallelLoops.cpp - Loops become functions on ranges --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outlining.h"
#include "RowBounds.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "keel/Codegen/StepSignature.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/RegionUtils.h"

namespace keel {
#define GEN_PASS_DEF_OUTLINEPARALLELLOOPS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct OutlineParallelLoops
    : keel::impl::OutlineParallelLoopsBase<OutlineParallelLoops> {
  using OutlineParallelLoopsBase::OutlineParallelLoopsBase;

  void runOnOperation() override;
  double getCost(Operation *op);
  double getCost(Region &region);
  double getTripCount(Value lb, Value ub, Value step);
  bool isWorthwhile(scf::ParallelOp loop);
  LogicalResult outline(scf::ParallelOp loop, func::FuncOp func,
                        unsigned number, SymbolTable &symbols);

  func::FuncOp getDispatch(func::FuncOp body, SymbolTable &symbols);

  int64_t maxRows = 1;
  OutlinedFunctions bodies;
  /// What stands for each of them.
  llvm::DenseMap<Operation *, func::FuncOp> dispatches;
};

} // namespace

/// Turns a parallel loop into sequential ones.
static void makeSequential(scf::ParallelOp loop) {
  OpBuilder b(loop);
  SmallVector<Value> ivs;
  for (auto [lb, ub, step] :
       llvm::zip(loop.getLowerBound(), loop.getUpperBound(), loop.getStep())) {
    auto nest = scf::ForOp::create(b, loop.getLoc(), lb, ub, step);
    b.setInsertionPointToStart(nest.getBody());
    ivs.push_back(nest.getInductionVar());
  }
  Block *dest = b.getInsertionBlock();
  loop.getBody()->getTerminator()->erase();
  dest->getOperations().splice(dest->begin(), loop.getBody()->getOperations());
  for (auto [from, to] : llvm::zip(loop.getInductionVars(), ivs))
    from.replaceAllUsesWith(to);
  loop.erase();
}

/// Whether `func` is one of the step's, or a kernel of one.
static bool takesContext(func::FuncOp func) {
  auto kind = func.getNumArguments()
                  ? func.getArgAttrOfType<StringAttr>(0, kArenaAttr)
                  : StringAttr();
  return !func.isExternal() && kind && kind == stringify(ArgKind::Context);
}

/// Loops whose count is not known are taken to run this often.
static constexpr double kUnknownTrips = 8;

double OutlineParallelLoops::getTripCount(Value lb, Value ub, Value step) {
  std::optional<int64_t> lower = getUpperBound(lb, maxRows).value_or(0);
  std::optional<int64_t> upper = getUpperBound(ub, maxRows);
  std::optional<int64_t> by = getUpperBound(step, maxRows);
  if (!upper || !by || *by <= 0)
    return kUnknownTrips;
  return std::max<double>(0, double(*upper - *lower) / double(*by));
}

double OutlineParallelLoops::getCost(Region &region) {
  double cost = 0;
  for (Operation &op : region.getOps())
    cost += getCost(&op);
  return cost;
}

double OutlineParallelLoops::getCost(Operation *op) {
  if (op->getNumRegions() == 0)
    return 1;
  double cost = 0;
  for (Region &region : op->getRegions())
    cost = std::max(cost, getCost(region));
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return cost * getTripCount(loop.getLowerBound(), loop.getUpperBound(),
                               loop.getStep());
  return isa<scf::WhileOp>(op) ? cost * kUnknownTrips : cost;
}

bool OutlineParallelLoops::isWorthwhile(scf::ParallelOp loop) {
  if (loop.getNumLoops() != 1 || loop.getNumResults() ||
      getConstantIntValue(loop.getStep().front()) != 1)
    return false;
  double trips =
      getTripCount(loop.getLowerBound().front(), loop.getUpperBound().front(),
                   loop.getStep().front());
  return trips > 1 && trips * getCost(loop.getRegion()) >= double(grain);
}

/// The declaration that is called for `body`, which is erased if an equal one
/// is known.
func::FuncOp OutlineParallelLoops::getDispatch(func::FuncOp body,
                                               SymbolTable &symbols) {
  func::FuncOp known = bodies.insert(body);
  if (known != body) {
    symbols.erase(body);
    return dispatches.at(known);
  }
  OpBuilder b(body->getContext());
  b.setInsertionPointAfter(body);
  auto dispatch = func::FuncOp::create(b, body.getLoc(),
                                       (body.getName() + "_dispatch").str(),
                                       body.getFunctionType());
  dispatch.setPrivate();
  dispatch->setAttr(kParallelBodyAttr,
                    FlatSymbolRefAttr::get(body.getNameAttr()));
  symbols.insert(dispatch);
  dispatches[body] = dispatch;
  return dispatch;
}

LogicalResult OutlineParallelLoops::outline(scf::ParallelOp loop,
                                            func::FuncOp func, unsigned number,
                                            SymbolTable &symbols) {
  Captures captures(func);
  llvm::SetVector<Value> above;
  getUsedValuesDefinedAbove(loop.getRegion(), above);
  for (Value value : above)
    captures.add(value);
  if (failed(captures.verify(loop)))
    return failure();

  OpBuilder b(func);
  Location loc = loop.getLoc();
  SmallVector<Value> operands = captures.getOperands();
  operands.append({loop.getLowerBound().front(), loop.getUpperBound().front()});
  auto type = b.getFunctionType(ValueRange(operands).getTypes(), {});
  std::string name =
      (func.getName() + "_parallel_" + std::to_string(number)).str();

  auto body = func::FuncOp::create(b, loc, name, type);
  body.setPrivate();
  symbols.insert(body);
  Block *entry = body.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  captures.rematerialize(b, mapping, entry->getArguments());
  Value begin = entry->getArgument(entry->getNumArguments() - 2);
  Value end = entry->getArgument(entry->getNumArguments() - 1);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto range = scf::ForOp::create(b, loc, begin, end, one);
  func::ReturnOp::create(b, loc);
  mapping.map(loop.getInductionVars().front(), range.getInductionVar());
  b.setInsertionPointToStart(range.getBody());
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);

  func::FuncOp dispatch = getDispatch(body, symbols);
  b.setInsertionPoint(loop);
  func::CallOp::create(b, loc, dispatch, operands);
  loop.erase();
  return success();
}

/// Buffers on the stack inside a loop are the loop's own in every iteration:
/// one at the entry does for all of them, and for those of other loops that are
/// done before or after.
static void hoistAllocas(func::FuncOp func) {
  if (func.isExternal())
    return;
  SmallVector<std::pair<memref::AllocaOp, Block *>> allocas;
  func.walk([&](memref::AllocaOp alloca) {
    if (alloca->getNumOperands() == 0)
      allocas.push_back({alloca, alloca->getBlock()});
  });
  // The hoisted ones, with the blocks that use them.
  SmallVector<std::pair<memref::AllocaOp, SmallVector<Block *>>> hoisted;
  for (auto [alloca, block] : allocas) {
    auto *it = llvm::find_if(hoisted, [&](auto &other) {
      return other.first.getType() == alloca.getType() &&
             llvm::none_of(other.second, [&](Block *used) {
               return used->findAncestorOpInBlock(*block->getParentOp()) ||
                      block->findAncestorOpInBlock(*used->getParentOp()) ||
                      used == block;
             });
    });
    if (it != hoisted.end()) {
      it->second.push_back(block);
      alloca.replaceAllUsesWith(it->first.getResult());
      alloca.erase();
      continue;
    }
    alloca->moveBefore(&func.front(), func.front().begin());
    hoisted.push_back({alloca, {block}});
  }
}

void OutlineParallelLoops::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<ArenaLayout> layout = ArenaLayout::read(module);
  if (failed(layout))
    return signalPassFailure();
  maxRows = layout->maxRows;
  bodies = {};
  dispatches.clear();
  SymbolTable symbols(module);
  for (auto func : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!takesContext(func))
      continue;
    SmallVector<scf::ParallelOp> outer, inner;
    func.walk<WalkOrder::PreOrder>([&](scf::ParallelOp loop) {
      bool nested = loop->getParentOfType<scf::ParallelOp>();
      (nested ? inner : outer).push_back(loop);
    });
    for (scf::ParallelOp loop : llvm::reverse(inner))
      makeSequential(loop);
    unsigned number = 0;
    for (scf::ParallelOp loop : outer) {
      if (!isWorthwhile(loop))
        makeSequential(loop);
      else if (failed(outline(loop, func, number++, symbols)))
        return signalPassFailure();
    }
  }
  for (auto func : module.getOps<func::FuncOp>())
    hoistAllocas(func);
}
