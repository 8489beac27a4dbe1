//===- EmitEntryPoints.cpp - The step's functions with their C signatures -===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/Passes.h"
#include "keel/Codegen/StepSignature.h"
#include "keel/Interfaces/Roles.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

namespace keel {
#define GEN_PASS_DEF_EMITENTRYPOINTS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Makes the public wrapper of one step function.
class EntryBuilder {
public:
  EntryBuilder(LLVM::LLVMFuncOp func, const ArenaLayout &layout)
      : func(func), layout(layout), b(func), loc(func.getLoc()),
        ptr(LLVM::LLVMPointerType::get(b.getContext())), i64(b.getI64Type()) {}

  void run(StringRef symbol, ArrayRef<ArgKind> signature);

private:
  Value getConstant(int64_t value) {
    return LLVM::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(value));
  }
  void passBuffers(Value array, int64_t count);
  void clearResult(Value result);
  Value loadFromContext(Value context, int64_t offset);
  LLVM::LLVMFuncOp declare(StringRef name, Type result, ArrayRef<Type> params);

  LLVM::LLVMFuncOp func;
  const ArenaLayout &layout;
  OpBuilder b;
  Location loc;
  Type ptr, i64;
  SmallVector<Value> operands;
};

struct EmitEntryPoints : keel::impl::EmitEntryPointsBase<EmitEntryPoints> {
  using EmitEntryPointsBase::EmitEntryPointsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ArenaLayout> layout = ArenaLayout::read(module);
    if (failed(layout))
      return signalPassFailure();
    std::string prefix;
    if (auto name = module->getAttrOfType<StringAttr>(kModelNameAttr))
      prefix = (name.getValue() + "_").str();
    for (auto func :
         llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>())) {
      if (func.isExternal())
        continue;
      ArrayRef<ArgKind> signature = getStepSignature(func.getName());
      if (!signature.empty())
        EntryBuilder(func, *layout)
            .run(prefix + func.getName().str(), signature);
      else if (func.getName() == step::kLearningRate)
        func.setName(prefix + func.getName().str());
      else
        func.setLinkage(LLVM::Linkage::Internal);
      // Roles and arenas mean nothing to LLVM, which would warn of them.
      func.removeArgAttrsAttr();
      func.removeResAttrsAttr();
    }
  }
};

} // namespace

/// Passes the pointers of an array one by one.
void EntryBuilder::passBuffers(Value array, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    Value slot =
        LLVM::GEPOp::create(b, loc, ptr, ptr, array,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    operands.push_back(LLVM::LoadOp::create(b, loc, ptr, slot));
  }
}

/// A function need not write all of the result.
void EntryBuilder::clearResult(Value result) {
  static_assert(sizeof(keel_result) == 16);
  Value zero = getConstant(0);
  LLVM::StoreOp::create(b, loc, zero, result);
  Value flags =
      LLVM::GEPOp::create(b, loc, ptr, i64, result, ArrayRef<LLVM::GEPArg>{1});
  LLVM::StoreOp::create(b, loc, zero, flags);
}

Value EntryBuilder::loadFromContext(Value context, int64_t offset) {
  Value field =
      LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), context,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  return LLVM::LoadOp::create(b, loc, i64, field);
}

LLVM::LLVMFuncOp EntryBuilder::declare(StringRef name, Type result,
                                       ArrayRef<Type> params) {
  auto module = func->getParentOfType<ModuleOp>();
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  return LLVM::LLVMFuncOp::create(b, loc, name,
                                  LLVM::LLVMFunctionType::get(result, params));
}

void EntryBuilder::run(StringRef symbol, ArrayRef<ArgKind> signature) {
  bool isInit = func.getName() == step::kInit;
  Type voidType = LLVM::LLVMVoidType::get(b.getContext());
  SmallVector<Type> types;
  // What a step draws random numbers from stands in the context.
  auto isInContext = [&](ArgKind kind) {
    return kind == ArgKind::FirstRow || (kind == ArgKind::Seed && !isInit);
  };
  for (ArgKind kind : signature)
    if (!isInContext(kind) && (!isInit || kind != ArgKind::Scratch))
      types.push_back(kind == ArgKind::Rows || kind == ArgKind::Step ||
                              kind == ArgKind::Seed
                          ? i64
                          : ptr);
  func.setName((func.getName() + "_impl").str());
  func.setLinkage(LLVM::Linkage::Internal);
  func.removeArgAttrsAttr();
  auto entry = LLVM::LLVMFuncOp::create(
      b, loc, symbol, LLVM::LLVMFunctionType::get(voidType, types));
  Block *block = entry.addEntryBlock(b);
  b.setInsertionPointToStart(block);

  Value initScratch;
  unsigned next = 0;
  for (ArgKind kind : signature) {
    if (isInit && kind == ArgKind::Scratch) {
      auto allocate = declare("aligned_alloc", ptr, {i64, i64});
      initScratch =
          LLVM::CallOp::create(b, loc, allocate,
                               ValueRange{getConstant(KEEL_ARENA_ALIGNMENT),
                                          getConstant(layout.initScratchBytes)})
              .getResult();
      operands.push_back(initScratch);
      continue;
    }
    if (isInContext(kind)) {
      operands.push_back(loadFromContext(
          block->getArgument(0), kind == ArgKind::Seed
                                     ? offsetof(keel_context, seed)
                                     : offsetof(keel_context, first_row)));
      continue;
    }
    Value arg = block->getArgument(next++);
    if (kind == ArgKind::Input)
      passBuffers(arg, layout.inputs.size());
    else if (kind == ArgKind::Label)
      passBuffers(arg, layout.labels.size());
    else if (kind == ArgKind::Output)
      passBuffers(arg, layout.outputs.size());
    else
      operands.push_back(arg);
    if (kind == ArgKind::Result)
      clearResult(arg);
  }
  LLVM::CallOp::create(b, loc, func, operands);
  if (initScratch)
    LLVM::CallOp::create(b, loc, declare("free", voidType, {ptr}),
                         ValueRange{initScratch});
  LLVM::ReturnOp::create(b, loc, ValueRange());
}
