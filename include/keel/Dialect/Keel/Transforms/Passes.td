//===- Passes.td - Passes on the Keel dialect -*- tablegen -*--------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD
#define KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

class KeelModulePass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = ["::keel::KeelDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def KeelInsertStandardize
    : Pass<"keel-insert-standardize", "::keel::ModelOp"> {
  let summary = "Standardize a model's float inputs by statistics it keeps";
  let description = [{
    Puts `keel.standardize` behind each float input that has features, with the
    states `input.mean` and `input.variance` (`input.NAME.mean` and
    `input.NAME.variance` where the model has several inputs), zero and one at
    first. Training fills them with the training set's statistics.

    Preconditions: stage `model`. Limits: an input whose mean is a state
    already is left alone; statistics are those of the last axis.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %y = keel.relu %x : tensor<?x4xf32>
      keel.return %y : tensor<?x4xf32>
    }
    ```

    and after

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %m = keel.state "input.mean" init(#keel.zeros) : tensor<4xf32>
      %v = keel.state "input.variance" init(#keel.ones) : tensor<4xf32>
      %s = keel.standardize %x, %m, %v {epsilon = 1.0e-5} : tensor<?x4xf32>
      %y = keel.relu %s : tensor<?x4xf32>
      keel.return %y : tensor<?x4xf32>
    }
    ```
  }];
  let dependentDialects = ["::keel::KeelDialect"];
}

