//===- Passes.td - Passes on the Keel dialect -*- tablegen -*--------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD
#define KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD

include "keel/Dialect/Keel/Transforms/FoldPasses.td"    // for inference
include "keel/Dialect/Keel/Transforms/MeasurePasses.td" // probes, telemetry
include "keel/Dialect/Keel/Transforms/ModulePass.td"
include "keel/Dialect/Keel/Transforms/RepairPasses.td"  // what keel repair does

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

    Each result that has a loss has a label, an argument named after it, or
    "label" where the model's `loss` is a single one. The loss is the sum of the
    results' losses, in their order; the rows predicted right are those of the
    first result whose loss has an accuracy.

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

def KeelFuseStep : KeelModulePass<"keel-fuse-step"> {
  let summary = "Make gradients and updates one function";
  let description = [{
    Makes `@train_step`, from parameters, states, slots and a batch to the loss
    and new parameters, states and slots: `@grad_step` and `@apply_step` in one,
    without arguments or results for gradients, new states and the norm. Each
    weight's gradient stands right before its update, the only one to read it,
    so that code generation can update the parameter where the product is
    computed. `@grad_step` and `@apply_step` stay as they are.

    Nothing may be updated where a gradient is not finite, and the first update
    comes before the last gradient. So a guard decides before all of them: for a
    product, from

        |sum_n x[n, i] dy[n, j]| <= rows max|x| max|dy|,

    for a sum over the batch, a bias's, from `rows max|dy|`, for the sum of
    products that a shared weight has, from the sum of these bounds, and for any
    other gradient, from its own largest magnitude. Where the loss is finite and
    each is below 2^126 in f32 or 1e140 in f64 (no partial sum overflows, nor do
    the squares that `@apply_step` adds up), all gradients are finite, and the
    updates are those of `@apply_step`. A NaN is below nothing. Elsewhere every
    value is kept, and the flag KEEL_FLAG_UNDECIDED sends the caller to the two
    functions, which decide exactly. Updates are the same ops on the same values
    in both, so they give the same bits.

    Preconditions: stage `graph`, after `keel-insert-optimizer`.

    Algorithm: the bodies are cloned, the gradients of the first being the
    second's arguments. The guard takes the place of the check of the norm.
    What it does not need follows behind it, in the order in which the results
    need it: each product, its update, the next one.

    Limits, each with a remark: clipping by norm, or anything else that reads the
    norm, needs all gradients before the first update; operations with effects
    are not moved; a parameter that the loss does not depend on. Clipping by
    value tells whether it changed anything: there each gradient is kept and
    checked itself, and only the norm is saved.

    Example: from the functions of a dense layer without bias, under SGD,

    ```mlir
    func.func @train_step(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                          %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                          %t: tensor<?x2xf32> {keel.name = "label", keel.role = "label"},
                          %step: i64 {keel.role = "step"})
        -> (tensor<f64> {keel.role = "loss"},
            tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
            tensor<i64> {keel.role = "flags"}) {
      ...
      %most_x = keel.max_abs %x : tensor<?x4xf32>
      %most_dy = keel.max_abs %dy : tensor<?x2xf32>
      %share = arith.mulf %rows, %most_x : f64
      %bound = arith.mulf %share, %most_dy : f64
      %below = arith.cmpf olt, %bound, %limit : f64
      %safe = arith.andi %has_loss, %below : i1
      %dw = keel.dense_weight_grad %x, %dy : tensor<?x4xf32>, tensor<?x2xf32>
      %p = keel.sgd_update %w, %dw, %rate {momentum = 0.0, weight_decay = 0.0} : tensor<4x2xf32>
      %w2 = arith.select %safe, %p, %w : tensor<4x2xf32>
      ...
    }
    ```
  }];
}

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD
