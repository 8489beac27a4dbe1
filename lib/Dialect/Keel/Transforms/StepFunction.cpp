//===- StepFunction.cpp - Building functions whose arguments have roles ---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFunction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

using namespace mlir;
using namespace keel;

DictionaryAttr keel::getStepAttrs(MLIRContext *context,
                                  const StepValue &value) {
  NamedAttrList attrs(value.extra);
  attrs.set(kRoleAttr, StringAttr::get(context, value.role));
  if (!value.name.empty())
    attrs.set(kNameAttr, StringAttr::get(context, value.name));
  return attrs.getDictionary(context);
}

func::FuncOp keel::createStepFunction(OpBuilder &builder, Location loc,
                                      StringRef name,
                                      ArrayRef<StepValue> arguments) {
  auto func =
      func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  func.addEntryBlock();
  StepArguments added(func);
  for (const StepValue &argument : arguments)
    added.add(argument, loc);
  added.finish();
  return func;
}

Value keel::addStepArgument(func::FuncOp func, const StepValue &value,
                            Location loc) {
  StepArguments arguments(func);
  Value argument = arguments.add(value, loc);
  arguments.finish();
  return argument;
}

StepArguments::StepArguments(func::FuncOp func) : func(func) {
  func.getAllArgAttrs(attrs);
}

Value StepArguments::add(const StepValue &value, Location loc) {
  return add(value.type, getStepAttrs(func.getContext(), value), loc);
}

Value StepArguments::add(Type type, DictionaryAttr described, Location loc) {
  attrs.push_back(described);
  return func.getBody().front().addArgument(type, loc);
}

void StepArguments::finish() {
  func.setFunctionType(FunctionType::get(
      func.getContext(), func.getBody().front().getArgumentTypes(),
      func.getResultTypes()));
  func.setAllArgAttrs(attrs);
}

void keel::setStepResults(func::FuncOp func, ValueRange values,
                          ArrayRef<StepValue> results) {
  Block &block = func.getBody().front();
  Location loc = func.getLoc();
  if (block.mightHaveTerminator()) {
    loc = block.getTerminator()->getLoc();
    block.getTerminator()->erase();
  }
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  func::ReturnOp::create(builder, loc, values);
  func.setFunctionType(
      builder.getFunctionType(func.getArgumentTypes(), values.getTypes()));
  SmallVector<DictionaryAttr> attrs;
  for (const StepValue &result : results)
    attrs.push_back(getStepAttrs(func.getContext(), result));
  func.setAllResultAttrs(attrs);
}

SmallVector<StepValue> keel::getStepResults(func::FuncOp func) {
  SmallVector<StepValue> results;
  for (auto [index, type] : llvm::enumerate(func.getResultTypes())) {
    StepValue value{type, {}, {}, {}};
    for (NamedAttribute attr : func.getResultAttrs(index)) {
      if (attr.getName() == kRoleAttr)
        value.role = cast<StringAttr>(attr.getValue()).getValue();
      else if (attr.getName() == kNameAttr)
        value.name = cast<StringAttr>(attr.getValue()).getValue().str();
      else
        value.extra.push_back(attr);
    }
    results.push_back(std::move(value));
  }
  return results;
}

SmallVector<Value> keel::getReturnedValues(func::FuncOp func) {
  return llvm::to_vector(func.getBody().front().getTerminator()->getOperands());
}

static StringRef getString(DictionaryAttr attrs, StringRef name) {
  auto attr = attrs ? attrs.getAs<StringAttr>(name) : StringAttr();
  return attr ? attr.getValue() : StringRef();
}

static std::pair<StringRef, StringRef> getRoleAndName(DictionaryAttr attrs) {
  return {getString(attrs, kRoleAttr), getString(attrs, kNameAttr)};
}

NamedValues keel::getNamedArguments(func::FuncOp func) {
  NamedValues values;
  for (BlockArgument argument : func.getArguments())
    values.insert({getRoleAndName(func.getArgAttrDict(argument.getArgNumber())),
                   argument});
  return values;
}

NamedValues keel::getNamedResults(func::FuncOp func) {
  NamedValues values;
  for (auto [index, value] : llvm::enumerate(getReturnedValues(func)))
    values.insert({getRoleAndName(func.getResultAttrDict(index)), value});
  return values;
}

static StringRef getArgumentAttr(BlockArgument argument, StringRef name) {
  auto func = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  auto attr = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), name);
  return attr ? attr.getValue() : StringRef();
}

StringRef keel::getArgumentRole(BlockArgument argument) {
  return getArgumentAttr(argument, kRoleAttr);
}

StringRef keel::getArgumentName(BlockArgument argument) {
  return getArgumentAttr(argument, kNameAttr);
}

Value keel::buildFinite(OpBuilder &builder, Location loc, Value norm) {
  Value infinity = arith::ConstantOp::create(
      builder, loc,
      builder.getF64FloatAttr(std::numeric_limits<double>::infinity()));
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, norm,
                               infinity);
}

std::pair<func::FuncOp, func::FuncOp> keel::getStepFunctions(ModuleOp module) {
  auto gradStep = module.lookupSymbol<func::FuncOp>(step::kGradStep),
       applyStep = module.lookupSymbol<func::FuncOp>(step::kApplyStep);
  if (gradStep && applyStep)
    return {gradStep, applyStep};
  module.emitError() << "has no @apply_step: run keel-insert-clipping and "
                        "keel-insert-optimizer first";
  return {};
}
