//===- KeelDialect.cpp - Registration of the dialect ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Interfaces/Signal.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace keel;

#include "keel/Dialect/Keel/IR/KeelDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "keel/Dialect/Keel/IR/KeelAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "keel/Dialect/Keel/IR/KeelOps.cpp.inc"

void KeelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "keel/Dialect/Keel/IR/KeelAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "keel/Dialect/Keel/IR/KeelOps.cpp.inc"
      >();
}

Attribute KeelDialect::parseAttribute(DialectAsmParser &parser,
                                      Type type) const {
  SMLoc loc = parser.getNameLoc();
  StringRef mnemonic;
  Attribute attr;
  OptionalParseResult parsed =
      generatedAttributeParser(parser, &mnemonic, type, attr);
  if (!parsed.has_value()) {
    parser.emitError(loc) << "unknown attribute #keel." << mnemonic;
    return {};
  }
  if (succeeded(*parsed) && type) {
    parser.emitError(loc) << "expected no type after " << attr << ", got "
                          << type;
    return {};
  }
  return attr;
}

void KeelDialect::printAttribute(Attribute attr,
                                 DialectAsmPrinter &printer) const {
  (void)generatedAttributePrinter(attr, printer);
}

/// A tensor of `type`'s elements and the part of its shape that `slice` takes,
/// or none where `type` has no axis: a type that no operand has, so that the
/// mismatch is reported.
static Type
sliceShape(Type type,
           llvm::function_ref<ArrayRef<int64_t>(ArrayRef<int64_t>)> slice) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(type);
  if (!tensor || tensor.getRank() < 1)
    return type ? NoneType::get(type.getContext()) : Type();
  return RankedTensorType::get(slice(tensor.getShape()),
                               tensor.getElementType());
}

Type keel::getPerFeatureType(Type type) {
  return sliceShape(type, [](ArrayRef<int64_t> s) { return s.take_back(1); });
}

Type keel::getPerRowType(Type type) {
  return sliceShape(type, [](ArrayRef<int64_t> s) { return s.drop_back(1); });
}

Type keel::getPerSampleType(Type type) {
  return sliceShape(type, [](ArrayRef<int64_t> s) { return s.drop_front(1); });
}

Type keel::getWideType(Type type) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(type);
  return tensor ? tensor.clone(Float64Type::get(type.getContext())) : type;
}
