//===- OutlineKernels.cpp - Equal operations share a function -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "Outlining.h"
#include "TileEpilogue.h"
#include "keel/Codegen/Passes.h"
#include "keel/Codegen/StepSignature.h"
#include "keel/Interfaces/Roles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"

namespace keel {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// What becomes one function.
using Kernel = SmallVector<Operation *, 3>;

struct OutlineKernels : keel::impl::OutlineKernelsBase<OutlineKernels> {
  using OutlineKernelsBase::OutlineKernelsBase;

  void runOnOperation() override;
  LogicalResult outline(ArrayRef<Operation *> ops, func::FuncOp func,
                        SymbolTable &symbols);

  /// What is raised to these decides how a power is computed.
  DenseSet<Value> exponents;
  OutlinedFunctions known;
  /// The kernels with their calls.
  llvm::MapVector<Operation *, SmallVector<func::CallOp>> kernels;
};

} // namespace

/// Whether `op` puts there what `next` adds to.
static bool isInitOf(linalg::LinalgOp op, linalg::LinalgOp next) {
  bool isInit =
      isa<linalg::FillOp>(op) || (isContraction(next) && !isContraction(op));
  return isInit && op.getNumDpsInits() == 1 &&
         llvm::is_contained(next.getDpsInits(), op.getDpsInits()[0]);
}

/// Whether `op` is a loop that keel-fuse-rows has made.
static bool isRowLoop(Operation &op) { return isa<scf::ParallelOp>(op); }

/// The operations of `block` that become functions: one linalg operation each,
/// with those right before it that write what it starts from, and its epilogue;
/// or a loop over rows.
static SmallVector<Kernel> collect(Block &block) {
  SmallVector<Kernel> result;
  // How many of the last ones nothing but them has followed.
  unsigned movable = 0;
  for (Operation &op : block) {
    auto next = dyn_cast<linalg::LinalgOp>(op);
    if (!next) {
      if (!isMemoryEffectFree(&op))
        movable = 0;
      if (isRowLoop(op))
        result.push_back({&op});
      continue;
    }
    if (op.hasAttr(kEpilogueAttr)) {
      result.back().push_back(next);
      continue;
    }
    Kernel kernel = {next};
    while (movable > 0 && result.back().size() == 1 &&
           isInitOf(cast<linalg::LinalgOp>(result.back().front()), next)) {
      kernel.insert(kernel.begin(), result.pop_back_val().front());
      --movable;
    }
    result.push_back(std::move(kernel));
    ++movable;
  }
  return result;
}

LogicalResult OutlineKernels::outline(ArrayRef<Operation *> ops,
                                      func::FuncOp func, SymbolTable &symbols) {
  Captures captures(func);
  captures.passIntegersBut(exponents);
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      captures.add(operand);
    llvm::SetVector<Value> above;
    getUsedValuesDefinedAbove(op->getRegions(), above);
    for (Value value : above)
      captures.add(value);
  }
  if (failed(captures.verify(ops.back())))
    return failure();

  OpBuilder b(func);
  Location loc = ops.back()->getLoc();
  SmallVector<Value> operands = captures.getOperands();
  auto kernel = func::FuncOp::create(
      b, loc, (func.getName() + "_kernel").str(),
      b.getFunctionType(ValueRange(operands).getTypes(), {}));
  kernel.setPrivate();
  // The rows stay known as such.
  for (auto [i, operand] : llvm::enumerate(operands))
    if (auto arg = dyn_cast<BlockArgument>(operand))
      if (Attribute kind = func.getArgAttr(arg.getArgNumber(), kArenaAttr))
        kernel.setArgAttr(i, kArenaAttr, kind);
  b.setInsertionPointToStart(kernel.addEntryBlock());
  IRMapping mapping;
  captures.rematerialize(b, mapping, kernel.getArguments());
  for (Operation *op : ops)
    b.clone(*op, mapping)->removeAttr(kDrawAttr);
  func::ReturnOp::create(b, loc);

  func::FuncOp shared = known.insert(kernel);
  if (shared == kernel)
    symbols.insert(kernel);
  else
    kernel.erase();
  b.setInsertionPoint(ops.back());
  kernels[shared].push_back(func::CallOp::create(b, loc, shared, operands));
  for (Operation *op : ops)
    op->erase();
  return success();
}

/// Puts the constants that all calls agree on into the kernel.
static void specialize(func::FuncOp kernel,
                       MutableArrayRef<func::CallOp> calls) {
  OpBuilder b(kernel.getBody());
  llvm::BitVector constant(kernel.getNumArguments());
  for (BlockArgument arg : kernel.getArguments()) {
    unsigned i = arg.getArgNumber();
    Attribute value, other;
    if (matchPattern(calls.front().getOperand(i), m_Constant(&value)) &&
        llvm::all_of(calls.drop_front(), [&](func::CallOp call) {
          return matchPattern(call.getOperand(i), m_Constant(&other)) &&
                 other == value;
        })) {
      arg.replaceAllUsesWith(arith::ConstantOp::create(b, kernel.getLoc(),
                                                       cast<TypedAttr>(value)));
      constant.set(i);
    }
  }
  [[maybe_unused]] LogicalResult erased = kernel.eraseArguments(constant);
  assert(succeeded(erased) && "a function's type has one form");
  for (func::CallOp call : calls)
    call->eraseOperands(constant);
}

void OutlineKernels::runOnOperation() {
  known = {};
  kernels.clear();
  exponents.clear();
  getOperation()->walk(
      [&](math::FPowIOp power) { exponents.insert(power.getRhs()); });
  SymbolTable symbols(getOperation());
  for (auto func :
       llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
    if (getStepSignature(func.getName()).empty() || func.isExternal())
      continue;
    for (const Kernel &ops : collect(func.front()))
      if (failed(outline(ops, func, symbols)))
        return signalPassFailure();
  }
  for (auto &[kernel, calls] : kernels)
    specialize(cast<func::FuncOp>(kernel), calls);
}
