//===- Passes.td - Passes that know the stages -*- tablegen -*-------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_PIPELINES_PASSES_TD
#define KEEL_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyStage : Pass<"keel-verify-stage", "::mlir::ModuleOp"> {
  let summary = "Check that only the dialects of a stage are alive";
  let description = [{
    Walks the module and reports each op whose dialect is not alive at the
    stage, as the table in keel/Pipelines/Stages.h has it. An op of another
    dialect that implements `DifferentiableOpInterface`, `LoweringOpInterface` or
    `ModeOpInterface` is alive at the stages `model` and `graph`.

    Example: with `stage=linalg`, a `keel.relu` that no lowering took gives

    ```
    error: 'keel.relu' op is not alive at stage linalg: expected one of the
    dialects builtin, func, arith, linalg, math, scf, tensor
    ```
  }];
  let options = [Option<"stage", "stage", "std::string", "\"model\"",
                        "model, graph, linalg, vector or llvm">];
}

#endif // KEEL_PIPELINES_PASSES_TD
