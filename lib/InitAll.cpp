//===- InitAll.cpp - The one registration site ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/InitAll.h"
#include "keel/Analysis/SignalTransfers.h"
#include "keel/Codegen/Passes.h"
#include "keel/Codegen/Pipelines.h"
#include "keel/Conversion/Passes.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Dialect/Keel/Transforms/UpstreamAdjoints.h"
#include "keel/Pipelines/Passes.h"
#include "keel/Pipelines/Pipelines.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void keel::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<KeelDialect>();
  registerUpstreamAdjoints(registry);
  registerLinalgAdjoints(registry);
  registerUpstreamSignals(registry);
}

void keel::registerAllPasses() {
  mlir::registerAllPasses();
  registerKeelTransformsPasses();
  registerKeelConversionPasses();
  registerKeelCodegenPasses();
  registerKeelPipelinesPasses();
  registerModelPipelines();
  registerCodegenPipelines();
}
