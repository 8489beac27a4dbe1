//===- KeelNormalizationOps.td - Batch norm, layer norm, standardization --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELNORMALIZATIONOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELNORMALIZATIONOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Keel_Epsilon : DefaultValuedAttr<F64Attr, "1.0e-5">;

class Keel_BatchNormLike<string mnemonic, list<Trait> traits>
    : Keel_Op<mnemonic, traits # [
        AllTypesMatch<["input", "result"]>,
        Keel_PerFeature<"input", "gamma">, Keel_PerFeature<"input", "beta">,
        Keel_PerFeature<"input", "mean">,
        Keel_PerFeature<"input", "variance">]> {
  dag normOperands = (ins Keel_Batch:$input, Keel_Vector:$gamma,
    Keel_Vector:$beta, Keel_Vector:$mean, Keel_Vector:$variance);
  let hasVerifier = 1;
}

def Keel_BatchNormOp : Keel_BatchNormLike<"batch_norm",
    [DeclareOpInterfaceMethods<ModeOpInterface, ["getMinTrainRows"]>]> {
  let summary = "batch normalization, neutral as to mode";
  let description = [{
    `y = (x - m) / sqrt(v + epsilon) gamma + beta`, a mean m and a variance v a
    feature: those of the batch in training (`keel.batch_norm_train`), the
    running ones in inference and where `frozen` (`keel.batch_norm_infer`).

    `mean` and `variance` are the running statistics: states of the model,
    which training updates by `new = decay old + (1 - decay) batch`.
    `running_variance` says whether the batch's variance enters as
    `"population"` (divided by N) or `"unbiased"` (by N - 1).

    The batch's variance is biased (divided by N) where it normalizes. A frozen
    norm still gives gradients to x, gamma and beta. Training needs at least
    two rows.

    Constraints:
    - (C1) `epsilon` is not negative and `decay` is in [0, 1].
    - (C2) `running_variance` is "population" or "unbiased".
    - (C3) unless `frozen`, `mean` and `variance` are states of the model.
    - (C4) a `frozen` norm shares no statistic with one that is not frozen.

    Source: Ioffe & Szegedy 2015.

    Example:
    ```mlir
    %y = keel.batch_norm %x, %gamma, %beta, %mean, %variance
        {decay = 0.9, epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let arguments = !con(normOperands, (ins
    DefaultValuedAttr<F64Attr, "0.9">:$decay, Keel_Epsilon:$epsilon,
    DefaultValuedAttr<StrAttr, "\"population\"">:$running_variance,
    DefaultValuedAttr<BoolAttr, "false">:$frozen));
  let results = (outs Keel_Batch:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $gamma `,` $beta `,` $mean `,` $variance ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_BatchNormTrainOp : Keel_BatchNormLike<"batch_norm_train", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    Keel_PerFeature<"input", "new_mean">,
    Keel_PerFeature<"input", "new_variance">,
    Keel_PerFeature<"input", "batch_mean">,
    Keel_PerFeature<"input", "reciprocal_deviation">]> {
  let summary = "batch normalization by the batch's own statistics";
  let description = [{
    `y = (x - m) / sqrt(v + epsilon) gamma + beta` with the batch's mean m and
    biased variance v of each feature, over all axes but the last. The new
    running statistics are `decay mean + (1 - decay) m` and
    `decay variance + (1 - decay) v`, or with `v N / (N - 1)` for v where
    `running_variance` is `"unbiased"`.

    Results: y; the new running mean and variance; and what the adjoint needs,
    the batch's mean m and `r = 1 / sqrt(v + epsilon)`.

    With `xh = (x - m) r` and N rows, the adjoint is `dbeta = sum_n dy`,
    `dgamma = sum_n dy xh` and
    `dx = gamma r (dy - dbeta / N - xh dgamma / N)`.

    Constraints:
    - (C1) `epsilon` is not negative and `decay` is in [0, 1].
    - (C2) `running_variance` is "population" or "unbiased".
    - (C3) a static batch has at least two rows.
    - (C4) the new running statistics are used: dropping them is a bug.

    Numerics: the variance is two-pass and never negative; sums run in an order
    that depends on the shapes alone. Source: Ioffe & Szegedy 2015.

    Example:
    ```mlir
    %y, %m, %v, %bm, %r = keel.batch_norm_train %x, %gamma, %beta, %mean, %variance
        {decay = 0.9, epsilon = 1.0e-5, running_variance = "population"} : tensor<?x128xf32>
    ```
  }];
  let arguments = !con(normOperands, (ins
    DefaultValuedAttr<F64Attr, "0.9">:$decay, Keel_Epsilon:$epsilon,
    DefaultValuedAttr<StrAttr, "\"population\"">:$running_variance));
  let results = (outs Keel_Batch:$result, Keel_Vector:$new_mean,
    Keel_Vector:$new_variance, Keel_Vector:$batch_mean,
    Keel_Vector:$reciprocal_deviation);
  let assemblyFormat = !strconcat(
    "$input `,` $gamma `,` $beta `,` $mean `,` $variance ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_BatchNormInferOp : Keel_BatchNormLike<"batch_norm_infer", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "batch normalization by given statistics";
  let description = [{
    `y = (x - mean) / sqrt(variance + epsilon) gamma + beta`.

    With `r = 1 / sqrt(variance + epsilon)` the adjoint is `dx = dy gamma r`,
    `dgamma = sum_n dy (x - mean) r`, `dbeta = sum_n dy`; the statistics get
    none.

    Constraints:
    - (C1) `epsilon` is not negative.

    Example:
    ```mlir
    %y = keel.batch_norm_infer %x, %gamma, %beta, %mean, %variance
        {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let arguments = !con(normOperands, (ins Keel_Epsilon:$epsilon));
  let results = (outs Keel_Batch:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $gamma `,` $beta `,` $mean `,` $variance ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_FoldBatchNormOp : Keel_Op<"fold_batch_norm", [
    Pure, AllTypesMatch<["weight", "new_weight"]>,
    AllTypesMatch<["gamma", "beta", "mean", "variance", "new_bias"]>]> {
  let summary = "a dense layer's parameters with the batch norm behind it folded in";
  let description = [{
    With `s = gamma / sqrt(variance + epsilon)`: `W' = W diag(s)` and
    `b' = (b - mean) s + beta`, where b is 0 if it is not given. Computed in
    f64, rounded once.

    Constraints:
    - (C1) `epsilon` is not negative.
    - (C2) gamma has one value a column of the weight.
    - (C3) the bias has one value a column of the weight.

    Example:
    ```mlir
    %w2, %b2 = keel.fold_batch_norm %w, %gamma, %beta, %mean, %variance bias %b
        {epsilon = 1.0e-5} : tensor<784x128xf32>, tensor<128xf32>, tensor<128xf32>
    ```
  }];
  let arguments = (ins Keel_Matrix:$weight, Keel_Vector:$gamma,
    Keel_Vector:$beta, Keel_Vector:$mean, Keel_Vector:$variance,
    Optional<Keel_Vector>:$bias, Keel_Epsilon:$epsilon);
  let results = (outs Keel_Matrix:$new_weight, Keel_Vector:$new_bias);
  let assemblyFormat = !strconcat(
    "$weight `,` $gamma `,` $beta `,` $mean `,` $variance (`bias` $bias^)? ",
    KeelSettings,
    " `:` type($weight) `,` type($gamma) (`,` type($bias)^)?");
  let hasVerifier = 1;
}

class Keel_LayerNormLike<string mnemonic, list<Trait> traits>
    : Keel_Op<mnemonic, traits # [
        Pure, AllTypesMatch<["input", "result"]>,
        DeclareOpInterfaceMethods<DifferentiableOpInterface>,
        Keel_PerFeature<"input", "gamma">, Keel_PerFeature<"input", "beta">]> {
  let arguments = (ins Keel_Activation:$input, Keel_Vector:$gamma,
                       Keel_Vector:$beta, Keel_Epsilon:$epsilon);
  let assemblyFormat = !strconcat(
    "$input `,` $gamma `,` $beta ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_LayerNormOp : Keel_LayerNormLike<"layer_norm",
    [DeclareOpInterfaceMethods<ModeOpInterface>]> {
  let summary = "layer normalization over the last axis";
  let description = [{
    `y = (x - m) / sqrt(v + epsilon) gamma + beta` with the mean m and the
    biased variance v of each row over the last axis: the same in training and
    in inference.

    Constraints:
    - (C1) `epsilon` is not negative.

    Numerics: the variance is two-pass. Source: Ba et al. 2016.

    Example:
    ```mlir
    %y = keel.layer_norm %x, %gamma, %beta {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let results = (outs Keel_Activation:$result);
}

def Keel_LayerNormTrainOp : Keel_LayerNormLike<"layer_norm_train", [
    TypesMatchWith<"one mean a row", "input", "mean",
                   "::keel::getPerRowType($_self)">,
    TypesMatchWith<"one reciprocal deviation a row", "input",
                   "reciprocal_deviation", "::keel::getPerRowType($_self)">]> {
  let summary = "layer normalization that also yields what its adjoint needs";
  let description = [{
    Results: y, and of each row the mean m and `r = 1 / sqrt(v + epsilon)`.

    With `xh = (x - m) r`, `g = dy gamma` and means over the last axis, the
    adjoint is `dx = r (g - mean(g) - xh mean(g xh))`, `dgamma = sum_n dy xh`,
    `dbeta = sum_n dy`.

    Constraints:
    - (C1) `epsilon` is not negative.

    Example:
    ```mlir
    %y, %m, %r = keel.layer_norm_train %x, %gamma, %beta {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let results = (outs Keel_Activation:$result, Keel_Tensor:$mean,
                      Keel_Tensor:$reciprocal_deviation);
}

def Keel_StandardizeOp : Keel_Op<"standardize", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    AllTypesMatch<["input", "result"]>,
    Keel_PerFeature<"input", "mean">, Keel_PerFeature<"input", "variance">]> {
  let summary = "input standardization by the training set's statistics";
  let description = [{
    `y = (x - mean) / sqrt(variance + epsilon)`, one mean and variance a
    feature. The statistics are those of the training set, states of the model
    and so part of its weights; a constant column has variance 1. Adjoint:
    `dx = dy / sqrt(variance + epsilon)`; the statistics get none.

    Constraints:
    - (C1) `epsilon` is not negative.

    Example:
    ```mlir
    %y = keel.standardize %x, %mean, %variance {epsilon = 1.0e-5} : tensor<?x784xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, Keel_Vector:$mean,
                       Keel_Vector:$variance, Keel_Epsilon:$epsilon);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $mean `,` $variance ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

#endif // KEEL_DIALECT_KEEL_IR_KEELNORMALIZATIONOPS_TD
