//===- MapToArenas.cpp - Give step functions their flat arenas ------------===//
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
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace keel {
#define GEN_PASS_DEF_MAPTOARENAS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Where a tensor lies: an arena argument and a byte offset.
struct Place {
  Value arena;
  int64_t offset = 0;
};

/// Rewrites one function of the step.
class FunctionMapper {
public:
  FunctionMapper(func::FuncOp func, const ArenaLayout &layout)
      : func(func), layout(layout), b(func.getContext()),
        inPlace(func.getName() == step::kApplyStep ||
                func.getName() == step::kTrainStep) {}

  LogicalResult run();

private:
  void addArguments();
  BlockArgument addArgument(ArgKind kind, Type type);
  MemRefType getArenaType(int64_t bytes) {
    return MemRefType::get({bytes}, b.getI8Type());
  }
  /// Whether the params are what @fold made of them.
  bool takesFolded() {
    return func.getName() == step::kInfer && !layout.folded.empty();
  }
  FailureOr<Place> locate(DictionaryAttr attrs);
  FailureOr<Place> locateIn(const ArenaLayout::Tensors &tensors, StringRef name,
                            ArgKind kind, int64_t base = 0);
  FailureOr<Place> locateBuffer(const ArenaLayout::Tensors &tensors,
                                StringRef name, ArrayRef<Value> buffers);
  Value getView(Place place, RankedTensorType type);
  Value getTensor(Place place, RankedTensorType type, bool writable);
  LogicalResult mapArgument(BlockArgument arg);
  LogicalResult mapBatchDims();
  Value fillSplat(Value value, Value dest);
  LogicalResult mapResults();

  func::FuncOp func;
  const ArenaLayout &layout;
  OpBuilder b;
  bool inPlace;
  unsigned numOldArgs = 0;
  llvm::DenseMap<ArgKind, Value> args;
  SmallVector<Value> inputs, labels, outputs;
  SmallVector<Attribute> argAttrs;
  llvm::DenseMap<std::pair<Value, int64_t>, Value> views, tensors;
};

struct MapToArenas : keel::impl::MapToArenasBase<MapToArenas> {
  using MapToArenasBase::MapToArenasBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ArenaLayout> layout = ArenaLayout::compute(module, maxRows);
    if (failed(layout))
      return signalPassFailure();
    for (auto func : module.getOps<func::FuncOp>())
      if (!getStepSignature(func.getName()).empty() && !func.isExternal())
        if (failed(FunctionMapper(func, *layout).run()))
          return signalPassFailure();
    layout->write(module);
  }
};

} // namespace

BlockArgument FunctionMapper::addArgument(ArgKind kind, Type type) {
  argAttrs.push_back(b.getDictionaryAttr(
      b.getNamedAttr(kArenaAttr, b.getStringAttr(stringify(kind)))));
  return func.front().addArgument(type, func.getLoc());
}

void FunctionMapper::addArguments() {
  auto addBuffers = [&](ArgKind kind, const ArenaLayout::Tensors &tensors,
                        SmallVector<Value> &values) {
    for (const ArenaTensor &tensor : tensors)
      values.push_back(
          addArgument(kind, getArenaType(layout.getBytes(tensor.type))));
  };
  auto getType = [&](ArgKind kind) -> Type {
    switch (kind) {
    case ArgKind::Context:
      return LLVM::LLVMPointerType::get(b.getContext());
    case ArgKind::Params:
      return getArenaType(takesFolded() ? layout.foldedBytes
                                        : layout.paramsBytes);
    case ArgKind::Folded:
      return getArenaType(layout.foldedBytes);
    case ArgKind::States:
      return getArenaType(layout.statesBytes);
    case ArgKind::Slots:
      return getArenaType(layout.slotsBytes);
    case ArgKind::Grads:
      return getArenaType(layout.gradsBytes);
    case ArgKind::Rows:
      return b.getIndexType();
    case ArgKind::Step:
    case ArgKind::Seed:
    case ArgKind::FirstRow:
      return b.getI64Type();
    case ArgKind::Result:
      return getArenaType(sizeof(keel_result));
    default:
      return getArenaType(0);
    }
  };
  for (ArgKind kind : getStepSignature(func.getName())) {
    if (kind == ArgKind::Input)
      addBuffers(kind, layout.inputs, inputs);
    else if (kind == ArgKind::Label)
      addBuffers(kind, layout.labels, labels);
    else if (kind == ArgKind::Output)
      addBuffers(kind, layout.outputs, outputs);
    else
      args[kind] = addArgument(kind, getType(kind));
  }
}

