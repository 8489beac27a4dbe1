//===- Pipelines.cpp - From a model to stage linalg, and on to any stage --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Pipelines/Pipelines.h"
#include "keel/Conversion/Passes.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Pipelines/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace keel;

void keel::buildModelToGraphPipeline(OpPassManager &pm,
                                     const GraphOptions &options) {
  bool trains = options.mode == "train" || options.mode == "all";
  if (trains && options.telemetry) {
    KeelInsertProbesOptions probes;
    probes.telemetry = true;
    pm.addNestedPass<ModelOp>(createKeelInsertProbes(probes));
  }
  KeelSpecializeOptions specialize;
  specialize.mode = options.mode;
  specialize.model = options.model;
  pm.addPass(createKeelSpecialize(specialize));
  addHooks(pm, options.hooks, ExtensionPoint::afterSpecialize);
  if (trains) {
    pm.addPass(createKeelDifferentiate());
    addHooks(pm, options.hooks, ExtensionPoint::beforeClip);
    pm.addPass(createKeelInsertClipping());
    addHooks(pm, options.hooks, ExtensionPoint::afterClip);
    pm.addPass(createKeelInsertOptimizer());
    addHooks(pm, options.hooks, ExtensionPoint::afterOptimizer);
    if (options.telemetry)
      pm.addPass(createKeelInsertTelemetry());
    pm.addPass(createKeelFuseStep());
  }
  if (options.fold) {
    addHooks(pm, options.hooks, ExtensionPoint::beforeFold);
    // A dead or repeated op would pass for another user.
    pm.addPass(createCSEPass());
    pm.addPass(createKeelFoldBatchNorm());
    pm.addPass(createKeelFoldStandardize());
    pm.addPass(createKeelFoldLayerNormAffine());
  }
  pm.addPass(createCSEPass());
  addHooks(pm, options.hooks, ExtensionPoint::beforeLowering);
}

void keel::buildGraphToLinalgPipeline(OpPassManager &pm) {
  pm.addPass(createConvertKeelToLinalg());
  // What arith and math compute on whole tensors.
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createCSEPass());
}

static void addVerification(OpPassManager &pm, StringRef stage) {
  VerifyStageOptions options;
  options.stage = stage.str();
  pm.addPass(createVerifyStage(options));
}

LogicalResult keel::lowerToStage(ModuleOp module, Stage stage,
                                 const GraphOptions &graph,
                                 const CodegenOptions &codegen, Stage from) {
  PassManager pm(module.getContext());
  pm.enableVerifier(true);
  if (from == Stage::model)
    addVerification(pm, "model");
  for (const StageInfo &info : getStages()) {
    if (info.stage <= from)
      continue;
    if (info.stage > stage)
      break;
    switch (info.stage) {
    case Stage::model:
      break;
    case Stage::graph:
      buildModelToGraphPipeline(pm, graph);
      break;
    case Stage::linalg:
      buildGraphToLinalgPipeline(pm);
      addHooks(pm, graph.hooks, ExtensionPoint::afterLowering);
      break;
    case Stage::vector:
      buildLinalgToVectorPipeline(pm, codegen);
      addHooks(pm, graph.hooks, ExtensionPoint::beforeLLVM);
      break;
    case Stage::llvm:
      buildVectorToLLVMPipeline(pm, codegen);
      break;
    }
    addVerification(pm, info.name);
  }
  return pm.run(module);
}

void keel::registerModelPipelines() {
  PassPipelineRegistration<GraphOptions>(
      "keel-model-to-graph",
      "Stage model to stage graph: the functions of training or inference",
      buildModelToGraphPipeline);
  PassPipelineRegistration<>("keel-graph-to-linalg",
                             "Stage graph to stage linalg",
                             buildGraphToLinalgPipeline);
}
