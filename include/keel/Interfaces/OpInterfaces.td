//===- OpInterfaces.td - What an op implements to join Keel ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// An op of any dialect joins a Keel model by implementing these. None of
// Keel's passes names an op of its own where an interface will do.

#ifndef KEEL_INTERFACES_OPINTERFACES_TD
#define KEEL_INTERFACES_OPINTERFACES_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::keel";
  let description = [{
    An op with an adjoint: given the cotangents of its results it builds those
    of its operands. `keel-differentiate` calls it once for each op on a path
    from a trainable parameter to the loss, in reverse order, and adds what
    several users of a value contribute.
  }];
  let methods = [InterfaceMethod<[{
      Builds, at `builder`'s place, the cotangent of each operand.
      `cotangents` holds one value a result, of the result's type, or a null
      value where the loss does not depend on it. `operandCotangents` has one
      entry an operand, null at first; the method sets those that have a
      derivative, each of its operand's type. Pure ops that turn out unused
      are deleted afterwards. Fails with a diagnostic on the op.

      Example: y = tanh(x), dx = dy (1 - y^2).

      ```c++
      LogicalResult TanhOp::buildAdjoint(OpBuilder &builder, ValueRange cotangents,
                                         MutableArrayRef<Value> operandCotangents) {
        operandCotangents[0] = TanhGradOp::create(builder, getLoc(), getType(),
                                                  cotangents[0], getResult());
        return success();
      }
      ```
    }], "::llvm::LogicalResult", "buildAdjoint",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$cotangents,
         "::llvm::MutableArrayRef<::mlir::Value>":$operandCotangents)>];
}

def ModeOpInterface : OpInterface<"ModeOpInterface"> {
  let cppNamespace = "::keel";
  let description = [{
    An op of stage `model` that is another op in training than in inference.
    `keel-specialize` calls it; an op without it is copied as it stands.
  }];
  let methods = [InterfaceMethod<[{
      Builds the op's twin for `mode` at `builder`'s place and returns the
      values that stand for its results. Operands are looked up in `mapping`.
      An op that updates a state maps the state's value to its new one there:
      later users of the state see the update.

      Example: an op that inference does without.

      ```c++
      FailureOr<SmallVector<Value>> NoiseOp::buildTwin(OpBuilder &builder, Mode mode,
                                                       IRMapping &mapping) {
        if (mode == Mode::infer)
          return SmallVector<Value>{mapping.lookup(getInput())};
        return SmallVector<Value>(builder.clone(*getOperation(), mapping)->getResults());
      }
      ```
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildTwin",
    (ins "::mlir::OpBuilder &":$builder, "::keel::Mode":$mode,
         "::mlir::IRMapping &":$mapping)>,
    InterfaceMethod<[{
      The rows that a training step needs at least.

      Example: 2 for an op that normalizes by the variance of the batch.
    }], "int64_t", "getMinTrainRows", (ins), /*methodBody=*/"",
    /*defaultImplementation=*/"return 1;">];
}

def LoweringOpInterface : OpInterface<"LoweringOpInterface"> {
  let cppNamespace = "::keel";
  let description = [{
    An op of another dialect that `convert-keel-to-linalg` can lower. Keel's
    own ops are lowered by patterns, one file a family.
  }];
  let methods = [InterfaceMethod<[{
      Builds, at `builder`'s place, linalg, tensor, arith and math ops that
      compute the op's results from `operands`, and returns one value a result.

      Example: y = -x.

      ```c++
      FailureOr<SmallVector<Value>> NegateOp::buildLowering(OpBuilder &builder,
                                                            ValueRange operands) {
        Value negated = arith::NegFOp::create(builder, getLoc(), operands[0]);
        return SmallVector<Value>{negated};
      }
      ```
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildLowering",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands)>];
}

def ParameterUserOpInterface : OpInterface<"ParameterUserOpInterface"> {
  let cppNamespace = "::keel";
  let description = [{
    An op that says how many inputs and outputs a parameter connects, which is
    what variance-scaling initializers scale by.
  }];
  let methods = [InterfaceMethod<[{
      The fans of the parameter that `operandNumber` holds, or nothing when
      this op does not connect units through it.

      Example: the weight of `keel.dense`, `[in, out]`.

      ```c++
      std::optional<Fans> DenseOp::getFans(unsigned operandNumber) {
        if (operandNumber != getWeightMutable().getOperandNumber())
          return std::nullopt;
        return Fans{getWeight().getType().getDimSize(0),
                    getWeight().getType().getDimSize(1)};
      }
      ```
    }], "::std::optional<::keel::Fans>", "getFans",
    (ins "unsigned":$operandNumber)>];
}

def SignalPropagationOpInterface
    : OpInterface<"SignalPropagationOpInterface"> {
  let cppNamespace = "::keel";
  let description = [{
    An op of stage `model` that says what it does to the size of signals and
    gradients at initialization, in training mode: what `keel check` forecasts
    from. `keel/Analysis/SignalTransfers.h` has the transfers of elementwise
    functions. An op without it is taken for the identity, with a warning.
  }];
  let methods = [InterfaceMethod<[{
      Sets the result's signal, and how it answers to each operand, from the
      operands' signals. Fails where nothing can be said.

      Example: y = sin(x).

      ```c++
      LogicalResult SineOp::transferSignal(const SignalQuery &query,
                                           SignalTransfer &transfer) {
        transfer = transferElementwise(query, {.value = [](double x) { return std::sin(x); },
                                               .derivative = [](double x) { return std::cos(x); }});
        return success();
      }
      ```
    }], "::llvm::LogicalResult", "transferSignal",
    (ins "const ::keel::SignalQuery &":$query,
         "::keel::SignalTransfer &":$transfer)>];
}

#endif // KEEL_INTERFACES_OPINTERFACES_TD
