//===- ModulePass.td - What passes on a module share -*- tablegen -*-------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_MODULEPASS_TD
#define KEEL_DIALECT_KEEL_TRANSFORMS_MODULEPASS_TD

include "mlir/Pass/PassBase.td"

class KeelModulePass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = ["::keel::KeelDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_MODULEPASS_TD
