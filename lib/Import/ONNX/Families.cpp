//===- Families.cpp - The ops that can be imported ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

using namespace keel::onnx;

static Handlers makeHandlers() {
  Handlers handlers;
  addActivations(handlers);
  addArithmetic(handlers);
  addConstants(handlers);
  addDense(handlers);
  addFunctions(handlers);
  addGradient(handlers);
  addIndexing(handlers);
  addLogic(handlers);
  addLosses(handlers);
  addNormalizations(handlers);
  addOptimizers(handlers);
  addReductions(handlers);
  addShapes(handlers);
  addSoftmaxes(handlers);
  addStructure(handlers);
  return handlers;
}

const Handlers &keel::onnx::getHandlers() {
  static const Handlers handlers = makeHandlers();
  return handlers;
}
