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

def Keel_CountCorrectSignsOp : Keel_Op<"count_correct_signs", [
    Pure, SameTypeOperands]> {
  let summary = "how many logits are on the side of their target";
  let description = [{
    Counts the elements with `z > 0` where `t > 1/2` and `z <= 0` elsewhere. A
    NaN counts as wrong.

    Example: `%n = keel.count_correct_signs %z, %t : tensor<?x3xf32>`
  }];
  let arguments = (ins Keel_Activation:$logits, Keel_Activation:$targets);
  let results = (outs Keel_Count:$count);
  let assemblyFormat = !strconcat(
    "$logits `,` $targets ",
    KeelSettings,
    " `:` type($logits)");
}

/// The mean over all elements of a function of prediction and target.
class Keel_ElementLoss<string mnemonic, dag settings = (ins)>
    : Keel_Op<mnemonic, [
        Pure, SameTypeOperands,
        DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let arguments = !con((ins Keel_Activation:$prediction,
                            Keel_Activation:$target), settings);
  let results = (outs Keel_Loss:$loss);
  let assemblyFormat = !strconcat(
    "$prediction `,` $target ",
    KeelSettings,
    " `:` type($prediction)");
}

def Keel_MeanSquaredErrorOp : Keel_ElementLoss<"mean_squared_error"> {
  let summary = "the squared error, mean over all elements";
  let description = [{
    `mean (y - t)^2`. Adjoint: `dy = dloss 2 / count (y - t)`; the target gets
    none.

    Numerics: summed in f64.

    Example: `%loss = keel.mean_squared_error %y, %t : tensor<?x1xf32>`
  }];
}

def Keel_SigmoidCrossEntropyOp : Keel_ElementLoss<"sigmoid_cross_entropy"> {
  let summary = "sigmoid and cross-entropy in one, mean over all elements";
  let description = [{
    `mean (log(1 + exp(z)) - z t)`: the cross-entropy of the probability
    sigmoid(z) to the target t in [0, 1]. Computed as
    `max(z, 0) - z t + log1p(exp(-|z|))`.

    Adjoint: `dz = dloss / count (sigmoid(z) - t)`; the target gets none.

    Numerics: overflows for no finite logit; summed in f64. A NaN in z or t
    makes the loss one.

    Source: Cox 1958.

    Example: `%loss = keel.sigmoid_cross_entropy %z, %t : tensor<?x3xf32>`
  }];
}

def Keel_MeanAbsoluteErrorOp : Keel_ElementLoss<"mean_absolute_error"> {
  let summary = "the absolute error, mean over all elements";
  let description = [{
    `mean |y - t|`. Adjoint: `dy = dloss / count sign(y - t)`, 0 where y = t;
    the target gets none.

    Numerics: summed in f64. A NaN stays one, in the adjoint too.

    Example: `%loss = keel.mean_absolute_error %y, %t : tensor<?x1xf32>`
  }];
}

def Keel_HuberOp : Keel_ElementLoss<"huber",
    (ins DefaultValuedAttr<F64Attr, "1.0">:$delta)> {
  let summary = "squared near the target, absolute away from it";
  let description = [{
    With d = y - t, the mean of `d^2 / 2` where `|d| <= delta` and of
    `delta (|d| - delta / 2)` elsewhere.

    Adjoint: `dy = dloss / count min(max(d, -delta), delta)`; the target gets
    none.

    Constraints:
    - (C1) `delta` is positive.

    Numerics: summed in f64. A NaN stays one, in the adjoint too.

    Source: Huber 1964.

    Example: `%loss = keel.huber %y, %t {delta = 1.0} : tensor<?x1xf32>`
  }];
  let hasVerifier = 1;
}

#endif // KEEL_DIALECT_KEEL_IR_KEELLOSSOPS_TD
