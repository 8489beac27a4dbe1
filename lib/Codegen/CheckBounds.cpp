//===- CheckBounds.cpp - Check every access of generated code -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

namespace keel {
#define GEN_PASS_DEF_CHECKBOUNDS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// The functions that say what is out of bounds, and end the process.
class Failures {
public:
  explicit Failures(ModuleOp module)
      : module(module), b(ImplicitLocOpBuilder::atBlockBegin(
                            module.getLoc(), module.getBody())) {}

  LLVM::LLVMFuncOp get(func::FuncOp func, Operation *op);

private:
  LLVM::LLVMFuncOp declare(StringRef name, Type result, ArrayRef<Type> params);
  LLVM::LLVMFuncOp make(StringRef message);

  ModuleOp module;
  ImplicitLocOpBuilder b;
  llvm::StringMap<LLVM::LLVMFuncOp> made;
};

/// Puts the checks of one op before it.
class Checker {
public:
  Checker(Operation *op, Failures &failures)
      : op(op), failures(failures), b(op->getLoc(), op) {}

  /// False where the op is not known.
  bool run();

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, predicate, lhs, rhs);
  }
  Value getDim(Value memref, unsigned dim);
  /// Numbers are compared as unsigned ones: a negative index is a large one.
  void require(Value condition);
  void requireBelow(Value value, Value limit) {
    require(compare(arith::CmpIPredicate::ult, value, limit));
  }
  void requireAtMost(Value value, Value limit) {
    require(compare(arith::CmpIPredicate::ule, value, limit));
  }

  void checkIndices(Value memref, ValueRange indices);
  void checkVector(Value memref, ValueRange indices, VectorType type);
  void checkMasked(Value memref, ValueRange indices, Value mask);
  void checkView(memref::ViewOp view);
  void checkSubView(memref::SubViewOp view);
  void checkExpand(memref::ExpandShapeOp expand);

  Operation *op;
  Failures &failures;
  ImplicitLocOpBuilder b;
};

struct CheckBounds : keel::impl::CheckBoundsBase<CheckBounds> {
  void runOnOperation() override;
};

} // namespace

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

LLVM::LLVMFuncOp Failures::declare(StringRef name, Type result,
                                   ArrayRef<Type> params) {
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  return LLVM::LLVMFuncOp::create(b, name,
                                  LLVM::LLVMFunctionType::get(result, params));
}

/// One for each function and kind of op: the code stays small.
LLVM::LLVMFuncOp Failures::get(func::FuncOp func, Operation *op) {
  std::string message = ("error: " + op->getName().getStringRef() + " in " +
                         func.getName() + " is out of bounds\n")
                            .str();
  LLVM::LLVMFuncOp &known = made[message];
  if (!known)
    known = make(message);
  return known;
}

LLVM::LLVMFuncOp Failures::make(StringRef message) {
  OpBuilder::InsertionGuard guard(b);
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  Type none = LLVM::LLVMVoidType::get(b.getContext());
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  // Written at once: what is buffered would be lost.
  LLVM::LLVMFuncOp write = declare("write", i64, {i32, ptr, i64});
  LLVM::LLVMFuncOp abort = declare("abort", none, {});
  std::string name = "keel_out_of_bounds_" + std::to_string(made.size());
  auto text = LLVM::GlobalOp::create(
      b, LLVM::LLVMArrayType::get(b.getI8Type(), unsigned(message.size())),
      /*isConstant=*/true, LLVM::Linkage::Internal, name + "_message",
      b.getStringAttr(message));
  auto func = LLVM::LLVMFuncOp::create(
      b, name, LLVM::LLVMFunctionType::get(none, {}), LLVM::Linkage::Internal);
  b.setInsertionPointToStart(func.addEntryBlock(b));
  Value stderrNumber = LLVM::ConstantOp::create(b, i32, 2);
  Value size = LLVM::ConstantOp::create(b, i64, int64_t(message.size()));
  Value start = LLVM::AddressOfOp::create(b, text);
  LLVM::CallOp::create(b, write, ValueRange{stderrNumber, start, size});
  LLVM::CallOp::create(b, abort, ValueRange{});
  LLVM::UnreachableOp::create(b);
  return func;
}

//===----------------------------------------------------------------------===//
// Checker
//===----------------------------------------------------------------------===//

Value Checker::getDim(Value memref, unsigned dim) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return constant(type.getDimSize(dim));
  return memref::DimOp::create(b, memref, int64_t(dim));
}

void Checker::require(Value condition) {
  Value one = arith::ConstantIntOp::create(b, b.getI1Type(), 1);
  Value isWrong = arith::XOrIOp::create(b, condition, one);
  auto branch = scf::IfOp::create(b, isWrong);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  LLVM::CallOp::create(b, failures.get(op->getParentOfType<func::FuncOp>(), op),
                       ValueRange{});
}

void Checker::checkIndices(Value memref, ValueRange indices) {
  for (auto [dim, index] : llvm::enumerate(indices))
    requireBelow(index, getDim(memref, unsigned(dim)));
}

/// All elements stand in the vector's own dimensions: none in the next row.
void Checker::checkVector(Value memref, ValueRange indices, VectorType type) {
  checkIndices(memref, indices);
  unsigned first = unsigned(indices.size()) - unsigned(type.getRank());
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    unsigned dim = first + unsigned(i);
    Value end = arith::AddIOp::create(b, indices[dim], constant(size));
    requireAtMost(end, getDim(memref, dim));
  }
}

