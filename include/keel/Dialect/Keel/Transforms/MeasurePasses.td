//===- MeasurePasses.td - Probes and telemetry -*- tablegen -*-------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_MEASUREPASSES_TD
#define KEEL_DIALECT_KEEL_TRANSFORMS_MEASUREPASSES_TD

include "keel/Dialect/Keel/Transforms/ModulePass.td"

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

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_MEASUREPASSES_TD
