//===- Pipelines.h - From linalg on tensors to the llvm dialect -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_PIPELINES_H
#define KEEL_CODEGEN_PIPELINES_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace keel {

struct CpuTarget;

/// What code generation depends on beside the module.
struct CodegenOptions : mlir::PassPipelineOptions<CodegenOptions> {
  Option<int64_t> maxRows{*this, "max-rows",
                          llvm::cl::desc("the most rows one call takes"),
                          llvm::cl::init(64)};
  Option<bool> reference{
      *this, "reference",
      llvm::cl::desc("scalar loops by upstream passes alone, to compare with"),
      llvm::cl::init(false)};
  Option<int64_t> vectorBits{*this, "vector-bits",
                             llvm::cl::desc("the width of a vector register"),
                             llvm::cl::init(256)};
  Option<int64_t> vectorRegisters{
      *this, "vector-registers",
      llvm::cl::desc("the number of vector registers"), llvm::cl::init(16)};
  Option<bool> maskedMemory{
      *this, "masked-memory",
      llvm::cl::desc("whether masked loads and stores are instructions"),
      llvm::cl::init(true)};
  Option<int64_t> cacheBytes{
      *this, "cache-bytes",
      llvm::cl::desc("the size of a core's second-level cache"),
      llvm::cl::init(512 << 10)};
  Option<int64_t> cores{*this, "cores",
                        llvm::cl::desc("how many threads may share work"),
                        llvm::cl::init(2)};
  Option<int64_t> grain{
      *this, "grain",
      llvm::cl::desc("the operations below which a loop stays on one thread"),
      llvm::cl::init(20000)};

  Option<bool> checkBounds{
      *this, "check-bounds",
      llvm::cl::desc("check every access, and abort where one is wrong"),
      llvm::cl::init(false)};

  /// Takes what describes the machine from `target`.
  void setTarget(const CpuTarget &target);
};

/// Stage linalg to stage vector: arenas, one planned scratch, vector code in
/// loops, of which those marked scf.parallel have independent iterations.
void buildLinalgToVectorPipeline(mlir::OpPassManager &pm,
                                 const CodegenOptions &options);

/// Stage vector to stage llvm: parallel loops through the context, and the
/// entry points of keel/Runtime/Model.h.
void buildVectorToLLVMPipeline(mlir::OpPassManager &pm,
                               const CodegenOptions &options);

/// Registers both as keel-linalg-to-vector and keel-vector-to-llvm.
void registerCodegenPipelines();

} // namespace keel

#endif // KEEL_CODEGEN_PIPELINES_H
