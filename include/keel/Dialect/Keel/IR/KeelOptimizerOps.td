//===- KeelOptimizerOps.td - Parameter updates -*- tablegen -*-------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELOPTIMIZEROPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELOPTIMIZEROPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Keel_SgdUpdateOp : Keel_Op<"sgd_update", [
    Pure, AllTypesMatch<["parameter", "gradient", "new_parameter"]>]> {
  let summary = "one step of stochastic gradient descent";
  let description = [{
    With weight decay `g = g + weight_decay p`. Without momentum
    `p' = p - rate g`. With momentum m `v' = m v + g` and `p' = p - rate v'`,
    or `p' = p - rate (g + m v')` with `nesterov` (Nesterov 1983, Sutskever et
    al. 2013). The rate is rounded to the parameter's type first.

    Constraints:
    - (C1) the velocity is there, as operand and as result, exactly when
      `momentum` is not 0, and has the parameter's type.

    Example:
    ```mlir
    %p2, %v2 = keel.sgd_update %p, %g, %rate, %v
        {momentum = 0.9, weight_decay = 0.0} : tensor<784x128xf32>
    ```
  }];
  let arguments = (ins Keel_Tensor:$parameter, Keel_Tensor:$gradient,
    Keel_Scalar:$rate, Optional<Keel_Tensor>:$velocity,
    DefaultValuedAttr<F64Attr, "0.0">:$momentum,
    DefaultValuedAttr<BoolAttr, "false">:$nesterov,
    DefaultValuedAttr<F64Attr, "0.0">:$weight_decay);
  let results = (outs Keel_Tensor:$new_parameter,
                      Optional<Keel_Tensor>:$new_velocity);
  let assemblyFormat = !strconcat(
    "$parameter `,` $gradient `,` $rate (`,` $velocity^)? ",
    KeelSettings,
    " `:` custom<SgdTypes>(type($parameter), ref($velocity), "
    "type($velocity), type($new_velocity))");
  let hasVerifier = 1;
}

def Keel_AdamUpdateOp : Keel_Op<"adam_update", [
    Pure, AllTypesMatch<["parameter", "gradient", "first", "second",
                         "new_parameter", "new_first", "new_second"]>]> {
  let summary = "one step of Adam";
  let description = [{
    `m' = beta1 m + (1 - beta1) g`, `v' = beta2 v + (1 - beta2) g^2`,
    `p' = p - rate (m' / c1) / (sqrt(v' / c2) + epsilon)`, where c1 and c2 are
    the bias corrections `1 - beta1^n` and `1 - beta2^n` after n updates. With
    weight decay (AdamW) `p - rate weight_decay p` takes p's place; the gradient
    knows nothing of it. Scalars are rounded to the parameter's type first.

    Source: Kingma & Ba 2015, Loshchilov & Hutter 2019.

    Example:
    ```mlir
    %p2, %m2, %v2 = keel.adam_update %p, %g, %rate, %m, %v, %c1, %c2
        {beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8, weight_decay = 0.01}
        : tensor<784x128xf32>
    ```
  }];
  let arguments = (ins Keel_Tensor:$parameter, Keel_Tensor:$gradient,
    Keel_Scalar:$rate, Keel_Tensor:$first, Keel_Tensor:$second,
    Keel_Scalar:$first_correction, Keel_Scalar:$second_correction,
    F64Attr:$beta1, F64Attr:$beta2, F64Attr:$epsilon,
    DefaultValuedAttr<F64Attr, "0.0">:$weight_decay);
  let results = (outs Keel_Tensor:$new_parameter, Keel_Tensor:$new_first,
                      Keel_Tensor:$new_second);
  let assemblyFormat = !strconcat(
    "$parameter `,` $gradient `,` $rate `,` $first `,` $second `,` "
    "$first_correction `,` $second_correction ",
    KeelSettings,
    " `:` type($parameter)");
}

def Keel_RmspropUpdateOp : Keel_Op<"rmsprop_update", [
    Pure, AllTypesMatch<["parameter", "gradient", "average", "new_parameter",
                         "new_average"]>]> {
  let summary = "one step of RMSprop";
  let description = [{
    `v' = decay v + (1 - decay) g^2`, `p' = p - rate g / (sqrt(v') + epsilon)`.
    The rate is rounded to the parameter's type first.

    Source: Tieleman & Hinton 2012.

    Example:
    ```mlir
    %p2, %v2 = keel.rmsprop_update %p, %g, %rate, %v
        {decay = 0.9, epsilon = 1.0e-8} : tensor<784x128xf32>
    ```
  }];
  let arguments = (ins Keel_Tensor:$parameter, Keel_Tensor:$gradient,
    Keel_Scalar:$rate, Keel_Tensor:$average, F64Attr:$decay, F64Attr:$epsilon);
  let results = (outs Keel_Tensor:$new_parameter, Keel_Tensor:$new_average);
  let assemblyFormat = !strconcat(
    "$parameter `,` $gradient `,` $rate `,` $average ",
    KeelSettings,
    " `:` type($parameter)");
}

def Keel_AdagradUpdateOp : Keel_Op<"adagrad_update", [
    Pure, AllTypesMatch<["parameter", "gradient", "sum", "new_parameter",
                         "new_sum"]>]> {
  let summary = "one step of Adagrad";
  let description = [{
    `v' = v + g^2`, `p' = p - rate g / (sqrt(v') + epsilon)`. The rate is rounded
    to the parameter's type first.

    Source: Duchi et al. 2011.

    Example:
    ```mlir
    %p2, %v2 = keel.adagrad_update %p, %g, %rate, %v {epsilon = 1.0e-10}
        : tensor<784x128xf32>
    ```
  }];
  let arguments = (ins Keel_Tensor:$parameter, Keel_Tensor:$gradient,
    Keel_Scalar:$rate, Keel_Tensor:$sum, F64Attr:$epsilon);
  let results = (outs Keel_Tensor:$new_parameter, Keel_Tensor:$new_sum);
  let assemblyFormat = !strconcat(
    "$parameter `,` $gradient `,` $rate `,` $sum ",
    KeelSettings,
    " `:` type($parameter)");
}

#endif // KEEL_DIALECT_KEEL_IR_KEELOPTIMIZEROPS_TD
