//===- KeelStructureOps.td - Shortcuts, shapes, dropout -*- tablegen -*----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELSTRUCTUREOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELSTRUCTUREOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

/// y = f(a, b), element by element; b may lack the batch axis.
class Keel_Binary<string mnemonic> : Keel_Op<mnemonic, [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
    AllTypesMatch<["lhs", "result"]>]> {
  let arguments = (ins Keel_Tensor:$lhs, Keel_Tensor:$rhs);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$lhs `,` $rhs ",
    KeelSettings,
    " `:` custom<BinaryTypes>(type($lhs), type($rhs))");
  let hasVerifier = 1;
}

def Keel_AddOp : Keel_Binary<"add"> {
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
}

def Keel_SubOp : Keel_Binary<"sub"> {
  let summary = "a difference, element by element";
  let description = [{
    `y = a - b`; b may lack the batch axis and is then taken from each row.

    Adjoint: `da = dy`; `db = -dy`, summed over the batch where b has none.

    Constraints:
    - (C1) b has a's type, or a's type without its leading axis.

    Example: `%y = keel.sub %x, %offset : tensor<?x128xf32>, tensor<128xf32>`
  }];
}

def Keel_MulOp : Keel_Binary<"mul"> {
  let summary = "a product, element by element";
  let description = [{
    `y = a b`; b may lack the batch axis and then scales each row alike.

    Adjoint: `da = dy b`; `db = dy a`, summed over the batch where b has none.

    Constraints:
    - (C1) b has a's type, or a's type without its leading axis.

    Example: `%y = keel.mul %x, %gate : tensor<?x128xf32>`
  }];
}

def Keel_ConcatOp : Keel_Op<"concat", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "tensors side by side along the last axis: the dense shortcut";
  let description = [{
    `y[..., :] = (a[..., :], b[..., :], ...)`: the last axis of the result holds
    those of the operands in their order; the other axes are common to all.

    Adjoint: each operand gets its columns of dy.

    Constraints:
    - (C1) there is at least one operand, and each has at least a batch axis
      and one of features, the last one static.
    - (C2) the element types and all axes but the last agree; a static batch
      beside a dynamic one is refused.

    Source: Huang et al. 2017.

    Example:
    ```mlir
    %y = keel.concat %x, %new : tensor<?x64xf32>, tensor<?x16xf32>
    ```
  }];
  let arguments = (ins Variadic<Keel_Batch>:$inputs);
  let results = (outs Keel_Batch:$result);
  let assemblyFormat = !strconcat(
    "$inputs ",
    KeelSettings,
    " `:` type($inputs)");
}

def Keel_FlattenOp : Keel_Op<"flatten", [
    Pure, DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "each sample as one row of features";
  let description = [{
    `[batch, a, b, ...]` to `[batch, a b ...]`, row-major: no element moves.

    Adjoint: dy in the input's shape.

    Constraints:
    - (C1) all axes but the batch are static.

    Example: `%y = keel.flatten %x : tensor<?x28x28xf32>`
  }];
  let arguments = (ins Keel_Batch:$input);
  let results = (outs Keel_Batch:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
  let extraClassDeclaration = [{
    /// Which axes of the input make each of the result's two.
    ::llvm::SmallVector<::llvm::SmallVector<int64_t, 2>> getReassociation();
  }];
}

def Keel_DropoutOp : Keel_Op<"dropout", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>,
    DeclareOpInterfaceMethods<ModeOpInterface>]> {
  let summary = "drops elements at random while training";
  let description = [{
    In training each element is 0 with probability `rate`, else `x / (1 -
    rate)` (inverted dropout): see `keel.dropout_train`. In inference it is the
    identity and is gone.

    Constraints:
    - (C1) the rate is at least 0 and less than 1.

    Source: Srivastava et al. 2014.

    Example: `%y = keel.dropout %x {rate = 0.1} : tensor<?x128xf32>`
  }];
  let arguments = (ins Keel_Activation:$input, F64Attr:$rate);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_DropoutTrainOp : Keel_Op<"dropout_train", [
    Pure, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "keel.dropout in training";
  let description = [{
    `y = x m / (1 - rate)`. The mask m is 0 or 1, drawn from Philox4x32-10
    (Salmon et al. 2011) with key `seed` and counter `(c / 4, first_row + r,
    step, ordinal)`, each its lowest 32 bits, for row r of the batch and
    row-major index c within the row: m is 1 where word `c mod 4` is at least
    `rate 2^32`, rounded. So a mask depends on the run, the step, the op and
    the row's place in the whole step's batch, and on no thread count nor on how
    the batch is split.

    Adjoint: the same op, with the same mask, on dy.

    Constraints:
    - (C1) the rate is at least 0 and less than 1.

    Numerics: `1 / (1 - rate)` is rounded once, to the element type. A NaN
    stays a NaN where it is dropped, too.

    Example:
    ```mlir
    %y = keel.dropout_train %x, %seed, %step, %first_row
        {rate = 0.1, ordinal = 0 : i64} : tensor<?x128xf32>
    ```
  }];
  let arguments = (ins Keel_Activation:$input, I64:$seed, I64:$step,
    I64:$first_row, F64Attr:$rate, I64Attr:$ordinal);
  let results = (outs Keel_Activation:$result);
  let assemblyFormat = !strconcat(
    "$input `,` $seed `,` $step `,` $first_row ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_ProbeOp : Keel_Op<"probe", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<SignalPropagationOpInterface>]> {
  let summary = "a value whose size is measured";
  let description = [{
    `y = x`. `keel-collect-probes` replaces it by its operand and returns the
    sum of the squares of x as element `index` of the state `probes`;
    `keel-insert-telemetry` measures it in a step of its own.

    Adjoint: dy, through a probe of index `index + 1`. So a value and its
    gradient are measured by one probe.

    What telemetry tells beside sizes: `weight` names the parameter of the op
    that computes x; `saturation` is the derivative below which an element of
    that op counts as saturated; `flat` says that its derivative may be 0.

    Example: `%y = keel.probe %x {index = 0 : i64} : tensor<?x128xf32>`
  }];
  let arguments = (ins Keel_Tensor:$input, I64Attr:$index,
                       OptionalAttr<StrAttr>:$weight,
                       OptionalAttr<F64Attr>:$saturation,
                       DefaultValuedAttr<BoolAttr, "false">:$flat);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "int64_t":$index), [{
    build($_builder, $_state, input.getType(), input,
          $_builder.getI64IntegerAttr(index),
          /*weight=*/nullptr, /*saturation=*/nullptr,
          $_builder.getBoolAttr(false));
  }]>];
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

#endif // KEEL_DIALECT_KEEL_IR_KEELSTRUCTUREOPS_TD
