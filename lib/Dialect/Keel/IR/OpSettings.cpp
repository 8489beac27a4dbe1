//===- OpSettings.cpp - The text of ops: {decay = 0.9} --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Settings.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// Inherent attributes that an op's text shows elsewhere or not at all.
static bool isHidden(StringRef name) {
  return llvm::is_contained({"operandSegmentSizes", "resultSegmentSizes",
                             "sym_name", "function_type", "arg_attrs",
                             "res_attrs"},
                            name);
}

/// Whether another dialect's prefix marks the attribute as none of the op's.
static bool isDotted(StringRef name) { return name.contains('.'); }

static SmallVector<StringRef> getSettingNames(RegisteredOperationName op,
                                              ArrayRef<StringRef> elided) {
  SmallVector<StringRef> names;
  for (StringAttr name : op.getAttributeNames())
    if (!isHidden(name) && !llvm::is_contained(elided, name.getValue()))
      names.push_back(name.getValue());
  return names;
}

/// Whether the op takes `value` for `name`.
static bool accepts(OperationName op, StringRef name, Attribute value) {
  NamedAttrList list;
  list.set(name, value);
  ScopedDiagnosticHandler silence(value.getContext(),
                                  [](Diagnostic &) { return success(); });
  return succeeded(op.verifyInherentAttrs(list, [&] {
    return mlir::emitError(UnknownLoc::get(value.getContext()));
  }));
}

static ParseResult parseInherent(OpAsmParser &parser, NamedAttrList &attributes,
                                 StringRef name, RegisteredOperationName op) {
  SMLoc loc = parser.getCurrentLocation();
  Attribute value;
  if (parser.parseAttribute(value))
    return failure();
  bool isWhole = isa<IntegerAttr>(value) && !isa<BoolAttr>(value);
  bool isReal = accepts(op, name, parser.getBuilder().getF64FloatAttr(0.0));
  if (isa<FloatAttr>(value) || (isWhole && isReal)) {
    double number = 0.0;
    if (toReal(parser, loc, value, number))
      return failure();
    value = parser.getBuilder().getF64FloatAttr(number);
  }
  attributes.set(name, value);
  NamedAttrList one;
  one.set(name, value);
  return op.verifyInherentAttrs(one, [&] { return parser.emitError(loc); });
}

static ParseResult parseOpSettings(
    OpAsmParser &parser, NamedAttrList &attributes, StringRef operation,
    ArrayRef<StringRef> elided,
    AsmParser::Delimiter delimiter = AsmParser::Delimiter::OptionalBraces) {
  auto op = RegisteredOperationName::lookup(operation, parser.getContext());
  SmallVector<StringRef> names = getSettingNames(*op, elided);
  auto parseOne = [&]() -> ParseResult {
    std::string name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeywordOrString(&name))
      return failure();
    bool dotted = isDotted(name);
    if (!dotted && !llvm::is_contained(names, name)) {
      InFlightDiagnostic error = parser.emitError(loc)
                                 << "unknown setting '" << name << "' of '"
                                 << operation << "', ";
      return names.empty()
                 ? error << "which has none"
                 : error << "expected one of: " << llvm::join(names, ", ");
    }
    if (attributes.get(name))
      return parser.emitError(loc) << "setting '" << name << "' is given twice";
    if (dotted && failed(parser.parseOptionalEqual())) {
      attributes.set(name, parser.getBuilder().getUnitAttr());
      return success();
    }
    if (!dotted)
      return failure(parser.parseEqual() ||
                     parseInherent(parser, attributes, name, *op));
    Attribute value;
    return parser.parseAttribute(value, name, attributes);
  };
  return parser.parseCommaSeparatedList(delimiter, parseOne);
}

