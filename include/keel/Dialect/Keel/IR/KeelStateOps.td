//===- KeelStateOps.td - The model and what it keeps -*- tablegen -*-------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELSTATEOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELSTATEOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"

def Keel_ModelOp : Keel_Op<"model", [
    FunctionOpInterface, IsolatedFromAbove,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "a network, neutral as to mode";
  let description = [{
    Holds a network's inputs, parameters, ops and results, and how it is
    trained. A leading axis `?` of inputs and results is the batch; a model
    without one computes whole tensors. Other dialects' ops may stand beside
    Keel's.

    Attributes: `loss` compares results with labels, `optimizer` and `clip` say
    how parameters are updated, `on_nonfinite` what a gradient that is not
    finite does: with `"skip"`, the default, parameters, states and slots keep
    their values and the step is counted as skipped; `"error"` ends training.
    Gradients are derived, then clipped, then applied.

    `loss` is one loss for the one result, or a dictionary from the names of
    results to losses: `loss = {logits = #keel.softmax_cross_entropy, aux =
    #keel.mean_squared_error}`. A result that it does not name is an output
    only. What training minimizes is the sum of the losses, each the mean that
    it is alone, summed in f64 in the results' order; the accuracy is that of
    the first result whose loss has one.

    Constraints:
    - (C1) parameters and states have names that are unique in the model.
    - (C2) each input and result is a ranked tensor of f32, f64 or an integer
      type; only the first axis may be dynamic.
    - (C3) a loss fits the result it is given for.
    - (C4) a model whose `loss` is not a dictionary has exactly one result.
    - (C5) a parameter whose initializer scales by its fans has a user that
      knows them, and all such users agree; a state's initializer does not
      scale by fans.
    - (C6) inputs have names that are unique, and so have results.
    - (C7) `on_nonfinite` is "skip" or "error".
    - (C8) of Keel's own attributes, inputs and results take `keel.name` alone,
      a string that is not empty.
    - (C9) the body ends with `keel.return`.
    - (C10) a dictionary of losses is not empty, each entry is named after a
      result, and each is a loss.

    Example:
    ```mlir
    keel.model @linear(%x: tensor<?x4xf32>) -> tensor<?x1xf32>
        attributes {loss = #keel.mean_squared_error,
                    optimizer = #keel.sgd<learning_rate = 0.1>} {
      %w = keel.param "w" init(#keel.he_normal) : tensor<4x1xf32>
      %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x1xf32>
      keel.return %y : tensor<?x1xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<AnyLossAttr>:$loss,
    OptionalAttr<AnyOptimizerAttr>:$optimizer,
    OptionalAttr<AnyClipAttr>:$clip,
    OptionalAttr<StrAttr>:$on_nonfinite,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// FunctionOpInterface.
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    bool isDeclaration() { return false; }

    /// The name that the tools know an input or a result by.
    std::string getInputName(unsigned index);
    std::string getResultName(unsigned index);
    /// The loss of a result, null where it has none.
    ::keel::LossAttrInterface getResultLoss(unsigned index);
  }];
}

def Keel_ReturnOp : Keel_Op<"return", [
    Pure, Terminator, HasParent<"ModelOp">]> {
  let summary = "a model's results";
  let description = [{
    Constraints:
    - (C1) operand types are the model's result types.

    Example: `keel.return %y : tensor<?x10xf32>`
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = !strconcat("($operands^ `:` type($operands))? ",
    KeelSettings);
  let hasVerifier = 1;
}

class Keel_HeldOp<string mnemonic> : Keel_Op<mnemonic, [HasParent<"ModelOp">]> {
  let results = (outs Keel_Tensor:$result);
  let hasVerifier = 1;
}

def Keel_ParamOp : Keel_HeldOp<"param"> {
  let summary = "a trained parameter";
  let description = [{
    A tensor that training changes. Using the value twice shares the weight.
    `trainable = false` freezes it; `decay = true` applies the optimizer's
    weight decay to a parameter of rank 1, which has none otherwise.

    Constraints:
    - (C1) the type is static, so that its bytes are known.
    - (C2) the name is not empty.
    - (C3) the initializer can draw the type.

    An unused parameter is kept: it is part of the model's weights.

    Example: `%b = keel.param "fc1.bias" init(#keel.zeros) : tensor<128xf32>`
  }];
  let arguments = (ins StrAttr:$name, AnyInitializerAttr:$init,
    DefaultValuedAttr<BoolAttr, "true">:$trainable,
    DefaultValuedAttr<BoolAttr, "false">:$decay);
  let assemblyFormat = [{
    $name `init` `(` custom<Initializer>($init) `)` ``
    custom<ParamSettings>(attr-dict, "getOperationName()") `:` type($result)
  }];
}

def Keel_StateOp : Keel_HeldOp<"state"> {
  let summary = "a tensor that the model keeps but does not train";
  let description = [{
    Running statistics of batch norm, or input statistics.

    Constraints:
    - (C1) the type is static, so that its bytes are known.
    - (C2) the name is not empty.
    - (C3) the initializer can draw the type.

    Example: `%m = keel.state "bn1.mean" init(#keel.zeros) : tensor<128xf32>`
  }];
  let arguments = (ins StrAttr:$name, AnyInitializerAttr:$init);
  let assemblyFormat = [{
    $name `init` `(` custom<Initializer>($init) `)` ``
    custom<ParamSettings>(attr-dict, "getOperationName()") `:` type($result)
  }];
}

def Keel_RandomOp : Keel_Op<"random", [Pure]> {
  let summary = "random numbers that depend on seed, stream and index alone";
  let description = [{
    Element i (row-major) is drawn from Philox4x32-10 (Salmon et al. 2011) with
    key `seed` and counter `(i, stream)`, both 64 bits, low word first: the
    same bits for any thread count and any order.

    With words w0..w3: u = ((w0 >> 6) 2^26 + (w1 >> 6) + 1/2) / 2^52 in (0, 1)
    and v likewise from w2, w3.

    - `uniform`: `first + (second - first) u`.
    - `normal`: `first + second sqrt(-2 log u) cos(2 pi v)` (Box & Muller 1958).
    - `truncated_normal`: `first + second z / s`, z = Phi^-1(Phi(-2) + u
      (Phi(2) - Phi(-2))), s = 0.879625661034 the deviation of z.

    Computed in f64 and rounded once.

    Constraints:
    - (C1) `distribution` is "uniform", "normal" or "truncated_normal".
    - (C2) the shape is static.

    Example:
    ```mlir
    %w = keel.random %seed {distribution = "normal", stream = 7 : i64,
                            first = 0.0, second = 0.05} : tensor<784x128xf32>
    ```
  }];
  let arguments = (ins I64:$seed, StrAttr:$distribution, I64Attr:$stream,
                       F64Attr:$first, F64Attr:$second);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$seed ",
    KeelSettings,
    " `:` type($result)");
  let hasVerifier = 1;
}

