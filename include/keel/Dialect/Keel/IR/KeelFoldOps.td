//===- KeelFoldOps.td - A norm's scale and shift, taken up by a dense layer ===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What @fold computes with. Operands are f32 or f64, results f64: a parameter
// is rounded once, at the end of @fold, however many norms it takes up.

#ifndef KEEL_DIALECT_KEEL_IR_KEELFOLDOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELFOLDOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

/// What a fold makes: the operand's shape in f64.
class Keel_Wide<string operand, string result, string transform = "$_self">
    : TypesMatchWith<"'" # result # "' is f64", operand, result,
                     "::keel::getWideType(" # transform # ")">;

def Keel_FoldNormOp : Keel_Op<"fold_norm", [
    Pure, SameTypeOperands, Keel_Wide<"mean", "scale">,
    Keel_Wide<"mean", "shift">]> {
  let summary = "the scale and shift that a norm by given statistics is";
  let description = [{
    `s = gamma / sqrt(variance + epsilon)` and `t = beta - mean s`, so that
    `(x - mean) / sqrt(variance + epsilon) gamma + beta = x s + t`. Without
    gamma and beta these are 1 and 0.

    Constraints:
    - (C1) `epsilon` is not negative.
    - (C2) gamma and beta are given both or not at all.

    Numerics: f64.

    Example:
    ```mlir
    %s, %t = keel.fold_norm %mean, %variance affine %gamma, %beta
        {epsilon = 1.0e-5} : tensor<128xf32>
    ```
  }];
  let arguments = (ins Keel_Vector:$mean, Keel_Vector:$variance,
    Variadic<Keel_Vector>:$affine,
    DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon);
  let results = (outs Keel_Vector:$scale, Keel_Vector:$shift);
  let assemblyFormat = !strconcat(
    "$mean `,` $variance (`affine` $affine^)? ",
    KeelSettings,
    " `:` type($mean)");
  let hasVerifier = 1;
}

class Keel_FoldIntoDense<string mnemonic, dag settings = (ins)>
    : Keel_Op<mnemonic, [
        Pure, AllTypesMatch<["scale", "shift"]>,
        Keel_Wide<"weight", "new_weight">,
        Keel_Wide<"weight", "new_bias", "::keel::getPerFeatureType($_self)">]> {
  let arguments = !con((ins Keel_Matrix:$weight, Keel_Vector:$scale,
    Keel_Vector:$shift, Optional<Keel_Vector>:$bias), settings);
  let results = (outs Keel_Matrix:$new_weight, Keel_Vector:$new_bias);
  let assemblyFormat = !strconcat(
    "$weight `,` $scale `,` $shift (`bias` $bias^)? ",
    KeelSettings,
    " `:` type($weight) `,` type($scale) (`,` type($bias)^)?");
  let hasVerifier = 1;
}

def Keel_FoldColumnsOp : Keel_FoldIntoDense<"fold_columns"> {
  let summary = "a dense layer's parameters with the scale and shift behind it";
  let description = [{
    `(x W + b) s + t = x W' + b'` with `W' = W diag(s)` and `b' = b s + t`,
    where b is 0 if it is not given.

    Constraints:
    - (C1) the scale has one value a column of the weight.
    - (C2) the bias has one value a column of the weight.

    Numerics: f64, whatever the operands' types.

    Example:
    ```mlir
    %w2, %b2 = keel.fold_columns %w, %s, %t bias %b
        : tensor<784x128xf32>, tensor<128xf64>, tensor<128xf32>
    ```
  }];
}

def Keel_FoldRowsOp : Keel_FoldIntoDense<"fold_rows",
    (ins DefaultValuedAttr<I64Attr, "0">:$first)> {
  let summary = "a dense layer's parameters with the scale and shift before it";
  let description = [{
    `(x diag(s) + t) W + b = x W' + b'` with `W' = diag(s) W` and
    `b' = b + t W`, where b is 0 if it is not given. The scale and shift are
    those of the input's features from `first` on, as many as they have values:
    s is 1 and t 0 in the other rows of W.

    Constraints:
    - (C1) the weight has the rows that the scale is for.
    - (C2) the bias has one value a column of the weight.

    Numerics: f64, whatever the operands' types; `t W` is summed over the rows
    in an order that depends on the shapes alone.

    Example:
    ```mlir
    %w2, %b2 = keel.fold_rows %w, %s, %t bias %b {first = 256}
        : tensor<784x128xf32>, tensor<64xf64>, tensor<128xf32>
    ```
  }];
}

#endif // KEEL_DIALECT_KEEL_IR_KEELFOLDOPS_TD