def KeelSpecialize : KeelModulePass<"keel-specialize"> {
  let summary = "Turn a model into the functions of training or inference";
  let description = [{
    Replaces the module's models by functions over tensors, whose arguments and
    results carry a role and a name (`keel.role`, `keel.name`, listed in
    keel/Interfaces/Roles.h):

    - `mode=infer`: `@infer`, from parameters, states and inputs to outputs.
    - `mode=eval`: `@eval`, in inference mode to the loss and the rows
      predicted right.
    - `mode=run`: `@infer`, and `@init`, which gives it initial parameters.
    - `mode=train`: `@init`, which draws parameters and states from a seed;
      `@grad_step`, in training mode to the loss and the new states, which
      `keel-differentiate` extends by the gradients; and `@eval`.
    - `mode=all`: all of these.

    Ops with `ModeOpInterface` are replaced by their twin for the mode, all
    others copied. What later passes need of the model's attributes becomes
    attributes of the module (`keel.optimizer`, `keel.clip`, ...).

    Preconditions: stage `model`. The module has one model, or `model=NAME`
    names one; training and evaluation need its loss.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
      %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
      %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
      keel.return %y : tensor<?x2xf32>
    }
    ```

    and after, with `mode=infer`,

    ```mlir
    func.func @infer(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                     %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
        -> (tensor<?x2xf32> {keel.name = "output_0", keel.role = "output"}) {
      %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
      return %y : tensor<?x2xf32>
    }
    ```
  }];
  let options = [
    Option<"mode", "mode", "std::string", "\"infer\"",
           "infer, eval, run, train or all">,
    Option<"model", "model", "std::string", "\"\"",
           "which model, where the module has several">];
}

def KeelDifferentiate : KeelModulePass<"keel-differentiate"> {
  let summary = "Derive the backward pass at compile time";
  let description = [{
    Extends `@grad_step` by the gradient of the loss with respect to each
    trainable parameter: reverse-mode differentiation over its ops, each
    through `DifferentiableOpInterface`. A value with several users receives
    the sum of what they contribute, in the order of the program from its end.

    Preconditions: stage `graph`, `@grad_step` as `keel-specialize` makes it:
    straight-line code. Algorithm: ops that no trainable parameter reaches are
    skipped, so a first layer derives no input gradient; pure ops left without
    a user are deleted. A parameter that the loss does not depend on has the
    gradient zero. Limits: an op on the way without an adjoint is an error at
    that op.

    Example: before

    ```mlir
    func.func @grad_step(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                         %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                         %t: tensor<?x2xf32> {keel.name = "label", keel.role = "label"})
        -> (tensor<f64> {keel.role = "loss"}) {
      %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
      %loss = keel.mean_squared_error %y, %t : tensor<?x2xf32>
      return %loss : tensor<f64>
    }
    ```

    and after

    ```mlir
    func.func @grad_step(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                         %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                         %t: tensor<?x2xf32> {keel.name = "label", keel.role = "label"})
        -> (tensor<f64> {keel.role = "loss"},
            tensor<4x2xf32> {keel.name = "w", keel.role = "grad"}) {
      %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
      %loss = keel.mean_squared_error %y, %t : tensor<?x2xf32>
      %one = arith.constant dense<1.0> : tensor<f64>
      %dy = keel.mean_squared_error_grad %one, %y, %t : tensor<?x2xf32>
      %dw = keel.dense_weight_grad %x, %dy : tensor<?x4xf32>, tensor<?x2xf32>
      return %loss, %dw : tensor<f64>, tensor<4x2xf32>
    }
    ```

    Source: Linnainmaa 1970; Griewank & Walther 2008.
  }];
}

def KeelInsertClipping : KeelModulePass<"keel-insert-clipping"> {
  let summary = "Measure, check and clip the gradients before the update";
  let description = [{
    Makes `@apply_step`, from gradients, states and new states to clipped
    gradients and committed states. It computes the global norm of all
    gradients in f64, tells whether it is finite, clips as the module's
    `keel.clip` says, and commits the new states only where the norm is finite.
    `keel-insert-optimizer` then turns the gradients into updates. Clipping
    stands in `@apply_step` so that gradients are accumulated and reduced
    before it.

    Preconditions: stage `graph`, after `keel-differentiate`.

    Example: before

    ```mlir
    module attributes {keel.clip = #keel.clip_by_value<1.0>} {
      func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"})
          -> (tensor<f64> {keel.role = "loss"},
              tensor<4xf32> {keel.name = "w", keel.role = "grad"}) { ... }
    }
    ```

    and after, beside it,

    ```mlir
    func.func @apply_step(%g: tensor<4xf32> {keel.name = "w", keel.role = "grad"},
                          %t: i64 {keel.role = "step"})
        -> (tensor<4xf32> {keel.name = "w", keel.role = "grad"},
            tensor<f64> {keel.role = "norm"}, tensor<i64> {keel.role = "flags"}) {
      %squares = keel.sum_of_squares %g : tensor<4xf32>
      ...
      %clipped = keel.clamp %g {limit = 1.0} : tensor<4xf32>
      ...
    }
    ```
  }];
}

def KeelInsertOptimizer : KeelModulePass<"keel-insert-optimizer"> {
  let summary = "Update the parameters from the clipped gradients";
  let description = [{
    Extends `@apply_step` by the update that the module's `keel.optimizer`
    builds for each trainable parameter, `@init` by the optimizer's slots, and
    makes `@learning_rate`, the scheduled rate at a step. Where the gradients'
    norm is not finite every parameter and slot keeps its value.

    Weight decay applies to parameters of rank 2 and above, and to those that
    ask for it (`{decay = true}`).

    Preconditions: stage `graph`, after `keel-insert-clipping`: clipping comes
    before the update, and the pass refuses a module without `@apply_step`.

    Example: in `@apply_step`, with `keel.optimizer = #keel.sgd<learning_rate =
    0.1, momentum = 0.9>`, the result

    ```mlir
    %clipped : tensor<4xf32> {keel.name = "w", keel.role = "grad"}
    ```

    becomes, from new arguments `%w` and `%v`,

    ```mlir
    %p, %m = keel.sgd_update %w, %clipped, %rate, %v {momentum = 0.9, weight_decay = 0.0} : tensor<4xf32>
    %w2 = arith.select %finite, %p, %w : tensor<4xf32>
    %v2 = arith.select %finite, %m, %v : tensor<4xf32>
    ```
  }];
}

def KeelFoldBatchNorm : KeelModulePass<"keel-fold-batch-norm"> {
  let summary = "Fold inference batch norm into the dense layer before it";
  let description = [{
    `(x W + b - mean) s + beta` with `s = gamma / sqrt(variance + epsilon)` is
    `x W' + b'` with `W' = W diag(s)` and `b' = (b - mean) s + beta`. Replaces a
    `keel.batch_norm_infer` whose input is a `keel.dense` of its own by that one
    dense, and makes `@fold`, which computes the parameters that `@infer` then
    takes (role `folded`) from those that training left: run once when weights
    are loaded, in f64, rounded once. Their attribute `keel.folded_from` names
    what each comes from, so that checkpoints of the unfolded model stay
    loadable.

    Preconditions: stage `graph`, `@infer` as `keel-specialize` makes it.
    Refusals are remarks with their reason: the norm's input is no dense (an
    activation stands between), the dense has other users, its weight or bias
    is shared with another op, or a parameter is no argument.

    Example: before

    ```mlir
    %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
    %y = keel.batch_norm_infer %h, %gamma, %beta, %mean, %variance {epsilon = 1.0e-5} : tensor<?x2xf32>
    ```

    and after, in `@fold` and in `@infer`,

    ```mlir
    %w2, %b2 = keel.fold_batch_norm %w, %gamma, %beta, %mean, %variance {epsilon = 1.0e-5} : tensor<4x2xf32>, tensor<2xf32>
    %y = keel.dense %x, %w2, %b2 : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
    ```
  }];
}

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD
