//===- KeelNormalizationOps.td - Batch, layer and RMS norm, standardization ===//
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
    [DeclareOpInterfaceMethods<ModeOpInterface, ["getMinTrainRows"]>,
     DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
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
    [DeclareOpInterfaceMethods<ModeOpInterface>,
     DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
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

def Keel_RmsNormOp : Keel_Op<"rms_norm", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
    AllTypesMatch<["input", "result"]>, Keel_PerFeature<"input", "gamma">]> {
  let summary = "normalization by each row's root mean square";
  let description = [{
    `y = x / sqrt(mean(x^2) + epsilon) gamma` with the mean over the last axis:
    the same in training and in inference. With
    `r = 1 / sqrt(mean(x^2) + epsilon)`, `g = dy gamma` and means over the last
    axis, the adjoint is `dx = r (g - x r^2 mean(g x))`,
    `dgamma = sum_n dy x r`.

    Constraints:
    - (C1) `epsilon` is not negative.

    Numerics: the squares overflow where |x| exceeds 1.8e19 in f32 or 1.3e154 in
    f64; the row is then 0. A NaN spoils its row alone. Source: Zhang &
    Sennrich 2019.

    Example:
    ```mlir
    %y = keel.rms_norm %x, %gamma {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, Keel_Vector:$gamma,
                       Keel_Epsilon:$epsilon);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $gamma ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_NormalizeOp : Keel_Op<"normalize", [
    Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "layer normalization without gamma and beta";
  let description = [{
    `y = (x - m) / sqrt(v + epsilon)` with the mean m and the biased variance v
    of each row over the last axis: what `keel-fold-layer-norm-affine` leaves
    of a `keel.layer_norm` in inference. It has no adjoint.

    Constraints:
    - (C1) `epsilon` is not negative.

    Numerics: the variance is two-pass. A NaN spoils its row. Source: Ba et al.
    2016.

    Example:
    ```mlir
    %y = keel.normalize %x {epsilon = 1.0e-5} : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, Keel_Epsilon:$epsilon);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_StandardizeOp : Keel_Op<"standardize", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
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
