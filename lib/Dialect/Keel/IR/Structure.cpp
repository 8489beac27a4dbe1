//===- Structure.cpp - Verification and text of shortcuts -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

ParseResult keel::parseBinaryTypes(OpAsmParser &parser, Type &lhs, Type &rhs) {
  if (parser.parseType(lhs))
    return failure();
  rhs = lhs;
  if (succeeded(parser.parseOptionalComma()))
    return parser.parseType(rhs);
  return success();
}

void keel::printBinaryTypes(OpAsmPrinter &printer, Operation *, Type lhs,
                            Type rhs) {
  printer << lhs;
  if (rhs != lhs)
    printer << ", " << rhs;
}

LogicalResult AddOp::verify() {
  Type lhs = getLhs().getType(), rhs = getRhs().getType();
  if (rhs != lhs && rhs != getPerSampleType(lhs)) // (C1)
    return emitOpError() << "right side must be the left one's type " << lhs
                         << ", with or without its batch axis, got " << rhs;
  return success();
}
