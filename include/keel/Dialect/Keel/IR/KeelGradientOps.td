//===- KeelGradientOps.td - Adjoints with kernels, clipping ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELGRADIENTOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELGRADIENTOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

//===----------------------------------------------------------------------===//
// Dense
//===----------------------------------------------------------------------===//

def Keel_DenseInputGradOp : Keel_Op<"dense_input_grad", [
    Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "dx = dy W^T";
  let description = [{
    `dx[n, i] = sum_j dy[n, j] W[i, j]`: the adjoint of `keel.dense` with respect
    to its input.

    Constraints:
    - (C1) the cotangent has a batch axis and the weight's columns.
    - (C2) the element types agree.

    Example:
    ```mlir
    %dx = keel.dense_input_grad %dy, %w : tensor<?x128xf32>, tensor<784x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Matrix:$weight);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $weight ",
    KeelSettings,
    " `:` type($cotangent) `,` type($weight)");
}

def Keel_DenseWeightGradOp : Keel_Op<"dense_weight_grad", [
    Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "dW = x^T dy";
  let description = [{
    `dW[i, j] = sum_n x[n, i] dy[n, j]`: the adjoint of `keel.dense` with respect
    to its weight.

    Constraints:
    - (C1) both operands have a batch axis and one static axis of features.
    - (C2) both have one batch.
    - (C3) the element types agree.

    Example:
    ```mlir
    %dw = keel.dense_weight_grad %x, %dy : tensor<?x784xf32>, tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, Keel_Activation:$cotangent);
  let results = (outs Keel_Matrix:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $cotangent ",
    KeelSettings,
    " `:` type($input) `,` type($cotangent)");
}

def Keel_SumOverBatchOp : Keel_Op<"sum_over_batch", [
    Pure, TypesMatchWith<"the result has no batch axis", "input", "result",
                         "::keel::getPerSampleType($_self)">]> {
  let summary = "the sum over the leading axis";
  let description = [{
    `y[...] = sum_n x[n, ...]`: what a value that stands in each row, a bias,
    receives from all of them.

    Example: `%db = keel.sum_over_batch %dy : tensor<?x128xf32>`
  }];
  let arguments = (ins Keel_Activation:$input);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

class Keel_NormGrad<string mnemonic, list<Trait> traits>
    : Keel_Op<mnemonic, traits # [
        Pure, AllTypesMatch<["cotangent", "input", "input_grad"]>,
        Keel_PerFeature<"input", "gamma">,
        Keel_PerFeature<"input", "gamma_grad">,
        Keel_PerFeature<"input", "beta_grad">]> {
  let results = (outs Keel_Activation:$input_grad, Keel_Vector:$gamma_grad,
                      Keel_Vector:$beta_grad);
}

def Keel_BatchNormGradOp : Keel_NormGrad<"batch_norm_grad",
    [Keel_PerFeature<"input", "mean">,
     Keel_PerFeature<"input", "reciprocal_deviation">]> {
  let summary = "the adjoint of keel.batch_norm_train";
  let description = [{
    From the batch's mean m and `r = 1 / sqrt(v + epsilon)`, with
    `xh = (x - m) r` and N rows: `dbeta = sum_n dy`, `dgamma = sum_n dy xh`,
    `dx = gamma r (dy - dbeta / N - xh dgamma / N)`.

    Example:
    ```mlir
    %dx, %dg, %db = keel.batch_norm_grad %dy, %x, %gamma, %mean, %r : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Activation:$input,
    Keel_Vector:$gamma, Keel_Vector:$mean, Keel_Vector:$reciprocal_deviation);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $input `,` $gamma `,` $mean `,` $reciprocal_deviation ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_BatchNormInferGradOp : Keel_NormGrad<"batch_norm_infer_grad",
    [Keel_PerFeature<"input", "mean">, Keel_PerFeature<"input", "variance">]> {
  let summary = "the adjoint of keel.batch_norm_infer";
  let description = [{
    With `r = 1 / sqrt(variance + epsilon)`: `dx = dy gamma r`,
    `dgamma = sum_n dy (x - mean) r`, `dbeta = sum_n dy`.

    Example:
    ```mlir
    %dx, %dg, %db = keel.batch_norm_infer_grad %dy, %x, %gamma, %mean, %variance
        {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Activation:$input,
    Keel_Vector:$gamma, Keel_Vector:$mean, Keel_Vector:$variance,
    DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $input `,` $gamma `,` $mean `,` $variance ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_LayerNormGradOp : Keel_NormGrad<"layer_norm_grad", [
    TypesMatchWith<"one mean a row", "input", "mean",
                   "::keel::getPerRowType($_self)">,
    TypesMatchWith<"one reciprocal deviation a row", "input",
                   "reciprocal_deviation", "::keel::getPerRowType($_self)">]> {
  let summary = "the adjoint of keel.layer_norm_train";
  let description = [{
    From each row's mean m and `r = 1 / sqrt(v + epsilon)`, with
    `xh = (x - m) r`, `g = dy gamma` and means over the last axis:
    `dx = r (g - mean(g) - xh mean(g xh))`, `dgamma = sum_n dy xh`,
    `dbeta = sum_n dy`.

    Example:
    ```mlir
    %dx, %dg, %db = keel.layer_norm_grad %dy, %x, %gamma, %mean, %r : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Activation:$input,
    Keel_Vector:$gamma, Keel_Tensor:$mean, Keel_Tensor:$reciprocal_deviation);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $input `,` $gamma `,` $mean `,` $reciprocal_deviation ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_RmsNormGradOp : Keel_Op<"rms_norm_grad", [
    Pure, AllTypesMatch<["cotangent", "input", "input_grad"]>,
    Keel_PerFeature<"input", "gamma">, Keel_PerFeature<"input", "gamma_grad">]> {
  let summary = "the adjoint of keel.rms_norm";
  let description = [{
    With each row's `r = 1 / sqrt(mean(x^2) + epsilon)`, `g = dy gamma` and
    means over the last axis: `dx = r (g - x r^2 mean(g x))`,
    `dgamma = sum_n dy x r`. The pass over a row that sums `g x` sums `x^2` too,
    so r is not kept from the forward pass.

    Constraints:
    - (C1) `epsilon` is not negative.

    Example:
    ```mlir
    %dx, %dg = keel.rms_norm_grad %dy, %x, %gamma {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Activation:$input,
    Keel_Vector:$gamma, DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon);
  let results = (outs Keel_Activation:$input_grad, Keel_Vector:$gamma_grad);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $input `,` $gamma ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_StandardizeGradOp : Keel_Op<"standardize_grad", [
    Pure, AllTypesMatch<["cotangent", "result"]>,
    Keel_PerFeature<"cotangent", "variance">]> {
  let summary = "dy / sqrt(variance + epsilon)";
  let description = [{
    The adjoint of `keel.standardize` with respect to its input.

    Example:
    ```mlir
    %dx = keel.standardize_grad %dy, %variance {epsilon = 1.0e-5} : tensor<?x784xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Vector:$variance,
                       DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $variance ",
    KeelSettings,
    " `:` type($cotangent)");
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

def Keel_SoftmaxCrossEntropyGradOp : Keel_Op<"softmax_cross_entropy_grad", [
    Pure, AllTypesMatch<["logits", "result"]>]> {
  let summary = "dloss / N (softmax(z) - onehot(class))";
  let description = [{
    The adjoint of `keel.softmax_cross_entropy` with respect to its logits, for
    N rows.

    Numerics: the softmax has the row's maximum taken out.

    Example:
    ```mlir
    %dz = keel.softmax_cross_entropy_grad %dloss, %z, %classes : tensor<?x10xf32>, tensor<?xi32>
    ```
  }];
  let arguments = (ins Keel_Loss:$cotangent, Keel_Activation:$logits,
                       Keel_Classes:$classes);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $logits `,` $classes ",
    KeelSettings,
    " `:` type($logits) `,` type($classes)");
}

/// dy from dloss, the prediction and the target.
class Keel_ElementLossGrad<string mnemonic, dag settings = (ins)>
    : Keel_Op<mnemonic, [
        Pure, AllTypesMatch<["prediction", "target", "result"]>]> {
  let arguments = !con((ins Keel_Loss:$cotangent, Keel_Activation:$prediction,
                            Keel_Activation:$target), settings);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $prediction `,` $target ",
    KeelSettings,
    " `:` type($prediction)");
}

def Keel_MeanSquaredErrorGradOp
    : Keel_ElementLossGrad<"mean_squared_error_grad"> {
  let summary = "dloss 2 / count (y - t)";
  let description = [{
    The adjoint of `keel.mean_squared_error` with respect to the prediction,
    for `count` elements.

    Example:
    ```mlir
    %dy = keel.mean_squared_error_grad %dloss, %y, %t : tensor<?x1xf32>
    ```
  }];
}
def Keel_SigmoidCrossEntropyGradOp
    : Keel_ElementLossGrad<"sigmoid_cross_entropy_grad"> {
  let summary = "dloss / count (sigmoid(z) - t)";
  let description = [{
    The adjoint of `keel.sigmoid_cross_entropy` with respect to the logits, for
    `count` elements.

    Example:
    ```mlir
    %dz = keel.sigmoid_cross_entropy_grad %dloss, %z, %t : tensor<?x3xf32>
    ```
  }];
}
def Keel_MeanAbsoluteErrorGradOp
    : Keel_ElementLossGrad<"mean_absolute_error_grad"> {
  let summary = "dloss / count sign(y - t)";
  let description = [{
    The adjoint of `keel.mean_absolute_error` with respect to the prediction,
    for `count` elements: 0 where y = t, NaN where y - t is.

    Example:
    ```mlir
    %dy = keel.mean_absolute_error_grad %dloss, %y, %t : tensor<?x1xf32>
    ```
  }];
}
def Keel_HuberGradOp : Keel_ElementLossGrad<"huber_grad",
    (ins DefaultValuedAttr<F64Attr, "1.0">:$delta)> {
  let summary = "dloss / count min(max(y - t, -delta), delta)";
  let description = [{
    The adjoint of `keel.huber` with respect to the prediction, for `count`
    elements. A NaN stays one.

    Constraints:
    - (C1) `delta` is positive.

    Example:
    ```mlir
    %dy = keel.huber_grad %dloss, %y, %t {delta = 1.0} : tensor<?x1xf32>
    ```
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Clipping
//===----------------------------------------------------------------------===//

def Keel_SumOfSquaresOp : Keel_Op<"sum_of_squares", [Pure]> {
  let summary = "the sum of a tensor's squared elements, in f64";
  let description = [{
    `sum x^2`, each element widened to f64 before it is squared: the square of
    a gradient's norm, which neither overflows nor loses small terms in f32.

    Example: `%s = keel.sum_of_squares %g : tensor<784x128xf32>`
  }];
  let arguments = (ins Keel_Tensor:$input);
  let results = (outs Keel_Scalar:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_MaxAbsOp : Keel_Op<"max_abs", [Pure]> {
  let summary = "the largest magnitude of a tensor's elements, in f64";
  let description = [{
    0 for an empty tensor, NaN where an element is.

    Example: `%m = keel.max_abs %g : tensor<784x128xf32>`
  }];
  let arguments = (ins Keel_Tensor:$input);
  let results = (outs Keel_Scalar:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_ScaleOp : Keel_Op<"scale", [
    Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "a tensor times a number";
  let description = [{
    `y = factor x`: how clips by norm bound a gradient.

    The factor is rounded to the tensor's type first.

    Example: `%c = keel.scale %g, %factor : tensor<784x128xf32>`
  }];
  let arguments = (ins Keel_Tensor:$input, Keel_Scalar:$factor);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $factor ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_ClampOp : Keel_Op<"clamp", [
    Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "each element to [-limit, limit]";
  let description = [{
    `y = min(max(x, -limit), limit)`: how a clip by value bounds a gradient.

    A NaN stays a NaN.

    Constraints:
    - (C1) `limit` is not negative.

    Example: `%c = keel.clamp %g {limit = 0.1} : tensor<784x128xf32>`
  }];
  let arguments = (ins Keel_Tensor:$input, F64Attr:$limit);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

#endif // KEEL_DIALECT_KEEL_IR_KEELGRADIENTOPS_TD