def Keel_OrthogonalizeOp : Keel_Op<"orthogonalize", [
    Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "the orthogonal factor of a matrix, times gain";
  let description = [{
    The input, seen as a matrix A of its first axis by all others: `gain Q` for
    `A = Q R`, where Q has orthonormal columns and R is upper triangular with a
    positive diagonal. Where A has fewer rows than columns, `gain Q^T` for
    `A^T = Q R`. Of independent standard normals, Q is uniform over the
    orthonormal matrices of its shape (the Haar measure), since the diagonal's
    sign is fixed (Mezzadri 2007).

    Numerics: modified Gram-Schmidt in f64, all of it twice, so that Q is
    orthonormal to rounding unless A is singular to it (Giraud et al. 2005);
    rounded once. The order of sums depends on the shape alone. A NaN makes
    what follows it NaN, and so does a column that depends on those before it.

    Constraints:
    - (C1) the shape is static, of rank 2 or more.

    Example:
    ```mlir
    %q = keel.orthogonalize %normal {gain = 1.0} : tensor<784x128xf32>
    ```
  }];
  let arguments = (ins Keel_Tensor:$input,
                       DefaultValuedAttr<F64Attr, "1.0">:$gain);
  let results = (outs Keel_Tensor:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

#endif // KEEL_DIALECT_KEEL_IR_KEELSTATEOPS_TD
