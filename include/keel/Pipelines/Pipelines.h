//===- Pipelines.h - From a model to stage linalg, and on to any stage ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_PIPELINES_PIPELINES_H
#define KEEL_PIPELINES_PIPELINES_H

#include "keel/Codegen/Pipelines.h"
#include "keel/Pipelines/ExtensionPoints.h"
#include "keel/Pipelines/Stages.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassOptions.h"

namespace keel {

/// What becomes of a model.
struct GraphOptions : mlir::PassPipelineOptions<GraphOptions> {
  Option<std::string> mode{*this, "mode",
                           llvm::cl::desc("infer, eval, run, train or all"),
                           llvm::cl::init("infer")};
  Option<std::string> model{
      *this, "model",
      llvm::cl::desc("which model, where the module has several"),
      llvm::cl::init("")};
  Option<bool> fold{*this, "fold",
                    llvm::cl::desc("fold what inference does not need"),
                    llvm::cl::init(true)};
  Option<bool> telemetry{
      *this, "telemetry",
      llvm::cl::desc("with train or all: functions that measure a step"),
      llvm::cl::init(false)};
  /// What others run at extension points; not an option of the text.
  std::vector<Hook> hooks;
};

/// Stage model to stage graph: the functions of training or inference.
void buildModelToGraphPipeline(mlir::OpPassManager &pm,
                               const GraphOptions &options);

/// Stage graph to stage linalg.
void buildGraphToLinalgPipeline(mlir::OpPassManager &pm);

/// Runs the pipelines from stage `from` to `stage` and verifies each stage on
/// the way. Hooks before the forecast are the caller's: they run before
/// anything is read from the model. Diagnostics have been emitted on failure.
llvm::LogicalResult lowerToStage(mlir::ModuleOp module, Stage stage,
                                 const GraphOptions &graph,
                                 const CodegenOptions &codegen,
                                 Stage from = Stage::model);

/// Registers keel-model-to-graph and keel-graph-to-linalg.
void registerModelPipelines();

} // namespace keel

#endif // KEEL_PIPELINES_PIPELINES_H
