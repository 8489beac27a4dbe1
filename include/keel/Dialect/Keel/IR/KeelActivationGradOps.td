//===- KeelActivationGradOps.td - Adjoints of activations -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELACTIVATIONGRADOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELACTIVATIONGRADOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

/// dx from dy and either the input x or the output y.
class Keel_UnaryGrad<string mnemonic, dag settings = (ins)>
    : Keel_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let arguments = !con((ins Keel_Tensor:$cotangent, Keel_Tensor:$saved),
                       settings);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $saved ",
    KeelSettings,
    " `:` type($cotangent)");
}

def Keel_ReluGradOp : Keel_UnaryGrad<"relu_grad"> {
  let summary = "0 where x <= 0, else dy";
  let description = [{
    The adjoint of `keel.relu`. The derivative at 0 is 0. What is saved is x or y:
    they have one sign.

    Example: `%dx = keel.relu_grad %dy, %y : tensor<?x128xf32>`
  }];
}

def Keel_LeakyReluGradOp : Keel_UnaryGrad<"leaky_relu_grad",
    (ins DefaultValuedAttr<F64Attr, "0.01">:$slope)> {
  let summary = "slope dy where x <= 0, else dy";
  let description = [{
    The adjoint of `keel.leaky_relu`. What is saved is x, or y where the slope is
    not negative.

    Example: `%dx = keel.leaky_relu_grad %dy, %x {slope = 0.01} : tensor<?x128xf32>`
  }];
}

def Keel_SigmoidGradOp : Keel_UnaryGrad<"sigmoid_grad"> {
  let summary = "dy y (1 - y), from the output y";
  let description = [{
    The adjoint of `keel.sigmoid`.

    Example: `%dx = keel.sigmoid_grad %dy, %y : tensor<?x128xf32>`
  }];
}

def Keel_TanhGradOp : Keel_UnaryGrad<"tanh_grad"> {
  let summary = "dy (1 - y^2), from the output y";
  let description = [{
    The adjoint of `keel.tanh`.

    Example: `%dx = keel.tanh_grad %dy, %y : tensor<?x128xf32>`
  }];
}

def Keel_EluGradOp : Keel_UnaryGrad<"elu_grad",
    (ins DefaultValuedAttr<F64Attr, "1.0">:$alpha)> {
  let summary = "dy where y > 0, else dy (y + alpha), from the output y";
  let description = [{
    The adjoint of `keel.elu`: `alpha exp(x) = y + alpha`.

    Constraints:
    - (C1) `alpha` is not negative.

    Example: `%dx = keel.elu_grad %dy, %y {alpha = 1.0} : tensor<?x128xf32>`
  }];
  let hasVerifier = 1;
}

def Keel_SeluGradOp : Keel_UnaryGrad<"selu_grad"> {
  let summary = "lambda dy where y > 0, else dy (y + lambda alpha)";
  let description = [{
    The adjoint of `keel.selu`, from the output y.

    Example: `%dx = keel.selu_grad %dy, %y : tensor<?x128xf32>`
  }];
}

def Keel_GeluGradOp : Keel_UnaryGrad<"gelu_grad",
    (ins DefaultValuedAttr<StrAttr, "\"none\"">:$approximate)> {
  let summary = "dy (P(x) + x P'(x))";
  let description = [{
    The adjoint of `keel.gelu`, from the input x. At the infinities the
    derivative is 0 and 1.

    Constraints:
    - (C1) `approximate` is "none" or "tanh".

    Example: `%dx = keel.gelu_grad %dy, %x {approximate = "none"} : tensor<?x128xf32>`
  }];
  let hasVerifier = 1;
}

def Keel_SiluGradOp : Keel_UnaryGrad<"silu_grad"> {
  let summary = "dy s (1 + x (1 - s)) with s = sigmoid(x)";
  let description = [{
    The adjoint of `keel.silu`, from the input x. At the infinities the
    derivative is 0 and 1.

    Example: `%dx = keel.silu_grad %dy, %x : tensor<?x128xf32>`
  }];
}

