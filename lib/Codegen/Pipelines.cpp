//===- Pipelines.cpp - From linalg on tensors to the llvm dialect ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/Pipelines.h"
#include "keel/Codegen/CpuTarget.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace keel;

void CodegenOptions::setTarget(const CpuTarget &target) {
  vectorBits = target.vectorBits;
  vectorRegisters = target.vectorRegisters;
  maskedMemory = target.maskedMemory;
  cacheBytes = target.cacheBytes;
  cores = target.cores;
}

/// What passes on vectors take.
template <typename PassOptions>
static PassOptions getVectorOptions(const CodegenOptions &options) {
  PassOptions result;
  result.vectorBits = options.vectorBits;
  result.vectorRegisters = options.vectorRegisters;
  result.maskedMemory = options.maskedMemory;
  return result;
}

/// What passes on products take.
template <typename PassOptions>
static PassOptions getTileOptions(const CodegenOptions &options) {
  auto result = getVectorOptions<PassOptions>(options);
  result.cacheBytes = options.cacheBytes;
  result.cores = options.cores;
  return result;
}

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void keel::buildLinalgToVectorPipeline(OpPassManager &pm,
                                       const CodegenOptions &options) {
  if (!options.reference) {
    pm.addPass(createFuseElementwise());
    pm.addPass(createSplitReductions());
    auto pack = getTileOptions<PackWeightsOptions>(options);
    pack.maxRows = options.maxRows;
    pm.addPass(createPackWeights(pack));
  }
  MapToArenasOptions arenas;
  arenas.maxRows = options.maxRows;
  pm.addPass(createMapToArenas(arenas));
  addCleanup(pm);
  pm.addPass(createSeparateDestinations());
  bufferization::OneShotBufferizePassOptions bufferize;
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  addCleanup(pm);
  pm.addPass(createExpandCopies());
  if (!options.reference) {
    pm.addPass(createFuseSiblings());
    pm.addPass(
        createFuseEpilogues(getTileOptions<FuseEpiloguesOptions>(options)));
    pm.addNestedPass<func::FuncOp>(createFuseRows());
  }
  pm.addPass(createPlanMemory());
  if (!options.reference) {
    pm.addPass(createOutlineKernels());
    pm.addPass(createLowerContractions(
        getTileOptions<LowerContractionsOptions>(options)));
    pm.addPass(createVectorizeGenerics(
        getVectorOptions<VectorizeGenericsOptions>(options)));
  }
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  if (!options.reference)
    pm.addPass(createApproximateMath());
  addCleanup(pm);
}

void keel::buildVectorToLLVMPipeline(OpPassManager &pm,
                                     const CodegenOptions &options) {
  OutlineParallelLoopsOptions outline;
  outline.grain = options.grain;
  pm.addPass(createOutlineParallelLoops(outline));
  if (options.checkBounds)
    pm.addPass(createCheckBounds());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  // Calls of libm take vectors apart, by ops of vector.
  pm.addPass(createCallLibm());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions func;
  func.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(func));
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createLowerParallelCalls());
  pm.addPass(createEmitEntryPoints());
  addCleanup(pm);
}

void keel::registerCodegenPipelines() {
  PassPipelineRegistration<CodegenOptions>(
      "keel-linalg-to-vector",
      "Stage linalg to stage vector: arenas, planned scratch, vector code",
      buildLinalgToVectorPipeline);
  PassPipelineRegistration<CodegenOptions>(
      "keel-vector-to-llvm",
      "Stage vector to stage llvm: parallel calls and C entry points",
      buildVectorToLLVMPipeline);
}
