//===- Settings.cpp - The text of settings --------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Settings.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/APSInt.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"
#include <charconv>
#include <cmath>

using namespace mlir;
using namespace keel;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

bool Real::operator==(const Real &other) const {
  return llvm::bit_cast<uint64_t>(value) ==
         llvm::bit_cast<uint64_t>(other.value);
}

llvm::hash_code keel::hash_value(const Real &real) {
  return llvm::hash_value(llvm::bit_cast<uint64_t>(real.value));
}

/// MLIR's lexer wants a point in the mantissa.
static std::string withPoint(StringRef mantissa) {
  return mantissa.contains('.') ? mantissa.str() : (mantissa + ".0").str();
}

std::string keel::formatReal(double value) {
  if (!std::isfinite(value))
    return std::isnan(value) ? "nan" : value < 0.0 ? "-inf" : "inf";
  char buffer[64];
  auto *end = std::to_chars(buffer, buffer + sizeof buffer, value,
                            std::chars_format::scientific)
                  .ptr;
  auto [mantissa, exponent] = StringRef(buffer, end - buffer).split('e');
  int power = 0;
  exponent.consume_front("+");
  exponent.getAsInteger(10, power);
  std::string scientific = withPoint(mantissa) + "e" + std::to_string(power);
  if (std::abs(power) > 20)
    return scientific;
  end = std::to_chars(buffer, buffer + sizeof buffer, value,
                      std::chars_format::fixed)
            .ptr;
  std::string fixed = withPoint(StringRef(buffer, end - buffer));
  return fixed.size() <= scientific.size() ? fixed : scientific;
}

/// What follows the mantissa of `1e-3`, which lexes as `1`, `e`, `-3`.
static ParseResult parseExponent(AsmParser &parser, int64_t &power) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (failed(parser.parseOptionalKeyword(&keyword)))
    return success();
  StringRef digits = keyword;
  if (!digits.consume_front("e") && !digits.consume_front("E"))
    return parser.emitError(loc)
           << "unexpected '" << keyword << "' after a number";
  if (digits.empty()) {
    (void)parser.parseOptionalPlus();
    OptionalParseResult parsed = parser.parseOptionalInteger(power);
    if (!parsed.has_value())
      return parser.emitError(loc, "expected an exponent");
    if (failed(*parsed))
      return failure();
  } else if (digits.getAsInteger(10, power)) {
    return parser.emitError(loc, "expected an exponent");
  }
  return success();
}

/// `mantissa` times ten to the power that may follow it. Read back as text:
/// multiplying by a power of ten would round twice.
static ParseResult parseScaled(AsmParser &parser, const APSInt &mantissa,
                               double &value) {
  int64_t power = 0;
  if (parseExponent(parser, power))
    return failure();
  power = std::clamp<int64_t>(power, -9999, 9999);
  std::string text =
      llvm::toString(mantissa, /*Radix=*/10) + "e" + std::to_string(power);
  value = std::strtod(text.c_str(), nullptr);
  return success();
}

ParseResult keel::toReal(AsmParser &parser, SMLoc loc, Attribute attr,
                         double &value) {
  if (auto number = dyn_cast<FloatAttr>(attr)) {
    value = number.getValueAsDouble();
  } else if (auto whole = dyn_cast<IntegerAttr>(attr);
             whole && !whole.getType().isInteger(1)) {
    APSInt mantissa(whole.getValue(),
                    /*isUnsigned=*/whole.getType().isUnsignedInteger());
    if (parseScaled(parser, mantissa, value))
      return failure();
  } else {
    return parser.emitError(loc, "expected a number");
  }
  if (!std::isfinite(value))
    return parser.emitError(loc, "expected a finite number");
  return success();
}

ParseResult keel::parseReal(AsmParser &parser, double &value) {
  SMLoc loc = parser.getCurrentLocation();
  Attribute attr;
  OptionalParseResult parsed = parser.parseOptionalAttribute(attr);
  if (!parsed.has_value())
    return parser.emitError(loc, "expected a number");
  return failure(failed(*parsed) || toReal(parser, loc, attr, value));
}

//===----------------------------------------------------------------------===//
// Settings of attributes
//===----------------------------------------------------------------------===//

