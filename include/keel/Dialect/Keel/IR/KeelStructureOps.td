//===- KeelStructureOps.td - Shortcuts -*- tablegen -*---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELSTRUCTUREOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELSTRUCTUREOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Keel_AddOp : Keel_Op<"add", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    AllTypesMatch<["lhs", "result"]>]> {
  let summary = "a sum, element by element: the gradient shortcut";
  let description = [{
    `y = a + b`; b may lack the batch axis and is then added to each row.

    Adjoint: `da = dy`; `db = dy`, summed over the batch where b has none.

    Constraints:
    - (C1) b has a's type, or a's type without its leading axis.

    Source: He et al. 2016.

    Example:
    ```mlir
    %y = keel.add %x, %branch : tensor<?x128xf32>
    %z = keel.add %y, %offset : tensor<?x128xf32>, tensor<128xf32>
    ```
  }];
  let arguments = (ins Keel_Tensor:$lhs, Keel_Tensor:$rhs);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$lhs `,` $rhs ",
    KeelSettings,
    " `:` custom<BinaryTypes>(type($lhs), type($rhs))");
  let hasVerifier = 1;
}

#endif // KEEL_DIALECT_KEEL_IR_KEELSTRUCTUREOPS_TD
