//===- State.cpp - Verification of parameters, states and random numbers --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"

using namespace mlir;
using namespace keel;

template <typename OpTy> static LogicalResult verifyHeld(OpTy op) {
  if (!op.getType().hasStaticShape()) // (C1)
    return op.emitOpError() << "must have a static shape, got " << op.getType();
  if (op.getName().empty()) // (C2)
    return op.emitOpError() << "must have a name";
  return op.getInit().verifyType([&] { return op.emitOpError(); },
                                 op.getType()); // (C3)
}

LogicalResult ParamOp::verify() { return verifyHeld(*this); }
LogicalResult StateOp::verify() { return verifyHeld(*this); }

LogicalResult RandomOp::verify() {
  StringRef distribution = getDistribution();
  if (distribution != "uniform" && distribution != "normal" &&
      distribution != "truncated_normal") // (C1)
    return emitOpError() << "distribution must be \"uniform\", \"normal\" or "
                            "\"truncated_normal\", got \""
                         << distribution << "\"";
  if (!getType().hasStaticShape()) // (C2)
    return emitOpError() << "must have a static shape, got " << getType();
  return success();
}

LogicalResult OrthogonalizeOp::verify() {
  if (!getType().hasStaticShape() || getType().getRank() < 2) // (C1)
    return emitOpError() << "must have a static shape of rank 2 or more, got "
                         << getType();
  return success();
}

LogicalResult ReturnOp::verify() {
  ArrayRef<Type> expected =
      (*this)->getParentOfType<ModelOp>().getResultTypes();
  if (TypeRange(getOperandTypes()) != TypeRange(expected)) // (C1)
    return emitOpError() << "must return the model's result types, expected "
                         << TypeRange(expected) << ", got "
                         << getOperandTypes();
  return success();
}
