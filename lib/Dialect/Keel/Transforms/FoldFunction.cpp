//===- FoldFunction.cpp - Moving computation of parameters to @fold -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FoldFunction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace keel;

FoldFunction::FoldFunction(ModuleOp module)
    : module(module), infer(module.lookupSymbol<func::FuncOp>(step::kInfer)),
      fold(module.lookupSymbol<func::FuncOp>(step::kFold)) {
  if (infer && fold && !fold.isExternal())
    readResults();
}

/// Finds for each result of an @fold the argument of @infer that it goes to.
void FoldFunction::readResults() {
  for (auto [described, value] :
       llvm::zip_equal(getStepResults(fold), getReturnedValues(fold))) {
    Result result{{}, value, {}};
    if (auto round = value.getDefiningOp<arith::TruncFOp>())
      result.value = round.getIn();
    for (NamedAttribute attr : described.extra)
      if (attr.getName() == kFoldedFromAttr)
        result.from = cast<ArrayAttr>(attr.getValue());
    for (BlockArgument argument : infer.getArguments())
      if (getArgumentRole(argument) == role::kFolded &&
          getArgumentName(argument) == described.name)
        result.argument = argument;
    if (result.argument)
      results.push_back(result);
  }
}

FoldFunction::Result *FoldFunction::find(BlockArgument argument) {
  auto *it = llvm::find_if(
      results, [&](Result &result) { return result.argument == argument; });
  return it == results.end() ? nullptr : it;
}

static bool isTrainedOrState(StringRef role) {
  return role == role::kParam || role == role::kState;
}

bool FoldFunction::has(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &infer.getBody().front())
    return false;
  return isTrainedOrState(getArgumentRole(argument)) || find(argument);
}

/// Makes @fold, with all parameters and states, or has it end without return.
void FoldFunction::open() {
  if (isOpen)
    return;
  isOpen = true;
  if (fold && !fold.isExternal()) {
    fold.getBody().front().getTerminator()->erase();
    return;
  }
  SmallVector<StepValue> arguments;
  for (BlockArgument argument : infer.getArguments())
    if (StringRef role = getArgumentRole(argument); isTrainedOrState(role))
      arguments.push_back(
          {argument.getType(), role, getArgumentName(argument).str(), {}});
  OpBuilder builder(infer);
  fold = createStepFunction(builder, infer.getLoc(), step::kFold, arguments);
}

Value FoldFunction::get(Value value) {
  open();
  auto argument = cast<BlockArgument>(value);
  if (Result *result = find(argument))
    return result->value;
  StringRef role = getArgumentRole(argument), name = getArgumentName(argument);
  for (BlockArgument known : fold.getArguments())
    if (getArgumentRole(known) == role && getArgumentName(known) == name)
      return known;
  return addStepArgument(fold, {argument.getType(), role, name.str(), {}},
                         argument.getLoc());
}

OpBuilder FoldFunction::getBuilder() {
  open();
  return OpBuilder::atBlockEnd(&fold.getBody().front());
}

Value FoldFunction::add(Value value, Type elementType, std::string name,
                        ArrayRef<Value> from) {
  llvm::SmallSetVector<Attribute, 8> names;
  for (Value source : from) {
    auto argument = cast<BlockArgument>(source);
    if (Result *result = find(argument); result && result->from)
      names.insert(result->from.begin(), result->from.end());
    else
      names.insert(
          StringAttr::get(infer.getContext(), getArgumentName(argument)));
  }
  auto type = cast<RankedTensorType>(value.getType()).clone(elementType);
  Value argument =
      addStepArgument(infer, {type, role::kFolded, name, {}}, infer.getLoc());
  results.push_back({cast<BlockArgument>(argument), value,
                     ArrayAttr::get(infer.getContext(), names.getArrayRef())});
  return argument;
}

std::string FoldFunction::getFreshName(const std::string &base) {
  std::string name = base;
  for (int i = 2; llvm::any_of(infer.getArguments(),
                               [&](BlockArgument argument) {
                                 return getArgumentName(argument) == name;
                               });
       ++i)
    name = base + "." + std::to_string(i);
  return name;
}

std::string FoldFunction::getNameAfter(Value old) {
  std::string name = getArgumentName(cast<BlockArgument>(old)).str();
  return old.hasOneUse() ? name : getFreshName(name + ".folded");
}

void FoldFunction::eraseDeadArguments() {
  llvm::erase_if(results,
                 [](Result &result) { return result.argument.use_empty(); });
  llvm::BitVector dead(infer.getNumArguments());
  for (BlockArgument argument : infer.getArguments()) {
    StringRef role = getArgumentRole(argument);
    if (argument.use_empty() &&
        (isTrainedOrState(role) || role == role::kFolded))
      dead.set(argument.getArgNumber());
  }
  (void)infer.eraseArguments(dead);
}

/// Rounds what @fold returns, and deletes what an earlier end of it computed.
void FoldFunction::setResults() {
  OpBuilder builder = getBuilder();
  SmallVector<Value> values;
  SmallVector<StepValue> described;
  for (const Result &result : results) {
    Type type = result.argument.getType();
    Value value = result.value;
    if (value.getType() != type)
      value = arith::TruncFOp::create(builder, value.getLoc(), type, value);
    values.push_back(value);
    described.push_back({type,
                         role::kFolded,
                         getArgumentName(result.argument).str(),
                         {{StringAttr::get(infer.getContext(), kFoldedFromAttr),
                           result.from}}});
  }
  setStepResults(fold, values, described);
  Block &block = fold.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void FoldFunction::finish() {
  if (!isOpen)
    return;
  for (BlockArgument argument : llvm::to_vector(infer.getArguments())) {
    if (getArgumentRole(argument) != role::kParam || argument.use_empty())
      continue;
    Type type = cast<RankedTensorType>(argument.getType()).getElementType();
    argument.replaceAllUsesWith(
        add(get(argument), type, getArgumentName(argument).str(), {argument}));
  }
  eraseDeadArguments();
  setResults();
}
