//===- Settings.h - The text of settings ----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_SETTINGS_H
#define KEEL_DIALECT_KEEL_IR_SETTINGS_H

#include "keel/Interfaces/Interfaces.h"
#include "mlir/IR/OpImplementation.h"
#include <variant>

namespace keel {

/// A double that is a parameter of an attribute: compared and hashed by bits,
/// printed in its shortest form.
struct Real {
  double value = 0.0;
  bool operator==(const Real &other) const;
};
llvm::hash_code hash_value(const Real &real);

/// The shortest text that reads back as `value` and that MLIR's lexer takes:
/// `0.1`, `1.0e-5`, `100.0`, `1.0e4`. For messages also `nan`, `inf`, `-inf`.
std::string formatReal(double value);

/// Parses `1`, `-0.1`, `1.0e-3` or `1e-3`. Refuses what is not finite.
llvm::ParseResult parseReal(mlir::AsmParser &parser, double &value);

/// The number that `attr` is, with an exponent that may follow.
llvm::ParseResult toReal(mlir::AsmParser &parser, llvm::SMLoc loc,
                         mlir::Attribute attr, double &value);

/// One setting of an attribute: its name, where it goes, and whether it must
/// be given. A null `mlir::Attribute` is not printed, nor is a false bool.
struct Setting {
  using Target =
      std::variant<Real *, int64_t *, bool *, std::string *, mlir::Attribute *>;
  llvm::StringRef name;
  Target target;
  bool required = false;
};

/// Parses `<name = value, ...>`. Settings marked `positional` come first and
/// need no name: `<1.0, epsilon = 1.0e-6>`. The brackets may be left out
/// when nothing is required.
llvm::ParseResult parseSettings(mlir::AsmParser &parser,
                                llvm::ArrayRef<Setting> settings,
                                unsigned positional = 0);
void printSettings(mlir::AsmPrinter &printer, llvm::ArrayRef<Setting> settings,
                   unsigned positional = 0);

/// The `{name = value}` of an op: undotted names must be settings of the op,
/// numbers may be whole or not, every setting is printed but a false one.
llvm::ParseResult parseSettings(mlir::OpAsmParser &parser,
                                mlir::NamedAttrList &attributes,
                                llvm::StringRef operation);
void printSettings(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                   mlir::DictionaryAttr attributes, llvm::StringRef operation);
/// The same for ops that show only what differs from the default, and whose
/// `name` and `init` stand elsewhere.
llvm::ParseResult parseParamSettings(mlir::OpAsmParser &parser,
                                     mlir::NamedAttrList &attributes,
                                     llvm::StringRef operation);
void printParamSettings(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                        mlir::DictionaryAttr attributes,
                        llvm::StringRef operation);

/// An initializer; the error says what one is.
llvm::ParseResult parseInitializer(mlir::OpAsmParser &parser,
                                   InitializerAttrInterface &initializer);
void printInitializer(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                      InitializerAttrInterface initializer);

/// The `attributes {name = value}` of `keel.model`, under the same rules.
llvm::ParseResult parseModelAttributes(mlir::OpAsmParser &parser,
                                       mlir::NamedAttrList &attributes,
                                       llvm::StringRef operation);

/// `: TYPE`, or `: TYPE, TYPE` where the right side's type differs.
llvm::ParseResult parseBinaryTypes(mlir::OpAsmParser &parser, mlir::Type &lhs,
                                   mlir::Type &rhs);
void printBinaryTypes(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                      mlir::Type lhs, mlir::Type rhs);

/// `: TYPE`, which is that of the velocities too where there are any.
llvm::ParseResult
parseSgdTypes(mlir::OpAsmParser &parser, mlir::Type &parameter,
              std::optional<mlir::OpAsmParser::UnresolvedOperand> velocity,
              mlir::Type &velocityType, mlir::Type &newVelocityType);
void printSgdTypes(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                   mlir::Type parameter, mlir::Value velocity,
                   mlir::Type velocityType, mlir::Type newVelocityType);

/// Refuses discardable attributes without a dialect's prefix, and settings
/// that are not finite.
llvm::LogicalResult verifyStrictAttributes(mlir::Operation *op);

} // namespace keel

#endif // KEEL_DIALECT_KEEL_IR_SETTINGS_H