/// No lane that is on may be beyond the last dimension. Where none is on, the
/// index may be anywhere.
void Checker::checkMasked(Value memref, ValueRange indices, Value mask) {
  checkIndices(memref, indices.drop_back());
  int64_t lanes = cast<VectorType>(mask.getType()).getNumElements();
  auto type = VectorType::get(lanes, b.getIndexType());
  Value first = vector::BroadcastOp::create(b, type, indices.back());
  Value step = vector::StepOp::create(b, type);
  Value limit = vector::BroadcastOp::create(
      b, type, getDim(memref, unsigned(indices.size()) - 1));
  Value isBeyond =
      compare(arith::CmpIPredicate::uge,
              arith::AddIOp::create(b, first, step).getResult(), limit);
  Value isWrong = arith::AndIOp::create(b, isBeyond, mask);
  Value any =
      vector::ReductionOp::create(b, vector::CombiningKind::OR, isWrong);
  Value one = arith::ConstantIntOp::create(b, b.getI1Type(), 1);
  require(arith::XOrIOp::create(b, any, one));
}

/// The bytes of the view are the source's.
void Checker::checkView(memref::ViewOp view) {
  MemRefType type = view.getType();
  int64_t bits = type.getElementTypeBitWidth();
  Value bytes = constant((bits + 7) / 8);
  auto sizes = view.getSizes().begin();
  for (int64_t size : type.getShape())
    bytes = arith::MulIOp::create(
        b, bytes, ShapedType::isDynamic(size) ? *sizes++ : constant(size));
  Value whole = getDim(view.getSource(), 0);
  requireAtMost(view.getByteShift(), whole);
  requireAtMost(bytes, arith::SubIOp::create(b, whole, view.getByteShift()));
}

/// Offset, and offset and (size - 1) stride, are below the source's size where
/// there is anything in the view.
void Checker::checkSubView(memref::SubViewOp view) {
  auto get = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
  };
  Value zero = constant(0), one = constant(1);
  for (auto [dim, offset, size, stride] :
       llvm::enumerate(view.getMixedOffsets(), view.getMixedSizes(),
                       view.getMixedStrides())) {
    Value count = get(size), start = get(offset);
    Value isEmpty = compare(arith::CmpIPredicate::eq, count, zero);
    Value last = arith::SubIOp::create(b, count, one);
    last = arith::MulIOp::create(b, last, get(stride));
    last = arith::AddIOp::create(b, last, start);
    Value whole = getDim(view.getSource(), unsigned(dim));
    Value isWithin = arith::AndIOp::create(
        b, compare(arith::CmpIPredicate::ult, start, whole),
        compare(arith::CmpIPredicate::ult, last, whole));
    require(arith::OrIOp::create(b, isEmpty, isWithin));
  }
}

/// What a dimension becomes has as many elements. The verifier compares those
/// that are static.
void Checker::checkExpand(memref::ExpandShapeOp expand) {
  SmallVector<OpFoldResult> shape = expand.getMixedOutputShape();
  for (auto [dim, group] : llvm::enumerate(expand.getReassociationIndices())) {
    if (!expand.getSrcType().isDynamicDim(unsigned(dim)))
      continue;
    Value count = constant(1);
    for (int64_t part : group)
      count = arith::MulIOp::create(
          b, count,
          getValueOrCreateConstantIndexOp(b, b.getLoc(), shape[part]));
    require(compare(arith::CmpIPredicate::eq, count,
                    getDim(expand.getSrc(), unsigned(dim))));
  }
}

bool Checker::run() {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](memref::LoadOp load) {
        checkIndices(load.getMemRef(), load.getIndices());
        return true;
      })
      .Case([&](memref::StoreOp store) {
        checkIndices(store.getMemRef(), store.getIndices());
        return true;
      })
      .Case([&](vector::LoadOp load) {
        checkVector(load.getBase(), load.getIndices(), load.getVectorType());
        return true;
      })
      .Case([&](vector::StoreOp store) {
        checkVector(store.getBase(), store.getIndices(), store.getVectorType());
        return true;
      })
      .Case<vector::MaskedLoadOp, vector::MaskedStoreOp>([&](auto access) {
        checkMasked(access.getBase(), access.getIndices(), access.getMask());
        return true;
      })
      .Case([&](memref::ViewOp view) { return checkView(view), true; })
      .Case([&](memref::SubViewOp view) { return checkSubView(view), true; })
      .Case([&](memref::ExpandShapeOp expand) {
        return checkExpand(expand), true;
      })
      // These read and write nothing. Collapsed dimensions have the sizes that
      // they had apart.
      .Case<memref::CollapseShapeOp, memref::DimOp, memref::PrefetchOp,
            arith::SelectOp, func::CallOp>([](auto) { return true; })
      .Default([](Operation *) { return false; });
}

void CheckBounds::runOnOperation() {
  ModuleOp module = getOperation();
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (llvm::any_of(op->getOperandTypes(), llvm::IsaPred<BaseMemRefType>))
      ops.push_back(op);
  });
  Failures failures(module);
  for (Operation *op : ops)
    if (!Checker(op, failures).run()) {
      op->emitError("'") << op->getName()
                         << "' takes a memref, and how to check its bounds is "
                            "not known";
      return signalPassFailure();
    }
}
