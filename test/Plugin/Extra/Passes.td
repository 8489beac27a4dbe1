//===- Passes.td - Passes outside Keel -*- tablegen -*---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EXTRA_PASSES_TD
#define EXTRA_PASSES_TD

include "mlir/Pass/PassBase.td"

def ReplaceRelu : Pass<"extra-replace-relu"> {
  let summary = "Replace keel.relu by extra.snake";
  let description = [{
    Replaces each `keel.relu` by `extra.snake` of the option's frequency, in a
    model or in the functions of a step that is not yet differentiated. Remarks
    how many there were.

    Example: `%y = keel.relu %x : tensor<?x4xf32>` becomes
    `%y = extra.snake %x {frequency = 1.0} : tensor<?x4xf32>`.
  }];
  let dependentDialects = ["::extra::ExtraDialect"];
  let options = [Option<"frequency", "frequency", "double", "1.0",
                        "the frequency of each extra.snake">];
}

#endif // EXTRA_PASSES_TD