FailureOr<Place> FunctionMapper::locateIn(const ArenaLayout::Tensors &tensors,
                                          StringRef name, ArgKind kind,
                                          int64_t base) {
  const ArenaTensor *tensor = ArenaLayout::find(tensors, name);
  if (!tensor || !args.count(kind))
    return func.emitError("'") << func.getName() << "' has no place for '"
                               << name << "' in its " << stringify(kind);
  return Place{args[kind], base + tensor->offset};
}

FailureOr<Place>
FunctionMapper::locateBuffer(const ArenaLayout::Tensors &tensors,
                             StringRef name, ArrayRef<Value> buffers) {
  const ArenaTensor *tensor = ArenaLayout::find(tensors, name);
  if (!tensor || buffers.empty())
    return func.emitError("'")
           << func.getName() << "' has no place for '" << name << "'";
  return Place{buffers[tensor - tensors.begin()], 0};
}

FailureOr<Place> FunctionMapper::locate(DictionaryAttr attrs) {
  auto roleAttr = attrs ? attrs.getAs<StringAttr>(kRoleAttr) : StringAttr();
  if (!roleAttr)
    return func.emitError("a tensor of '") << func.getName() << "' has no role";
  auto nameAttr = attrs.getAs<StringAttr>(kNameAttr);
  StringRef role = roleAttr, name = nameAttr ? nameAttr.getValue() : "";
  if (role == role::kParam)
    return locateIn(layout.params, name, ArgKind::Params);
  if (role == role::kState)
    return locateIn(layout.states, name, ArgKind::States);
  if (role == role::kFolded)
    return locateIn(layout.folded, name,
                    takesFolded() ? ArgKind::Params : ArgKind::Folded);
  if (role == role::kSlot)
    return locateIn(layout.slots, name, ArgKind::Slots);
  if (role == role::kGrad)
    return locateIn(layout.params, name, ArgKind::Grads);
  if (role == role::kNewState)
    return locateIn(layout.states, name, ArgKind::Grads, layout.pendingOffset);
  if (role == role::kTelemetry)
    return locateIn(layout.telemetry, name, ArgKind::Grads);
  if (role == role::kInput)
    return locateBuffer(layout.inputs, name, inputs);
  if (role == role::kLabel)
    return locateBuffer(layout.labels, name, labels);
  if (role == role::kOutput)
    return locateBuffer(layout.outputs, name, outputs);
  bool isValue = role == role::kLoss || role == role::kNorm;
  if (!isValue && role != role::kCorrect && role != role::kFlags)
    return func.emitError("unknown role '") << role << "'";
  if (!args.count(ArgKind::Result))
    return func.emitError("'")
           << func.getName() << "' cannot return role '" << role << "'";
  return Place{args[ArgKind::Result],
               int64_t(isValue ? offsetof(keel_result, value)
                               : offsetof(keel_result, flags))};
}

Value FunctionMapper::getView(Place place, RankedTensorType type) {
  Value &view = views[{place.arena, place.offset}];
  if (view)
    return view;
  SmallVector<Value> sizes(type.getNumDynamicDims(), args[ArgKind::Rows]);
  Value offset = arith::ConstantIndexOp::create(b, func.getLoc(), place.offset);
  view = memref::ViewOp::create(
      b, func.getLoc(), MemRefType::get(type.getShape(), type.getElementType()),
      place.arena, offset, sizes);
  return view;
}

Value FunctionMapper::getTensor(Place place, RankedTensorType type,
                                bool writable) {
  Value view = getView(place, type);
  Value &tensor = tensors[{place.arena, place.offset}];
  if (!tensor)
    tensor = bufferization::ToTensorOp::create(b, func.getLoc(), type, view,
                                               /*restrict=*/true, writable);
  return tensor;
}

