//===- LowerParallelCalls.cpp - Parallel loops through the context --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

namespace keel {
#define GEN_PASS_DEF_LOWERPARALLELCALLS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Gives one dispatch function its body, and makes the thunk that the host
/// calls back.
class DispatchLowering {
public:
  DispatchLowering(LLVM::LLVMFuncOp dispatch, LLVM::LLVMFuncOp body)
      : dispatch(dispatch), body(body), b(dispatch.getContext()),
        loc(dispatch.getLoc()), ptr(LLVM::LLVMPointerType::get(b.getContext())),
        i64(b.getI64Type()) {
    ArrayRef<Type> params = dispatch.getFunctionType().getParams();
    numCaptures = params.size() - 2;
    closure = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                               params.take_front(numCaptures));
  }

  void run() {
    LLVM::LLVMFuncOp thunk = createThunk();
    fillDispatch(thunk);
  }

private:
  Value getField(Value base, unsigned index) {
    return LLVM::GEPOp::create(
        b, loc, ptr, closure, base,
        ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(index)});
  }

  LLVM::LLVMFuncOp createThunk();
  void fillDispatch(LLVM::LLVMFuncOp thunk);

  LLVM::LLVMFuncOp dispatch, body;
  OpBuilder b;
  Location loc;
  Type ptr, i64;
  unsigned numCaptures = 0;
  LLVM::LLVMStructType closure;
};

struct LowerParallelCalls
    : keel::impl::LowerParallelCallsBase<LowerParallelCalls> {
  using LowerParallelCallsBase::LowerParallelCallsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    for (auto func :
         llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>())) {
      auto target = func->getAttrOfType<FlatSymbolRefAttr>(kParallelBodyAttr);
      if (!target)
        continue;
      auto body = symbols.lookup<LLVM::LLVMFuncOp>(target.getAttr());
      if (!body || body.getFunctionType() != func.getFunctionType() ||
          func.getFunctionType().getNumParams() < 3) {
        func.emitError("'")
            << target.getValue() << "' is not the body of a parallel loop";
        return signalPassFailure();
      }
      DispatchLowering(func, body).run();
    }
  }
};

} // namespace

/// void thunk(void *closure, int64_t begin, int64_t end)
LLVM::LLVMFuncOp DispatchLowering::createThunk() {
  b.setInsertionPoint(dispatch);
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), {ptr, i64, i64});
  auto thunk = LLVM::LLVMFuncOp::create(
      b, loc, (body.getName() + "_thunk").str(), type, LLVM::Linkage::Internal);
  Block *entry = thunk.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  SmallVector<Value> operands;
  for (unsigned i = 0; i < numCaptures; ++i)
    operands.push_back(LLVM::LoadOp::create(
        b, loc, closure.getBody()[i], getField(entry->getArgument(0), i)));
  operands.append({entry->getArgument(1), entry->getArgument(2)});
  LLVM::CallOp::create(b, loc, body, operands);
  LLVM::ReturnOp::create(b, loc, ValueRange());
  return thunk;
}

/// Packs the captures on the stack and calls the context's parallel_for, which
/// stands at offset 0.
void DispatchLowering::fillDispatch(LLVM::LLVMFuncOp thunk) {
  dispatch.setLinkage(LLVM::Linkage::Internal);
  body.setLinkage(LLVM::Linkage::Internal);
  dispatch->removeAttr(kParallelBodyAttr);
  Block *entry = dispatch.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  Value one = LLVM::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(1));
  Value packed = LLVM::AllocaOp::create(b, loc, ptr, closure, one);
  for (unsigned i = 0; i < numCaptures; ++i)
    LLVM::StoreOp::create(b, loc, entry->getArgument(i), getField(packed, i));
  Value context = entry->getArgument(0);
  Value parallelFor = LLVM::LoadOp::create(b, loc, ptr, context);
  Value callee = LLVM::AddressOfOp::create(b, loc, thunk);
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), {ptr, ptr, ptr, i64, i64});
  LLVM::CallOp::create(b, loc, type,
                       ValueRange{parallelFor, context, callee, packed,
                                  entry->getArgument(numCaptures),
                                  entry->getArgument(numCaptures + 1)});
  LLVM::ReturnOp::create(b, loc, ValueRange());
}