static void printOpSettings(OpAsmPrinter &printer,
                            ArrayRef<NamedAttribute> attributes) {
  if (attributes.empty())
    return;
  printer << " {";
  llvm::interleaveComma(attributes, printer.getStream(), [&](NamedAttribute a) {
    printer.printKeywordOrString(a.getName());
    bool dotted = isDotted(a.getName());
    if (dotted && isa<UnitAttr>(a.getValue()))
      return;
    printer << " = ";
    if (auto real = dyn_cast<FloatAttr>(a.getValue());
        real && real.getType().isF64() && !dotted)
      printer << formatReal(real.getValueAsDouble());
    else if (dotted)
      printer << a.getValue();
    else
      printer.printAttributeWithoutType(a.getValue());
  });
  printer << '}';
}

ParseResult keel::parseSettings(OpAsmParser &parser, NamedAttrList &attributes,
                                StringRef operation) {
  return parseOpSettings(parser, attributes, operation, /*elided=*/{});
}

void keel::printSettings(OpAsmPrinter &printer, Operation *op,
                         DictionaryAttr attributes, StringRef operation) {
  SmallVector<NamedAttribute> shown;
  for (NamedAttribute attr : attributes) {
    auto flag = dyn_cast<BoolAttr>(attr.getValue());
    bool isOff = flag && !flag.getValue() && !isDotted(attr.getName());
    if (!isHidden(attr.getName()) && !isOff)
      shown.push_back(attr);
  }
  printOpSettings(printer, shown);
}

ParseResult keel::parseInitializer(OpAsmParser &parser,
                                   InitializerAttrInterface &initializer) {
  SMLoc loc = parser.getCurrentLocation();
  Attribute attr;
  if (parser.parseAttribute(attr))
    return failure();
  initializer = dyn_cast<InitializerAttrInterface>(attr);
  if (initializer)
    return success();
  return parser.emitError(loc)
         << "expected an initializer, such as #keel.he_normal, got " << attr;
}

void keel::printInitializer(OpAsmPrinter &printer, Operation *,
                            InitializerAttrInterface initializer) {
  printer << initializer;
}

ParseResult keel::parseModelAttributes(OpAsmParser &parser,
                                       NamedAttrList &attributes,
                                       StringRef operation) {
  if (failed(parser.parseOptionalKeyword("attributes")))
    return success();
  return parseOpSettings(parser, attributes, operation, /*elided=*/{},
                         AsmParser::Delimiter::Braces);
}

static constexpr StringLiteral kParamElided[] = {"name", "init"};

ParseResult keel::parseParamSettings(OpAsmParser &parser,
                                     NamedAttrList &attributes,
                                     StringRef operation) {
  NamedAttrList settings;
  SmallVector<StringRef> elided(std::begin(kParamElided),
                                std::end(kParamElided));
  if (parseOpSettings(parser, settings, operation, elided))
    return failure();
  attributes.append(settings.begin(), settings.end());
  return success();
}

void keel::printParamSettings(OpAsmPrinter &printer, Operation *op,
                              DictionaryAttr attributes, StringRef operation) {
  SmallVector<NamedAttribute> shown;
  for (NamedAttribute attr : attributes) {
    StringRef name = attr.getName();
    auto flag = dyn_cast<BoolAttr>(attr.getValue());
    bool isDefault =
        flag && !isDotted(name) && flag.getValue() == (name == "trainable");
    if (!llvm::is_contained(kParamElided, name) && !isDefault)
      shown.push_back(attr);
  }
  printOpSettings(printer, shown);
}

LogicalResult keel::verifyStrictAttributes(Operation *op) {
  for (NamedAttribute attr : op->getDiscardableAttrs())
    if (!isDotted(attr.getName()))
      return op->emitOpError()
             << "has no setting '" << attr.getName().getValue() << "'";
  for (NamedAttribute attr : op->getAttrs())
    if (auto real = dyn_cast<FloatAttr>(attr.getValue());
        real && !isDotted(attr.getName()) && !real.getValue().isFinite())
      return op->emitOpError()
             << attr.getName().getValue() << " must be finite, got "
             << formatReal(real.getValueAsDouble());
  return success();
}
