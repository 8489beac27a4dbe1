//===- Model.cpp - Text and verification of keel.model --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Interfaces/Roles.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace keel;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// The name a person gave an argument: not `%0`, not `%arg0`.
static StringRef getGivenName(StringRef ssaName) {
  ssaName.consume_front("%");
  StringRef rest = ssaName;
  rest.consume_front("arg");
  return rest.empty() || llvm::all_of(rest, llvm::isDigit) ? StringRef()
                                                           : ssaName;
}

/// Keeps the SSA names of the inputs: they are what the tools know them by.
static void keepInputNames(Builder &builder,
                           MutableArrayRef<OpAsmParser::Argument> arguments) {
  for (OpAsmParser::Argument &argument : arguments) {
    StringRef name = getGivenName(argument.ssaName.name);
    NamedAttrList attrs(argument.attrs);
    if (!name.empty() && !attrs.get(kNameAttr))
      attrs.set(kNameAttr, builder.getStringAttr(name));
    argument.attrs = attrs.getDictionary(builder.getContext());
  }
}

ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<Type> resultTypes;
  SmallVector<DictionaryAttr> resultAttrs;
  bool isVariadic = false;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseSymbolName(name, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      function_interface_impl::parseFunctionSignatureWithArguments(
          parser, /*allowVariadic=*/false, arguments, isVariadic, resultTypes,
          resultAttrs) ||
      parseModelAttributes(parser, result.attributes, getOperationName()))
    return failure();
  SmallVector<Type> inputTypes;
  for (const OpAsmParser::Argument &argument : arguments)
    inputTypes.push_back(argument.type);
  result.addAttribute(
      getFunctionTypeAttrName(result.name),
      TypeAttr::get(builder.getFunctionType(inputTypes, resultTypes)));
  keepInputNames(builder, arguments);
  call_interface_impl::addArgAndResultAttrs(
      builder, result, arguments, resultAttrs, getArgAttrsAttrName(result.name),
      getResAttrsAttrName(result.name));
  Region &body = *result.addRegion();
  if (parser.parseRegion(body, arguments))
    return failure();
  if (body.empty() || body.back().empty() ||
      !isa<ReturnOp>(body.back().back())) // (C9)
    return parser.emitError(loc, "must end with keel.return");
  return success();
}

void ModelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(getArguments(), printer, [&](BlockArgument argument) {
    std::string printed;
    llvm::raw_string_ostream os(printed);
    printer.printOperand(argument, os);
    NamedAttrList attrs(function_interface_impl::getArgAttrDict(
        *this, argument.getArgNumber()));
    auto name = dyn_cast_or_null<StringAttr>(attrs.get(kNameAttr));
    if (name && "%" + name.getValue().str() == printed &&
        !getGivenName(printed).empty())
      attrs.erase(kNameAttr);
    printer.printRegionArgument(argument, attrs);
  });
  printer << ')';
  if (!getResultTypes().empty()) {
    bool plain = getResultTypes().size() == 1 && getResultAttrs(0).empty();
    printer << (plain ? " -> " : " -> (");
    llvm::interleaveComma(
        llvm::enumerate(getResultTypes()), printer, [&](auto result) {
          printer << result.value();
          printer.printOptionalAttrDict(getResultAttrs(result.index()));
        });
    printer << (plain ? "" : ")");
  }
  function_interface_impl::printFunctionAttributes(printer, *this,
                                                   {getFunctionTypeAttrName(),
                                                    getArgAttrsAttrName(),
                                                    getResAttrsAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

void ModelOp::getAsmBlockArgumentNames(Region &region,
                                       OpAsmSetValueNameFn setName) {
  ArrayAttr attrs = getArgAttrsAttr();
  // Also called to print a model that does not verify.
  if (!attrs || attrs.size() != region.getNumArguments())
    return;
  for (auto [argument, attr] : llvm::zip(region.getArguments(), attrs))
    if (auto name = cast<DictionaryAttr>(attr).getAs<StringAttr>(kNameAttr))
      setName(argument, name.getValue());
}

std::string ModelOp::getInputName(unsigned index) {
  if (auto name = getArgAttrOfType<StringAttr>(index, kNameAttr))
    return name.getValue().str();
  return "input_" + std::to_string(index);
}

std::string ModelOp::getResultName(unsigned index) {
  if (auto name = getResultAttrOfType<StringAttr>(index, kNameAttr))
    return name.getValue().str();
  return "output_" + std::to_string(index);
}

LossAttrInterface ModelOp::getResultLoss(unsigned index) {
  if (auto losses = dyn_cast_or_null<DictionaryAttr>(getLossAttr()))
    return losses.getAs<LossAttrInterface>(getResultName(index));
  return cast_or_null<LossAttrInterface>(getLossAttr());
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

static LogicalResult verifyType(EmitError emitError, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  bool element = tensor && (tensor.getElementType().isF32() ||
                            tensor.getElementType().isF64() ||
                            tensor.getElementType().isSignlessInteger());
  if (element && (tensor.getRank() == 0 ||
                  !ShapedType::isDynamicShape(tensor.getShape().drop_front())))
    return success();
  return emitError() << "must be a tensor of f32, f64 or integer values of "
                        "which only the first axis, the batch, may be "
                        "dynamic, got "
                     << type;
}

/// Of Keel's own attributes there is `keel.name` alone.
static LogicalResult verifyName(EmitError emitError, DictionaryAttr attrs) {
  if (!attrs)
    return success();
  for (NamedAttribute attr : attrs) {
    if (!attr.getName().getValue().starts_with("keel."))
      continue;
    auto name = dyn_cast<StringAttr>(attr.getValue());
    if (attr.getName() != kNameAttr)
      return emitError() << "has no attribute " << attr.getName()
                         << ", expected keel.name";
    if (!name || name.empty())
      return emitError() << "keel.name must be a string that is not empty, got "
                         << attr.getValue();
  }
  return success();
}

/// Begins an error at the place of an input, or of the model for a result.
static InFlightDiagnostic emitErrorOn(ModelOp model, bool isInput,
                                      unsigned index) {
  if (!isInput)
    return model.emitOpError()
           << "result '" << model.getResultName(index) << "' ";
  Location loc = model.getBody().getArgument(index).getLoc();
  return emitError(loc) << "'keel.model' op input '"
                        << model.getInputName(index) << "' ";
}

static LogicalResult verifyValues(ModelOp model, TypeRange types,
                                  bool isInput) {
  llvm::StringSet<> names;
  for (auto [index, type] : llvm::enumerate(types)) {
    auto emit = [&] { return emitErrorOn(model, isInput, index); };
    if (failed(verifyType(emit, type)) || // (C2)
        failed(verifyName(emit, isInput
                                    ? model.getArgAttrDict(index)
                                    : model.getResultAttrDict(index)))) // (C8)
      return failure();
    std::string name =
        isInput ? model.getInputName(index) : model.getResultName(index);
    if (!names.insert(name).second) // (C6)
      return emit() << "has the name of one before";
  }
  return success();
}

/// A dictionary of losses names results and holds losses.
static LogicalResult verifyLosses(ModelOp model, DictionaryAttr losses) {
  SmallVector<std::string> names;
  for (unsigned i = 0; i < model.getResultTypes().size(); ++i)
    names.push_back(model.getResultName(i));
  if (losses.empty())
    return model.emitOpError() << "loss names no result, expected one of: "
                               << llvm::join(names, ", ");
  for (NamedAttribute entry : losses) {
    if (!llvm::is_contained(names, entry.getName().getValue()))
      return model.emitOpError()
             << "loss names the result '" << entry.getName().getValue()
             << "', expected one of: " << llvm::join(names, ", ");
    if (!isa<LossAttrInterface>(entry.getValue()))
      return model.emitOpError()
             << "loss of result '" << entry.getName().getValue()
             << "' must be a loss, such as #keel.softmax_cross_entropy, got "
             << entry.getValue();
  }
  return success();
}

LogicalResult ModelOp::verify() {
  if (failed(verifyValues(*this, getArgumentTypes(), /*isInput=*/true)) ||
      failed(verifyValues(*this, getResultTypes(), /*isInput=*/false)))
    return failure();
  if (auto policy = getOnNonfinite();
      policy && *policy != "skip" && *policy != "error") // (C7)
    return emitOpError() << "on_nonfinite must be \"skip\" or \"error\", got \""
                         << *policy << "\"";
  auto losses = dyn_cast_or_null<DictionaryAttr>(getLossAttr());
  if (losses && failed(verifyLosses(*this, losses))) // (C10)
    return failure();
  if (getLoss() && !losses && getResultTypes().size() != 1) // (C4)
    return emitOpError() << "with one loss must have one result, got "
                         << getResultTypes().size()
                         << "; name the results that have one, such as loss = "
                            "{output_0 = #keel.mean_squared_error}";
  for (auto [index, type] : llvm::enumerate(getResultTypes())) {
    auto emit = [&] {
      InFlightDiagnostic error = emitOpError();
      if (losses)
        error << "result '" << getResultName(index) << "': ";
      return error;
    };
    LossAttrInterface loss = getResultLoss(index);
    auto tensor = cast<RankedTensorType>(type);
    if (loss && (tensor.getRank() == 0 ||
                 !isa<FloatType>(tensor.getElementType()))) // (C3)
      return emit() << "a loss needs a result of f32 or f64 values with a "
                       "batch axis, got "
                    << type;
    if (loss && failed(loss.verifyPrediction( // (C3)
                    emit, tensor)))
      return failure();
  }
  return success();
}

/// The fans of `param`, on which its users must agree.
static LogicalResult verifyFans(ParamOp param) {
  std::optional<Fans> fans;
  for (OpOperand &use : param.getResult().getUses()) {
    auto user = dyn_cast<ParameterUserOpInterface>(use.getOwner());
    std::optional<Fans> other;
    if (user)
      other = user.getFans(use.getOperandNumber());
    if (fans && other && *fans != *other)
      return param.emitOpError()
             << "is used with fans of " << fans->in << " in, " << fans->out
             << " out and of " << other->in << " in, " << other->out
             << " out: give it an initializer that does not scale by them";
    if (other)
      fans = other;
  }
  if (!fans)
    return param.emitOpError()
           << "initializer " << param.getInit()
           << " scales by the fans of the op that uses the parameter, and no "
              "user has any; use one such as #keel.normal<stddev = 0.1>";
  return success();
}

LogicalResult ModelOp::verifyRegions() {
  if (!isa<ReturnOp>(getBody().back().back())) // (C9)
    return emitOpError() << "must end with keel.return";
  llvm::StringMap<Operation *> held;
  auto result = getBody().walk([&](Operation *op) {
    StringRef name;
    if (auto param = dyn_cast<ParamOp>(op)) {
      name = param.getName();
      if (param.getInit().needsFans() && failed(verifyFans(param))) // (C5)
        return WalkResult::interrupt();
    } else if (auto state = dyn_cast<StateOp>(op)) {
      name = state.getName();
      if (state.getInit().needsFans()) // (C5)
        return state.emitOpError() << "initializer " << state.getInit()
                                   << " scales by fans, which a state has not",
               WalkResult::interrupt();
    } else {
      return WalkResult::advance();
    }
    auto [other, isNew] = held.try_emplace(name, op);
    if (isNew)
      return WalkResult::advance();
    InFlightDiagnostic error = op->emitOpError() // (C1)
                               << "name '" << name << "' is used before";
    error.attachNote(other->second->getLoc()) << "here";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}
