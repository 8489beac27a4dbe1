//===- RepairPasses.td - A pass for each cure -*- tablegen -*--------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What `keel repair` chooses from. Each pass changes a model as a person would
// who has read of the cure; none looks at the forecast.

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_REPAIRPASSES_TD
#define KEEL_DIALECT_KEEL_TRANSFORMS_REPAIRPASSES_TD

include "mlir/Pass/PassBase.td"

class KeelRepairPass<string name> : Pass<name, "::keel::ModelOp"> {
  let dependentDialects = ["::keel::KeelDialect"];
}

def KeelFitInitializers : KeelRepairPass<"keel-fit-initializers"> {
  let summary = "Start weights as what follows them needs, biases at 0";
  let description = [{
    Gives the trainable parameters that start a layer badly the initializer
    that keeps the signal's size: weights of `keel.dense` by the activation
    behind them, `#keel.he_normal` before relu and its kin,
    `#keel.lecun_normal` before selu, `#keel.xavier_normal` else; biases and a
    norm's beta `#keel.zeros`, a norm's gamma `#keel.ones`. Left alone are
    weights whose variance is within a factor of 1.3 of that, of 4 where no
    activation follows, and whose mean is 0, biases that average less than a tenth, gammas within a factor of 1.3
    of 1.

    With `orthogonal` the weights of layers that keep their width become
    `#keel.orthogonal<gain = G>`, G the root of their fitting gain, whatever
    they were.

    Preconditions: stage `model`. Limits: a weight that other ops than
    `keel.dense` read stays; shared weights go by their first layer.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
      %w = keel.param "fc.weight" init(#keel.normal) : tensor<4x3xf32>
      %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
      %y = keel.relu %h : tensor<?x3xf32>
      keel.return %y : tensor<?x3xf32>
    }
    ```

    and after

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
      %w = keel.param "fc.weight" init(#keel.he_normal) : tensor<4x3xf32>
      %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
      %y = keel.relu %h : tensor<?x3xf32>
      keel.return %y : tensor<?x3xf32>
    }
    ```
  }];
  let options = [
    Option<"orthogonal", "orthogonal", "bool", "false",
           "Make square weights orthogonal">];
}

def KeelLeakyActivations : KeelRepairPass<"keel-leaky-activations"> {
  let summary = "Put keel.leaky_relu where units die or saturate";
  let description = [{
    Replaces hidden activations that have a flat piece, `keel.relu`,
    `keel.sigmoid`, `keel.hard_sigmoid`, `keel.tanh` and `keel.softsign`, by
    `keel.leaky_relu` of slope 0.01.

    Preconditions: stage `model`. Limits: an activation that no layer follows
    stays, since it gives the results their range.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
      %w = keel.param "fc.weight" init(#keel.he_normal) : tensor<4x3xf32>
      %a = keel.relu %x : tensor<?x4xf32>
      %y = keel.dense %a, %w : tensor<?x4xf32>, tensor<4x3xf32>
      keel.return %y : tensor<?x3xf32>
    }
    ```

    and after

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
      %w = keel.param "fc.weight" init(#keel.he_normal) : tensor<4x3xf32>
      %a = keel.leaky_relu %x {slope = 0.01} : tensor<?x4xf32>
      %y = keel.dense %a, %w : tensor<?x4xf32>, tensor<4x3xf32>
      keel.return %y : tensor<?x3xf32>
    }
    ```
  }];
}

def KeelInsertNorms : KeelRepairPass<"keel-insert-norms"> {
  let summary = "Normalize before each hidden activation";
  let description = [{
    Puts `keel.layer_norm`, or `keel.batch_norm`, between each `keel.dense` and
    the activation that alone reads it, with the parameters `gamma` and `beta`
    and the states `mean` and `variance` under the name of the layer's weight.
    So is the input of a layer that no other follows, where that is a sum, as
    shortcuts make it: it grows with their number.
    A `keel.batch_norm` that is there already becomes a `keel.layer_norm` of
    the same gamma and beta where that is asked for; other norms stay.

    Preconditions: stage `model`. Limits: activations of values that no
    `keel.dense` makes; `keel.batch_norm` goes without rows of a batch of one.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
      %w = keel.param "fc.weight" init(#keel.he_normal) : tensor<4x3xf32>
      %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
      %y = keel.relu %h : tensor<?x3xf32>
      keel.return %y : tensor<?x3xf32>
    }
    ```

    and after

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
      %w = keel.param "fc.weight" init(#keel.he_normal) : tensor<4x3xf32>
      %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
      %g = keel.param "fc.gamma" init(#keel.ones) : tensor<3xf32>
      %b = keel.param "fc.beta" init(#keel.zeros) : tensor<3xf32>
      %n = keel.layer_norm %h, %g, %b {epsilon = 1.0e-5} : tensor<?x3xf32>
      %y = keel.relu %n : tensor<?x3xf32>
      keel.return %y : tensor<?x3xf32>
    }
    ```
  }];
  let options = [
    Option<"kind", "kind", "std::string", "\"layer\"", "layer or batch">];
}

def KeelInsertShortcuts : KeelRepairPass<"keel-insert-shortcuts"> {
  let summary = "Add each hidden layer's input to its result";
  let description = [{
    Where a `keel.dense`, what normalizes its result and the activation behind
    that keep the type of a hidden value, `keel.add` puts the value and the
    result together, and what read the result reads the sum.

    Preconditions: stage `model`. Limits: the layer's ops have no other users;
    the layer's input is not the model's, and is not added to the result yet.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %w = keel.param "fc.weight" init(#keel.xavier_normal) : tensor<4x4xf32>
      %a = keel.tanh %x : tensor<?x4xf32>
      %h = keel.dense %a, %w : tensor<?x4xf32>, tensor<4x4xf32>
      %y = keel.tanh %h : tensor<?x4xf32>
      keel.return %y : tensor<?x4xf32>
    }
    ```

    and after

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %w = keel.param "fc.weight" init(#keel.xavier_normal) : tensor<4x4xf32>
      %a = keel.tanh %x : tensor<?x4xf32>
      %h = keel.dense %a, %w : tensor<?x4xf32>, tensor<4x4xf32>
      %b = keel.tanh %h : tensor<?x4xf32>
      %y = keel.add %a, %b : tensor<?x4xf32>
      keel.return %y : tensor<?x4xf32>
    }
    ```
  }];
}

def KeelSetClip : KeelRepairPass<"keel-set-clip"> {
  let summary = "Bound the gradients of a model that does not";
  let description = [{
    Gives a model without `clip` the attribute
    `clip = #keel.clip_by_global_norm<NORM>`.

    Preconditions: stage `model`. Limits: a clip that is there stays.

    Example: before

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %y = keel.relu %x : tensor<?x4xf32>
      keel.return %y : tensor<?x4xf32>
    }
    ```

    and after

    ```mlir
    keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
        attributes {clip = #keel.clip_by_global_norm<1.0>} {
      %y = keel.relu %x : tensor<?x4xf32>
      keel.return %y : tensor<?x4xf32>
    }
    ```
  }];
  let options = [
    Option<"norm", "norm", "double", "1.0", "The bound">];
}

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_REPAIRPASSES_TD