/// A number without a fraction: `1000`, `1e3`, `1.0e3`.
static ParseResult parseWhole(AsmParser &parser, int64_t &value) {
  SMLoc loc = parser.getCurrentLocation();
  OptionalParseResult plain = parser.parseOptionalInteger(value);
  bool isWhole = plain.has_value();
  if (isWhole && failed(*plain))
    return failure();
  double real = 0.0;
  if (isWhole ? parseScaled(parser, APSInt(APInt(64, value, true), false), real)
              : parseReal(parser, real))
    return failure();
  if (isWhole && real == double(value))
    return success();
  if (std::trunc(real) != real || std::abs(real) > 0x1p53)
    return parser.emitError(loc, "expected a whole number");
  value = int64_t(real);
  return success();
}

static ParseResult parseValue(AsmParser &parser, const Setting &setting) {
  if (auto *real = std::get_if<Real *>(&setting.target))
    return parseReal(parser, (*real)->value);
  if (auto *whole = std::get_if<int64_t *>(&setting.target))
    return parseWhole(parser, **whole);
  if (auto *text = std::get_if<std::string *>(&setting.target))
    return parser.parseKeywordOrString(*text);
  if (auto *attr = std::get_if<Attribute *>(&setting.target))
    return parser.parseAttribute(**attr);
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword(&keyword)) ||
      (keyword != "true" && keyword != "false"))
    return parser.emitError(loc, "expected true or false");
  *std::get<bool *>(setting.target) = keyword == "true";
  return success();
}

static std::string listNames(ArrayRef<Setting> settings) {
  std::string names;
  llvm::raw_string_ostream os(names);
  llvm::interleaveComma(settings, os, [&](const Setting &s) { os << s.name; });
  return names;
}

static ParseResult parseNamed(AsmParser &parser, ArrayRef<Setting> settings,
                              llvm::SmallBitVector &seen) {
  StringRef name;
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword(&name)))
    return parser.emitError(loc)
           << "expected a setting, one of: " << listNames(settings);
  const Setting *found =
      llvm::find_if(settings, [&](const Setting &s) { return s.name == name; });
  if (found == settings.end())
    return parser.emitError(loc)
           << "unknown setting '" << name
           << "', expected one of: " << listNames(settings);
  if (seen.test(found - settings.begin()))
    return parser.emitError(loc) << "setting '" << name << "' is given twice";
  seen.set(found - settings.begin());
  return failure(parser.parseEqual() || parseValue(parser, *found));
}

ParseResult keel::parseSettings(AsmParser &parser, ArrayRef<Setting> settings,
                                unsigned positional) {
  llvm::SmallBitVector seen(settings.size());
  SMLoc loc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalLess())) {
    unsigned next = 0;
    auto parseOne = [&]() -> ParseResult {
      if (next < positional) {
        const Setting &setting = settings[next];
        seen.set(next++);
        if (succeeded(parser.parseOptionalKeyword(setting.name)) &&
            parser.parseEqual())
          return failure();
        return parseValue(parser, setting);
      }
      return parseNamed(parser, settings, seen);
    };
    if (settings.empty())
      return parser.emitError(loc, "expected no settings");
    if (parser.parseCommaSeparatedList(parseOne) || parser.parseGreater())
      return failure();
  }
  for (auto [index, setting] : llvm::enumerate(settings))
    if (setting.required && !seen.test(index))
      return parser.emitError(loc)
             << "setting '" << setting.name << "' is required";
  return success();
}

/// Whether the text shows the setting: not a false flag nor what is absent.
static bool isShown(const Setting &setting) {
  if (auto *flag = std::get_if<bool *>(&setting.target))
    return **flag;
  if (auto *attr = std::get_if<Attribute *>(&setting.target))
    return bool(**attr);
  return true;
}

static void printValue(AsmPrinter &printer, const Setting &setting) {
  if (auto *real = std::get_if<Real *>(&setting.target))
    printer << formatReal((*real)->value);
  else if (auto *whole = std::get_if<int64_t *>(&setting.target))
    printer << **whole;
  else if (auto *text = std::get_if<std::string *>(&setting.target))
    printer << **text;
  else if (auto *attr = std::get_if<Attribute *>(&setting.target))
    printer << **attr;
  else
    printer << "true";
}

void keel::printSettings(AsmPrinter &printer, ArrayRef<Setting> settings,
                         unsigned positional) {
  SmallVector<unsigned> shown;
  for (auto [index, setting] : llvm::enumerate(settings))
    if (isShown(setting))
      shown.push_back(index);
  if (shown.empty())
    return;
  printer << '<';
  llvm::interleaveComma(shown, printer.getStream(), [&](unsigned index) {
    if (index >= positional)
      printer << settings[index].name << " = ";
    printValue(printer, settings[index]);
  });
  printer << '>';
}