static std::optional<ArgKind> getScalarKind(StringAttr role) {
  if (role == role::kStep)
    return ArgKind::Step;
  if (role == role::kSeed)
    return ArgKind::Seed;
  if (role == role::kFirstRow)
    return ArgKind::FirstRow;
  return std::nullopt;
}

LogicalResult FunctionMapper::mapArgument(BlockArgument arg) {
  DictionaryAttr attrs = func.getArgAttrDict(arg.getArgNumber());
  auto type = dyn_cast<RankedTensorType>(arg.getType());
  if (type) {
    if (type.getNumDynamicDims() && !args.count(ArgKind::Rows))
      return func.emitError("'") << func.getName() << "' has no batch";
    FailureOr<Place> place = locate(attrs);
    if (failed(place))
      return failure();
    arg.replaceAllUsesWith(getTensor(*place, type, /*writable=*/inPlace));
    return success();
  }
  auto role = attrs ? attrs.getAs<StringAttr>(kRoleAttr) : StringAttr();
  std::optional<ArgKind> kind = getScalarKind(role);
  if (!kind || !args.count(*kind) || !arg.getType().isInteger(64))
    return func.emitError("argument #")
           << arg.getArgNumber()
           << " is neither a tensor nor the step, seed or first row";
  arg.replaceAllUsesWith(args[*kind]);
  return success();
}

/// Every dynamic dimension is the batch.
LogicalResult FunctionMapper::mapBatchDims() {
  WalkResult result = func.walk([&](tensor::DimOp dim) {
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!type || !index || !type.isDynamicDim(*index))
      return WalkResult::advance();
    if (!args.count(ArgKind::Rows)) {
      dim.emitError("'") << func.getName() << "' has no batch";
      return WalkResult::interrupt();
    }
    dim.replaceAllUsesWith(args[ArgKind::Rows]);
    dim.erase();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// A constant of one value is filled in rather than copied from memory, and at
/// its place: an empty tensor could be another's too.
Value FunctionMapper::fillSplat(Value value, Value dest) {
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return {};
  Value scalar = arith::ConstantOp::create(
      b, func.getLoc(), cast<TypedAttr>(elements.getSplatValue<Attribute>()));
  return linalg::FillOp::create(b, func.getLoc(), scalar, dest).getResult(0);
}

/// Puts each result in its place: `materialize_in_destination` on tensors
/// first, so that the destination is a value whose reads and writes
/// bufferization orders, then on the memref, which bufferizes to nothing where
/// the first one happened in place.
LogicalResult FunctionMapper::mapResults() {
  auto ret = cast<func::ReturnOp>(func.front().getTerminator());
  SmallVector<std::pair<Value, Value>> stores;
  for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return func.emitError("result #") << i << " is not a tensor";
    FailureOr<Place> place = locate(func.getResultAttrDict(i));
    if (failed(place))
      return failure();
    b.setInsertionPointToStart(&func.front());
    Value dest = getTensor(*place, type, /*writable=*/true);
    if (dest == value)
      continue;
    b.setInsertionPoint(ret);
    Value stored = fillSplat(value, dest);
    if (!stored)
      stored = bufferization::MaterializeInDestinationOp::create(
                   b, ret.getLoc(), value, dest)
                   .getResult();
    stores.push_back({stored, getView(*place, type)});
  }
  b.setInsertionPoint(ret);
  for (auto [value, view] : stores)
    bufferization::MaterializeInDestinationOp::create(
        b, ret.getLoc(), /*result=*/Type(), value, view, /*restrict=*/false,
        /*writable=*/true);
  ret.getOperandsMutable().clear();
  return success();
}

LogicalResult FunctionMapper::run() {
  if (!func.getBody().hasOneBlock())
    return func.emitError("expected a single block");
  numOldArgs = func.getNumArguments();
  addArguments();
  b.setInsertionPointToStart(&func.front());
  for (unsigned i = 0; i < numOldArgs; ++i)
    if (failed(mapArgument(func.front().getArgument(i))))
      return failure();
  if (failed(mapBatchDims()) || failed(mapResults()))
    return failure();
  func.front().eraseArguments(0, numOldArgs);
  func.removeResAttrsAttr();
  func.setFunctionType(
      b.getFunctionType(func.front().getArgumentTypes(), TypeRange()));
  func.setArgAttrsAttr(b.getArrayAttr(argAttrs));
  return success();
}
