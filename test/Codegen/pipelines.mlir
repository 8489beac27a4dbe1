// RUN: keel-opt %S/../Integration/Codegen/Inputs/TrainStep.mlir --keel-linalg-to-vector=max-rows=16 \
// RUN:   | FileCheck %s --check-prefix=VECTOR
// RUN: keel-opt %S/../Integration/Codegen/Inputs/TrainStep.mlir --keel-linalg-to-vector=max-rows=16 --keel-vector-to-llvm \
// RUN:   | FileCheck %s --check-prefix=LLVM

// Every result is computed in its place, every temporary has one.
// VECTOR-NOT: memref.alloc(
// VECTOR-NOT: memref.copy
// VECTOR-NOT: linalg.
// VECTOR-NOT: tensor.

// LLVM-DAG: llvm.func @linear_init(
// LLVM-DAG: llvm.func @linear_grad_step(
// LLVM-DAG: llvm.func @linear_apply_step(
// LLVM-DAG: llvm.func @linear_infer(
// LLVM-DAG: llvm.func @linear_learning_rate(
