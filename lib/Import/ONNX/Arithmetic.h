//===- Arithmetic.h - What families share of arithmetic -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_ARITHMETIC_H
#define KEEL_LIB_IMPORT_ONNX_ARITHMETIC_H

#include "NodeImporter.h"

namespace keel::onnx {

/// Two operands and the shape that they broadcast to.
struct BroadcastPair {
  mlir::Value lhs, rhs;
  Sizes shape;
};

/// The node's two operands, by the rules of its operator set.
llvm::Expected<BroadcastPair> getPair(NodeImporter &node);

/// That all operands are there and of one type that arithmetic is done in.
llvm::Error checkArithmetic(NodeImporter &node);

/// The one number that an operand is, if it is a known one.
std::optional<double> getNumber(NodeImporter &node, unsigned index);

mlir::Value buildIntegerDivision(LocBuilder &b, mlir::Value x, mlir::Value y);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_ARITHMETIC_H
