//===- Layers.cpp - The ops of a model that telemetry tells of ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "ValueNames.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"

using namespace mlir;
using namespace keel;

/// The elements of an op's result: of a row where it has a batch.
static keel_layer describe(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  keel_layer layer = {};
  layer.units = 1;
  for (int64_t size : type.getShape().drop_front(type.getRank() > 0))
    layer.units *= size;
  if (type.hasStaticShape())
    layer.fixed_elements = type.getNumElements();
  if (ParamOp weight = getProbedWeight(op))
    layer.weights = weight.getType().getNumElements();
  return layer;
}

Layers::Layers(ModelOp model) : ops(getProbedOps(model)) {
  ValueNames values(model);
  for (Operation *op : ops) {
    names.push_back(values.get(op->getResult(0)));
    layers.push_back(describe(op));
  }
  for (auto [layer, name] : llvm::zip(layers, names))
    layer.name = name.c_str();
}

keel_telemetry Layers::getTelemetry(const JitModule &jit) const {
  keel_telemetry telemetry = jit.telemetry();
  telemetry.layers = layers.data();
  telemetry.num_layers = int32_t(layers.size());
  return telemetry;
}
