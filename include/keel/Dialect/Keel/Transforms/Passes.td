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
include "keel/Dialect/Keel/Transforms/RepairPasses.td" // what keel repair does

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

def KeelInsertProbes : Pass<"keel-insert-probes", "::keel::ModelOp"> {
  let summary = "Measure the size of every value and of its gradient";
  let description = [{
    Puts `keel.probe` behind each op of a model but parameters, states and
    constants, with the indices 0, 2, 4, ... in the model's order, and adds the
    state `probes` of one f64 for each index and the one after it.

    With `telemetry` there is no state, and each probe says what telemetry tells
    of its op: the parameter that is its first one, if that is trained, and from
    the gradient forecast whether it saturates or may be flat.

    Preconditions: stage `model`; a state has no name `probes`. Limits: the
    first result of an op, where that is of f32 or f64.

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
      %p = keel.state "probes" init(#keel.zeros) : tensor<2xf64>
      %y = keel.relu %x : tensor<?x4xf32>
      %z = keel.probe %y {index = 0 : i64} : tensor<?x4xf32>
      keel.return %z : tensor<?x4xf32>
    }
    ```
  }];
  let dependentDialects = ["::keel::KeelDialect"];
  let options = [Option<"telemetry", "telemetry", "bool", "false",
                        "for keel-insert-telemetry: no state, but what probes "
                        "tell of">];
}

def KeelCollectProbes : KeelModulePass<"keel-collect-probes"> {
  let summary = "Return what probes measure as a state";
  let description = [{
    In `@grad_step` the new value of the state `probes` becomes the sums of
    squares of what each `keel.probe` holds, NaN where an index has none; all
    probes are replaced by their operands. After a step the state holds what the
    step had: of a value at its probe's index, of its gradient at the next.

    Preconditions: stage `graph`, after `keel-differentiate` and before
    `keel-insert-clipping`: the extension point `before-clip`; the model was
    prepared by `keel-insert-probes`. Limits: gradients that no parameter needs
    are not computed, so not measured.

    Example: before

    ```mlir
    func.func @grad_step(%x: tensor<4x4xf32> {keel.role = "input", keel.name = "x"},
                         %s: tensor<2xf64> {keel.role = "state", keel.name = "probes"})
        -> (tensor<4x4xf32> {keel.role = "output", keel.name = "y"},
            tensor<2xf64> {keel.role = "new_state", keel.name = "probes"}) {
      %p = keel.probe %x {index = 0 : i64} : tensor<4x4xf32>
      return %p, %s : tensor<4x4xf32>, tensor<2xf64>
    }
    ```

    and after

    ```mlir
    func.func @grad_step(%x: tensor<4x4xf32> {keel.role = "input", keel.name = "x"},
                         %s: tensor<2xf64> {keel.role = "state", keel.name = "probes"})
        -> (tensor<4x4xf32> {keel.role = "output", keel.name = "y"},
            tensor<2xf64> {keel.role = "new_state", keel.name = "probes"}) {
      %none = arith.constant 0x7FF8000000000000 : f64
      %0 = keel.sum_of_squares %x : tensor<4x4xf32>
      %sums = tensor.from_elements %0, %none : tensor<2xf64>
      return %x, %sums : tensor<4x4xf32>, tensor<2xf64>
    }
    ```
  }];
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

def KeelInsertTelemetry : KeelModulePass<"keel-insert-telemetry"> {
  let summary = "Make functions that measure a training step";
  let description = [{
    Makes `@telemetry_grad_step`, which is `@grad_step` and also returns, with
    role `telemetry` and name `values`, four sums for each probe in the order of
    their indices: of the squares of the value and of its gradient, how many
    elements of the op's derivative are saturated, and how many units are dead
    for all rows. And `@telemetry_apply_step`, which takes what `@apply_step`
    takes and returns nothing but, named `updates`, three sums for each probe
    with a weight: of the squares of the weight's gradient before clipping, of
    the change that `@apply_step` is going to make where the gradients are
    finite, and of the weight before it. What an op does not have is -1. All
    probes are replaced by their operands.

    The step itself is the same ops on the same values, so it gives the same
    bits; `@grad_step` and `@apply_step` do nothing more than without this pass.

    Preconditions: stage `graph`, after `keel-insert-optimizer`; the model was
    prepared by `keel-insert-probes{telemetry}`. Algorithm: sums stand right
    behind what they measure, so that it need not be kept. A derivative is the
    op's adjoint of a cotangent of ones. Limits: gradients that no parameter
    needs are not computed, so not measured.

    Example: from a layer `%y = keel.dense %x, %w`, in `@telemetry_apply_step`,

    ```mlir
    %g2 = keel.sum_of_squares %g : tensor<4x2xf32>
    %p = keel.sgd_update %w, %g, %rate {momentum = 0.0, weight_decay = 0.0} : tensor<4x2xf32>
    %change = arith.subf %p, %w : tensor<4x2xf32>
    %c2 = keel.sum_of_squares %change : tensor<4x2xf32>
    %w2 = keel.sum_of_squares %w : tensor<4x2xf32>
    %sums = tensor.from_elements %g2, %c2, %w2 : tensor<3xf64>
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

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_TD
