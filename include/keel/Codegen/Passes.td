//===- Passes.td - Code generation passes ----------------*- tablegen -*---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_PASSES_TD
#define KEEL_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def MapToArenas : Pass<"keel-map-to-arenas", "mlir::ModuleOp"> {
  let summary = "Give step functions their flat arenas";
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::bufferization::BufferizationDialect",
    "mlir::LLVM::LLVMDialect", "mlir::linalg::LinalgDialect",
    "mlir::memref::MemRefDialect", "mlir::tensor::TensorDialect"
  ];
  let options = [Option<"maxRows", "max-rows", "int64_t", "64",
                        "the most rows one call takes">];
}

def PlanMemory : Pass<"keel-plan-memory", "mlir::ModuleOp"> {
  let summary = "Give every temporary a place in the scratch arena";
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::memref::MemRefDialect"];
}

def OutlineParallelLoops : Pass<"keel-outline-parallel-loops", "mlir::ModuleOp"> {
  let summary = "Make parallel loops functions on ranges";
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect", "mlir::scf::SCFDialect"];
  let options = [Option<"grain", "grain", "int64_t", "20000",
                        "the operations below which a loop stays sequential">];
}

def LowerParallelCalls : Pass<"keel-lower-parallel-calls", "mlir::ModuleOp"> {
  let summary = "Call parallel loops through the context's parallel_for";
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def EmitEntryPoints : Pass<"keel-emit-entry-points", "mlir::ModuleOp"> {
  let summary = "Give the step's functions their C signatures";
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def VectorOptions {
  list<Option> options = [
    Option<"vectorBits", "vector-bits", "int64_t", "256",
           "the width of a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "16",
           "the number of vector registers">,
    Option<"maskedMemory", "masked-memory", "bool", "true",
           "whether masked loads and stores are instructions">
  ];
}

def TransposeContractions : Pass<"keel-transpose-contractions"> {
  let summary = "Transpose the second factor where a product needs it";
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def LowerContractions : Pass<"keel-lower-contractions", "mlir::ModuleOp"> {
  let summary = "Turn contractions into micro-kernels";
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect",
    "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"
  ];
  let options = VectorOptions.options;
}

def VectorizeGenerics : Pass<"keel-vectorize-generics"> {
  let summary = "Turn linalg operations into vector loops";
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect"
  ];
  let options = VectorOptions.options;
}

def FuseElementwise : Pass<"keel-fuse-elementwise"> {
  let summary = "Fuse element-wise operations on tensors";
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def ApproximateMath : Pass<"keel-approximate-math"> {
  let summary = "Compute single-precision functions by polynomials";
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::math::MathDialect",
                           "mlir::vector::VectorDialect"];
}

#endif // KEEL_CODEGEN_PASSES_TD
