//===- KeelActivationOps.td - Activations, element by element -------------===//
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
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
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

#endif // KEEL_DIALECT_KEEL_IR_KEELACTIVATIONOPS_TD
