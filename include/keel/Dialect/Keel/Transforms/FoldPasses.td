//===- FoldPasses.td - What inference does not need -*- tablegen -*--------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_FOLDPASSES_TD
#define KEEL_DIALECT_KEEL_TRANSFORMS_FOLDPASSES_TD

include "keel/Dialect/Keel/Transforms/ModulePass.td"

/// What the folding passes have in common.
class KeelFoldPass<string name> : KeelModulePass<name> {
  let statistics = [
    Statistic<"numFolded", "num-folded", "norms folded into dense layers">,
    Statistic<"numRefused", "num-refused", "norms left as they are">];
}

def KeelFoldBatchNorm : KeelFoldPass<"keel-fold-batch-norm"> {
  let summary = "Fold inference batch norm into dense layers beside it";
  let description = [{
    With `s = gamma / sqrt(variance + epsilon)` and `t = beta - mean s` an
    inference batch norm is `x s + t`. It goes

    1. backwards into the `keel.dense` whose result it reads:
       `(x W + b) s + t = x W' + b'` with `W' = W diag(s)`, `b' = b s + t`;
    2. else forwards into the `keel.dense` ops that read its result:
       `(x diag(s) + t) W + b = x W' + b'` with `W' = diag(s) W`,
       `b' = b + t W`, directly or through `keel.concat`, by the rows of W that
       its features have there.

    A bias is made where none was. Makes `@fold`, or extends it: the function
    that computes the parameters which `@infer` then takes (role `folded`) from
    those that training left, run once when weights are loaded. It computes in
    f64 and rounds each parameter once, however many norms it takes up. The
    results' attribute `keel.folded_from` names what each comes from, so that
    checkpoints of the unfolded model stay loadable. Other parameters pass
    through `@fold`, arguments that nothing reads any more go.

    A weight or bias that another op reads as well is cloned: the other keeps
    the trained one, the clone's name ends in `.folded`.

    Preconditions: stage `graph`, `@infer` as `keel-specialize` makes it,
    without dead ops. Algorithm: rule 1 in the order of the program, so that of
    two norms in a row both go; then rule 2 from its end.

    Refusals are remarks with their reasons. Backwards: the input is no dense
    layer's (an activation, a sum or the input of the model stands there), or
    the dense layer has users other than this norm. Forwards: another op than
    dense reads the result; the norm would have to be computed for it anyway.
    Both: a parameter of the norm or the layer is computed by other ops.

    Example: before

    ```mlir
    %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
    %y = keel.batch_norm_infer %h, %gamma, %beta, %mean, %variance {epsilon = 1.0e-5} : tensor<?x2xf32>
    ```

    and after, in `@fold` and in `@infer`,

    ```mlir
    %s, %t = keel.fold_norm %mean, %variance affine %gamma, %beta {epsilon = 1.0e-5} : tensor<2xf32>
    %w2, %b2 = keel.fold_columns %w, %s, %t : tensor<4x2xf32>, tensor<2xf64>
    %w3 = arith.truncf %w2 : tensor<4x2xf64> to tensor<4x2xf32>
    %b3 = arith.truncf %b2 : tensor<2xf64> to tensor<2xf32>
    %y = keel.dense %x, %w3, %b3 : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
    ```
  }];
}

def KeelFoldStandardize : KeelFoldPass<"keel-fold-standardize"> {
  let summary = "Fold input standardization into the dense layers behind it";
  let description = [{
    `keel.standardize` is `x s + t` with `s = 1 / sqrt(variance + epsilon)` and
    `t = -mean s`: folded forwards into the dense layers that read its result,
    as by rule 2 of `keel-fold-batch-norm`.

    An input far from 0 against its deviation loses digits by this, which
    standardizing first does not: `x W' + b'` cancels. `keel compile
    --verify-folds` measures it.

    Preconditions: as of `keel-fold-batch-norm`, which runs first, so that a
    norm between the two is gone. Refusals are remarks: another op than dense
    reads the result, or a statistic or weight is computed.

    Example: before

    ```mlir
    %h = keel.standardize %x, %mean, %variance {epsilon = 1.0e-5} : tensor<?x4xf32>
    %y = keel.dense %h, %w, %b : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
    ```

    and after, in `@fold` and in `@infer`,

    ```mlir
    %s, %t = keel.fold_norm %mean, %variance {epsilon = 1.0e-5} : tensor<4xf32>
    %w2, %b2 = keel.fold_rows %w, %s, %t bias %b {first = 0} : tensor<4x2xf32>, tensor<4xf64>, tensor<2xf32>
    %w3 = arith.truncf %w2 : tensor<4x2xf64> to tensor<4x2xf32>
    %b3 = arith.truncf %b2 : tensor<2xf64> to tensor<2xf32>
    %y = keel.dense %x, %w3, %b3 : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
    ```
  }];
}

def KeelFoldLayerNormAffine : KeelFoldPass<"keel-fold-layer-norm-affine"> {
  let summary = "Fold gamma and beta of layer norm into the dense layers behind it";
  let description = [{
    A layer norm is `n gamma + beta` of what it normalizes, n. Gamma and beta
    go forwards into the dense layers that read its result, as by rule 2 of
    `keel-fold-batch-norm`; `keel.normalize` is left, whose statistics are
    those of the row at hand and never fold.

    Preconditions and refusals: as of `keel-fold-standardize`; runs after it.

    Example: before

    ```mlir
    %h = keel.layer_norm %x, %gamma, %beta {epsilon = 1.0e-5} : tensor<?x4xf32>
    %y = keel.dense %h, %w, %b : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
    ```

    and after, in `@fold` and in `@infer`,

    ```mlir
    %w2, %b2 = keel.fold_rows %w, %gamma, %beta bias %b {first = 0} : tensor<4x2xf32>, tensor<4xf32>, tensor<2xf32>
    %w3 = arith.truncf %w2 : tensor<4x2xf64> to tensor<4x2xf32>
    %b3 = arith.truncf %b2 : tensor<2xf64> to tensor<2xf32>
    %h = keel.normalize %x {epsilon = 1.0e-5} : tensor<?x4xf32>
    %y = keel.dense %h, %w3, %b3 : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
    ```
  }];
}

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_FOLDPASSES_TD
