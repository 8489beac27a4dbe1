//===- KeelDenseOps.td - Fully connected layers -*- tablegen -*------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELDENSEOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELDENSEOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Keel_DenseOp : Keel_Op<"dense", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<ParameterUserOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "a fully connected layer, y = x W + b";
  let description = [{
    `y[n, j] = sum_i x[n, i] W[i, j] + b[j]`; the bias is optional.

    Adjoint: `dx = dy W^T`, `dW = x^T dy`, `db[j] = sum_n dy[n, j]`.

    Constraints:
    - (C1) the input has a batch axis and one static axis of features.
    - (C2) the weight's rows are the input's features.
    - (C3) the bias has one value a column of the weight.
    - (C4) all element types agree.

    Numerics: a sum in the operands' type, in an order that depends on the
    shapes alone.

    Example:
    ```mlir
    %y = keel.dense %x, %w, %b : tensor<?x784xf32>, tensor<784x128xf32>, tensor<128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, Keel_Matrix:$weight,
                       Optional<Keel_Vector>:$bias);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $weight (`,` $bias^)? ",
    KeelSettings,
    " `:` type($input) `,` type($weight) (`,` type($bias)^)?");
}

#endif // KEEL_DIALECT_KEEL_IR_KEELDENSEOPS_TD
