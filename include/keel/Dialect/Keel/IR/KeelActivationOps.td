//===- KeelActivationOps.td - Activations, by element and by row ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELACTIVATIONOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELACTIVATIONOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

/// y = f(x), element by element.
class Keel_Unary<string mnemonic, dag settings = (ins)> : Keel_Op<mnemonic, [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
  let arguments = !con((ins Keel_Tensor:$input), settings);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_ReluOp : Keel_Unary<"relu"> {
  let summary = "max(x, 0)";
  let description = [{
    `y = max(x, 0)`. Adjoint: `dx = dy` where `x > 0`, else 0; the derivative
    at 0 is 0.

    Numerics: exact; a NaN stays a NaN. Source: Nair & Hinton 2010.

    Example: `%y = keel.relu %x : tensor<?x128xf32>`
  }];
}

def Keel_LeakyReluOp : Keel_Unary<"leaky_relu",
    (ins DefaultValuedAttr<F64Attr, "0.01">:$slope)> {
  let summary = "x where x > 0, else slope x";
  let description = [{
    `y = x` where `x > 0`, else `slope x`. The slope has any size and sign:
    this is not `max(slope x, x)`. Adjoint: `dx = dy` where `x > 0`, else
    `slope dy`.

    Numerics: a NaN stays a NaN. Source: Maas et al. 2013.

    Example: `%y = keel.leaky_relu %x {slope = 0.01} : tensor<?x128xf32>`
  }];
}

def Keel_SigmoidOp : Keel_Unary<"sigmoid"> {
  let summary = "1 / (1 + exp(-x))";
  let description = [{
    `y = 1 / (1 + exp(-x))`. Adjoint: `dx = dy y (1 - y)`.

    Numerics: computed from `exp(-|x|)`, so no finite input overflows.

    Example: `%y = keel.sigmoid %x : tensor<?x128xf32>`
  }];
}

def Keel_TanhOp : Keel_Unary<"tanh"> {
  let summary = "the hyperbolic tangent";
  let description = [{
    `y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))`. Adjoint:
    `dx = dy (1 - y^2)`.

    Numerics: no finite input overflows; a NaN stays a NaN.

    Example: `%y = keel.tanh %x : tensor<?x128xf32>`
  }];
}

def Keel_EluOp : Keel_Unary<"elu",
    (ins DefaultValuedAttr<F64Attr, "1.0">:$alpha)> {
  let summary = "x where x > 0, else alpha (exp(x) - 1)";
  let description = [{
    `y = x` where `x > 0`, else `alpha (exp(x) - 1)`. Adjoint, from the output:
    `dx = dy` where `y > 0`, else `dy (y + alpha)`; the derivative at 0 is
    alpha.

    Constraints:
    - (C1) `alpha` is not negative, so that the output's sign is the input's.

    Numerics: `exp(x) - 1` is computed as one function, which does not cancel
    near 0; `-alpha` at minus infinity. A NaN stays a NaN. Source: Clevert et
    al. 2016.

    Example: `%y = keel.elu %x {alpha = 1.0} : tensor<?x128xf32>`
  }];
  let hasVerifier = 1;
}

def Keel_SeluOp : Keel_Unary<"selu"> {
  let summary = "the self-normalizing unit, a scaled elu";
  let description = [{
    `y = lambda x` where `x > 0`, else `lambda alpha (exp(x) - 1)`, with
    `lambda = 1.0507009873554805` and `alpha = 1.6732632423543772`: for these,
    mean 0 and variance 1 are a fixed point. Adjoint, from the output:
    `dx = lambda dy` where `y > 0`, else `dy (y + lambda alpha)`; the
    derivative at 0 is `lambda alpha`.

    Numerics: as `keel.elu`. A NaN stays a NaN. Source: Klambauer et al. 2017.

    Example: `%y = keel.selu %x : tensor<?x128xf32>`
  }];
}

def Keel_GeluOp : Keel_Unary<"gelu",
    (ins DefaultValuedAttr<StrAttr, "\"none\"">:$approximate)> {
  let summary = "x times the normal distribution function";
  let description = [{
    `y = x P(x)`, where `P(x) = (1 + erf(x / sqrt(2))) / 2` is the normal
    distribution function. With `approximate = "tanh"`,
    `P(x) = (1 + tanh(u)) / 2` and `u = sqrt(2 / pi) (x + 0.044715 x^3)`: the
    two differ by up to 5e-4. Adjoint: `dx = dy (P(x) + x P'(x))`, where
    `P'(x) = exp(-x^2 / 2) / sqrt(2 pi)`, or `2 u' s (1 - s)` with
    `s = sigmoid(2 u)`.

    Constraints:
    - (C1) `approximate` is "none" or "tanh".

    Numerics: P is computed as `erfc(-x / sqrt(2)) / 2`, or `sigmoid(2 u)`, which
    do not cancel for negative x; 0 at minus infinity. A NaN stays a NaN.
    Source: Hendrycks & Gimpel 2016.

    Example: `%y = keel.gelu %x {approximate = "none"} : tensor<?x128xf32>`
  }];
  let hasVerifier = 1;
}

def Keel_SiluOp : Keel_Unary<"silu"> {
  let summary = "x sigmoid(x)";
  let description = [{
    `y = x sigmoid(x)`, also called swish. Adjoint:
    `dx = dy s (1 + x (1 - s))` with `s = sigmoid(x)`.

    Numerics: s and 1 - s are computed from `exp(-|x|)`, so no finite input
    overflows; 0 at minus infinity. A NaN stays a NaN. Source: Elfwing et al.
    2018.

    Example: `%y = keel.silu %x : tensor<?x128xf32>`
  }];
}

def Keel_SoftplusOp : Keel_Unary<"softplus"> {
  let summary = "log(1 + exp(x))";
  let description = [{
    `y = log(1 + exp(x))`. Adjoint: `dx = dy sigmoid(x)`.

    Numerics: computed as `max(x, 0) + log1p(exp(-|x|))`, so no finite input
    overflows. A NaN stays a NaN. Source: Dugas et al. 2001.

    Example: `%y = keel.softplus %x : tensor<?x128xf32>`
  }];
}

def Keel_SoftsignOp : Keel_Unary<"softsign"> {
  let summary = "x / (1 + |x|)";
  let description = [{
    `y = x / (1 + |x|)`. Adjoint, from the output: `dx = dy (1 - |y|)^2`.

    Numerics: 1 and -1 at the infinities. A NaN stays a NaN. Source: Turian et
    al. 2009.

    Example: `%y = keel.softsign %x : tensor<?x128xf32>`
  }];
}

def Keel_HardSigmoidOp : Keel_Unary<"hard_sigmoid",
    (ins DefaultValuedAttr<F64Attr, "1.0 / 6.0">:$alpha,
         DefaultValuedAttr<F64Attr, "0.5">:$beta)> {
  let summary = "alpha x + beta, cut to [0, 1]";
  let description = [{
    `y = min(max(alpha x + beta, 0), 1)`. Adjoint, from the output:
    `dx = alpha dy` where `0 < y < 1`, else 0; the derivative at both kinks
    is 0.

    Numerics: a NaN stays a NaN. Source: Courbariaux et al. 2015, with the
    slope of Howard et al. 2019; others take 0.2.

    Example: `%y = keel.hard_sigmoid %x {alpha = 0.16666666666666666, beta = 0.5} : tensor<?x128xf32>`
  }];
}

def Keel_HardSwishOp : Keel_Unary<"hard_swish"> {
  let summary = "x times x / 6 + 1 / 2, cut to [0, 1]";
  let description = [{
    `y = x min(max(x / 6 + 1 / 2, 0), 1)`. Adjoint: `dx = 0` where `x <= -3`,
    `dy` where `x >= 3`, else `dy (x / 3 + 1 / 2)`; the derivative at the kinks
    is that of the outer pieces, 0 and 1.

    Numerics: 0 at minus infinity. A NaN stays a NaN. Source: Howard et al.
    2019.

    Example: `%y = keel.hard_swish %x : tensor<?x128xf32>`
  }];
}

def Keel_PreluOp : Keel_Op<"prelu", [
    Pure, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
  let summary = "x where x > 0, else a trained slope times x";
  let description = [{
    `y = x` where `x > 0`, else `slope x`, with one slope for each feature of
    the last axis or a single one for all. Adjoint: `dx = dy` where `x > 0`,
    else `slope dy`; `dslope = sum dy x` over where `x <= 0`, over all axes but
    the last or over all.

    Constraints:
    - (C1) the slope is one value a feature of the input's last axis, or one
      value, of the input's element type.

    Numerics: a NaN stays a NaN. Source: He et al. 2015.

    Example:
    ```mlir
    %y = keel.prelu %x, %slope : tensor<?x128xf32>, tensor<128xf32>
    %z = keel.prelu %y, %shared : tensor<?x128xf32>, tensor<1xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, Keel_Vector:$slope);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $slope ",
    KeelSettings,
    " `:` type($input) `,` type($slope)");
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// By row
//===----------------------------------------------------------------------===//

/// y from all elements of a row, the last axis.
class Keel_RowUnary<string mnemonic> : Keel_Op<mnemonic, [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
  let arguments = (ins Keel_Batch:$input);
  let results = (outs Keel_Batch:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

def Keel_SoftmaxOp : Keel_RowUnary<"softmax"> {
  let summary = "exp(x), divided by its sum over the last axis";
  let description = [{
    `y_j = exp(x_j) / sum_k exp(x_k)` over the last axis. Adjoint, from the
    output: `dx_j = y_j (dy_j - sum_k dy_k y_k)`.

    Numerics: the row's maximum is taken out, so no finite input overflows. A
    row that holds a NaN or plus infinity, or nothing but minus infinity, is
    all NaN; other rows are not touched. Source: Bridle 1990.

    Example: `%y = keel.softmax %x : tensor<?x10xf32>`
  }];
}

def Keel_LogSoftmaxOp : Keel_RowUnary<"log_softmax"> {
  let summary = "the logarithm of softmax, over the last axis";
  let description = [{
    `y_j = x_j - log(sum_k exp(x_k))` over the last axis. Adjoint, from the
    output: `dx_j = dy_j - exp(y_j) sum_k dy_k`.

    Numerics: with m the row's maximum, `(x_j - m) - log(sum_k exp(x_k - m))`:
    no finite input gives an infinity as `log(softmax(x))` does. NaN and
    infinities as in `keel.softmax`. Source: Bridle 1990.

    Example: `%y = keel.log_softmax %x : tensor<?x10xf32>`
  }];
}

#endif // KEEL_DIALECT_KEEL_IR_KEELACTIVATIONOPS_TD
