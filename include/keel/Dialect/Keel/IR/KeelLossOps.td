//===- KeelLossOps.td - Losses and accuracy -*- tablegen -*----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELLOSSOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELLOSSOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Keel_SoftmaxCrossEntropyOp : Keel_Op<"softmax_cross_entropy", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "softmax and cross-entropy in one, mean over the rows";
  let description = [{
    `mean_n (log sum_j exp(z[n, j]) - z[n, class[n]])`.

    Adjoint: `dz = dloss / N (softmax(z) - onehot(class))`.

    Constraints:
    - (C1) the logits have a batch axis and one axis of classes.
    - (C2) there is one class a row.

    Numerics: log-sum-exp with the row's maximum taken out; rows are summed in
    f64. A class outside [0, classes) must have been refused before: its row
    is compared with no logit.

    Source: Bridle 1990.

    Example:
    ```mlir
    %loss = keel.softmax_cross_entropy %logits, %classes : tensor<?x10xf32>, tensor<?xi32>
    ```
  }];
  let arguments = (ins Keel_Activation:$logits, Keel_Classes:$classes);
  let results = (outs Keel_Loss:$loss);
  let assemblyFormat = !strconcat(
    "$logits `,` $classes ",
    KeelSettings,
    " `:` type($logits) `,` type($classes)");
  let hasVerifier = 1;
}

def Keel_CountCorrectOp : Keel_Op<"count_correct", [Pure]> {
  let summary = "how many rows have their largest logit at their class";
  let description = [{
    Of equal logits the first counts as the largest; a row with a NaN counts
    as wrong.

    Constraints:
    - (C1) the logits have a batch axis and one axis of classes.
    - (C2) there is one class a row.

    Example:
    ```mlir
    %n = keel.count_correct %logits, %classes : tensor<?x10xf32>, tensor<?xi32>
    ```
  }];
  let arguments = (ins Keel_Activation:$logits, Keel_Classes:$classes);
  let results = (outs Keel_Count:$count);
  let assemblyFormat = !strconcat(
    "$logits `,` $classes ",
    KeelSettings,
    " `:` type($logits) `,` type($classes)");
  let hasVerifier = 1;
}

def Keel_MeanSquaredErrorOp : Keel_Op<"mean_squared_error", [
    Pure, SameTypeOperands,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "the squared error, mean over all elements";
  let description = [{
    `mean (y - t)^2`. Adjoint: `dy = dloss 2 / count (y - t)`; the target gets
    none.

    Numerics: summed in f64.

    Example: `%loss = keel.mean_squared_error %y, %t : tensor<?x1xf32>`
  }];
  let arguments = (ins Keel_Activation:$prediction, Keel_Activation:$target);
  let results = (outs Keel_Loss:$loss);
  let assemblyFormat = !strconcat(
    "$prediction `,` $target ",
    KeelSettings,
    " `:` type($prediction)");
}

#endif // KEEL_DIALECT_KEEL_IR_KEELLOSSOPS_TD
