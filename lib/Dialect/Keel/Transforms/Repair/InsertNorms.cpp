//===- InsertNorms.cpp - Normalize before each hidden activation ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairUtils.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"

namespace keel {
#define GEN_PASS_DEF_KEELINSERTNORMS
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct InsertNorms : keel::impl::KeelInsertNormsBase<InsertNorms> {
  using KeelInsertNormsBase::KeelInsertNormsBase;

  void runOnOperation() override {
    if (kind != "layer" && kind != "batch") {
      getOperation().emitError()
          << "keel-insert-norms: kind must be layer or batch, got '" << kind
          << "'";
      return signalPassFailure();
    }
    for (HiddenLayer layer : getLayers(getOperation())) {
      if (!isBeforeALayer(layer.getResult())) {
        // What shortcuts add up grows with each.
        if (layer.dense.getInput().getDefiningOp<AddOp>())
          insert(layer.dense.getInput(), layer.dense);
        continue;
      }
      if (!layer.activation)
        continue;
      auto batchNorm = dyn_cast_or_null<BatchNormOp>(layer.norm);
      if (!layer.norm)
        insert(layer.dense.getResult(), layer.dense);
      else if (batchNorm && !batchNorm.getFrozen() && kind == "layer")
        replace(batchNorm);
    }
  }

private:
  void insert(Value input, DenseOp dense);
  void replace(BatchNormOp norm);
};

} // namespace

/// Normalizes a layer's input or result, under the layer's name.
void InsertNorms::insert(Value input, DenseOp dense) {
  ModelOp model = getOperation();
  MLIRContext *context = &getContext();
  OpBuilder builder(context);
  Operation *source = input.getDefiningOp();
  builder.setInsertionPointAfter(source);
  auto type = cast<RankedTensorType>(getPerFeatureType(input.getType()));
  std::string layer = getLayerName(dense);
  auto name = [&](StringRef what) {
    return getFreeName(model,
                       layer.empty() ? what.str() : (layer + "." + what).str());
  };
  Attribute ones = OnesAttr::get(context), zeros = ZerosAttr::get(context);
  auto param = [&](StringRef what, Attribute init) -> Value {
    return ParamOp::create(builder, getNamedLoc(source, ("_" + what).str()),
                           type, name(what),
                           cast<InitializerAttrInterface>(init));
  };
  auto state = [&](StringRef what, Attribute init) -> Value {
    return StateOp::create(builder, getNamedLoc(source, ("_" + what).str()),
                           type, name(what),
                           cast<InitializerAttrInterface>(init));
  };
  Value gamma = param("gamma", ones), beta = param("beta", zeros);
  Location loc = getNamedLoc(source, "_norm");
  FloatAttr epsilon = builder.getF64FloatAttr(1e-5);
  Operation *norm;
  if (kind == "layer") {
    norm = LayerNormOp::create(builder, loc, input.getType(), input, gamma,
                               beta, epsilon);
  } else {
    Value mean = state("mean", zeros), variance = state("variance", ones);
    norm = BatchNormOp::create(
        builder, loc, input.getType(), input, gamma, beta, mean, variance,
        builder.getF64FloatAttr(0.9), epsilon,
        builder.getStringAttr("population"), builder.getBoolAttr(false));
  }
  input.replaceAllUsesExcept(norm->getResult(0), norm);
}

void InsertNorms::replace(BatchNormOp norm) {
  OpBuilder builder(norm);
  auto layerNorm = LayerNormOp::create(
      builder, norm.getLoc(), norm.getResult().getType(), norm.getInput(),
      norm.getGamma(), norm.getBeta(), norm.getEpsilonAttr());
  norm.getResult().replaceAllUsesWith(layerNorm.getResult());
  Operation *statistics[] = {norm.getMean().getDefiningOp(),
                             norm.getVariance().getDefiningOp()};
  norm.erase();
  for (Operation *op : statistics)
    if (op->use_empty())
      op->erase();
}
