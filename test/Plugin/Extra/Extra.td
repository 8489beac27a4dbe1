//===- Extra.td - A dialect outside Keel -*- tablegen -*-------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EXTRA_TD
#define EXTRA_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Extra_Dialect : Dialect {
  let name = "extra";
  let cppNamespace = "::extra";
  let summary = "What Keel does not have";
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::keel::KeelDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def Extra_SnakeOp : Op<Extra_Dialect, "snake", [
    Pure, SameOperandsAndResultType, Keel_StrictAttributes,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<LoweringOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
  let summary = "x + sin^2(a x) / a";
  let description = [{
    `y = x + sin(a x)^2 / a`, where a is `frequency`: an activation that learns
    periods (Ziyin et al. 2020). Adjoint: `dx = dy (1 + sin(2 a x))`.

    Numerics: a NaN stays a NaN, and an infinity becomes one.

    Constraints:
    - (C1) `frequency` is positive.

    Example: `%y = extra.snake %x {frequency = 1.0} : tensor<?x4xf32>`
  }];
  let arguments = (ins Keel_Activation:$input,
                       DefaultValuedAttr<F64Attr, "1.0">:$frequency);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat("$input ", KeelSettings, " `:` type($result)");
  let hasVerifier = 1;
}

def Extra_LionAttr : AttrDef<Extra_Dialect, "Lion", [
    DeclareAttrInterfaceMethods<OptimizerAttrInterface>]> {
  let mnemonic = "lion";
  let summary = "The sign of a momentum (Chen et al. 2023)";
  let description = [{
    `p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p)`, then
    `m = beta2 m + (1 - beta2) g`; the sign of 0 is 0. Written
    `#extra.lion<learning_rate = 1.0e-4, beta1 = 0.9, beta2 = 0.99, weight_decay = 0.0>`;
    the learning rate is required.
  }];
  let parameters = (ins "::keel::Real":$learningRate, "::keel::Real":$beta1,
                        "::keel::Real":$beta2, "::keel::Real":$weightDecay,
                        "::mlir::Attribute":$schedule);
  let hasCustomAssemblyFormat = 1;
}

#endif // EXTRA_TD