def Keel_SoftplusGradOp : Keel_UnaryGrad<"softplus_grad"> {
  let summary = "dy sigmoid(x)";
  let description = [{
    The adjoint of `keel.softplus`, from the input x.

    Example: `%dx = keel.softplus_grad %dy, %x : tensor<?x128xf32>`
  }];
}

def Keel_SoftsignGradOp : Keel_UnaryGrad<"softsign_grad"> {
  let summary = "dy (1 - |y|)^2, from the output y";
  let description = [{
    The adjoint of `keel.softsign`: `1 / (1 + |x|) = 1 - |y|`.

    Example: `%dx = keel.softsign_grad %dy, %y : tensor<?x128xf32>`
  }];
}

def Keel_HardSigmoidGradOp : Keel_UnaryGrad<"hard_sigmoid_grad",
    (ins DefaultValuedAttr<F64Attr, "1.0 / 6.0">:$alpha)> {
  let summary = "alpha dy where 0 < y < 1, else 0, from the output y";
  let description = [{
    The adjoint of `keel.hard_sigmoid`. The derivative at the kinks is 0.

    Example: `%dx = keel.hard_sigmoid_grad %dy, %y {alpha = 0.2} : tensor<?x128xf32>`
  }];
}

def Keel_HardSwishGradOp : Keel_UnaryGrad<"hard_swish_grad"> {
  let summary = "0 where x <= -3, dy where x >= 3, else dy (x / 3 + 1 / 2)";
  let description = [{
    The adjoint of `keel.hard_swish`, from the input x.

    Example: `%dx = keel.hard_swish_grad %dy, %x : tensor<?x128xf32>`
  }];
}

def Keel_PreluGradOp : Keel_Op<"prelu_grad", [
    Pure, AllTypesMatch<["cotangent", "input", "input_grad"]>,
    AllTypesMatch<["slope", "slope_grad"]>]> {
  let summary = "the adjoint of keel.prelu";
  let description = [{
    `dx = dy` where `x > 0`, else `slope dy`; `dslope = sum dy x` over where
    `x <= 0`, a feature or in all.

    Constraints:
    - (C1) the slope is one value a feature of the input's last axis, or one
      value, of the input's element type.

    Example:
    ```mlir
    %dx, %ds = keel.prelu_grad %dy, %x, %slope : tensor<?x128xf32>, tensor<128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$cotangent, Keel_Activation:$input,
                       Keel_Vector:$slope);
  let results = (outs Keel_Activation:$input_grad, Keel_Vector:$slope_grad);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $input `,` $slope ",
    KeelSettings,
    " `:` type($input) `,` type($slope)");
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// By row
//===----------------------------------------------------------------------===//

/// dx from dy and the output y, by all elements of a row.
class Keel_RowUnaryGrad<string mnemonic>
    : Keel_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let arguments = (ins Keel_Batch:$cotangent, Keel_Batch:$saved);
  let results = (outs Keel_Batch:$result);
  let assemblyFormat = !strconcat(
    "$cotangent `,` $saved ",
    KeelSettings,
    " `:` type($cotangent)");
}

def Keel_SoftmaxGradOp : Keel_RowUnaryGrad<"softmax_grad"> {
  let summary = "y (dy - sum dy y), from the output y";
  let description = [{
    The adjoint of `keel.softmax`; the sum runs over the last axis.

    Example: `%dx = keel.softmax_grad %dy, %y : tensor<?x10xf32>`
  }];
}

def Keel_LogSoftmaxGradOp : Keel_RowUnaryGrad<"log_softmax_grad"> {
  let summary = "dy - exp(y) sum dy, from the output y";
  let description = [{
    The adjoint of `keel.log_softmax`; the sum runs over the last axis.

    Example: `%dx = keel.log_softmax_grad %dy, %y : tensor<?x10xf32>`
  }];
}

#endif // KEEL_DIALECT_KEEL_IR_KEELACTIVATIONGRADOPS_TD
