//===- AttrInterfaces.td - What training attributes implement -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A loss, an optimizer, an initializer, a clip or a schedule is an attribute
// that implements one of these; another dialect adds one by doing the same.

#ifndef KEEL_INTERFACES_ATTRINTERFACES_TD
#define KEEL_INTERFACES_ATTRINTERFACES_TD

include "mlir/IR/OpBase.td"

class KeelAttrInterface<string name> : AttrInterface<name> {
  let cppNamespace = "::keel";
}

def InitializerAttrInterface : KeelAttrInterface<"InitializerAttrInterface"> {
  let description = "Gives a parameter or state its initial value.";
  let methods = [
    InterfaceMethod<[{
      Checks that a tensor of this type can be drawn.

      Example: an initializer of matrices alone.

      ```c++
      if (type.getRank() != 2)
        return emitError() << "needs a matrix, got " << type;
      return success();
      ```
    }], "::llvm::LogicalResult", "verifyType",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$type),
      /*methodBody=*/"", /*defaultImplementation=*/"return ::mlir::success();">,
    InterfaceMethod<[{
      Whether the value depends on the fans.

      Example: true for `#keel.he_normal`, false for `#keel.zeros`.
    }], "bool", "needsFans", (ins)>,
    InterfaceMethod<[{
      Builds the initial value of `type`. `seed` is an i64, `stream` tells
      apart the parameters that are drawn from one seed, `fans` is there when
      `needsFans`.

      Example: all ones.

      ```c++
      return arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(type, builder.getFloatAttr(type.getElementType(), 1.0)));
      ```
    }], "::mlir::Value", "buildInitialValue",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::RankedTensorType":$type, "::mlir::Value":$seed,
         "uint64_t":$stream, "::std::optional<::keel::Fans>":$fans)>,
    InterfaceMethod<[{
      The mean and variance of an element, which the gradient forecast starts
      from; nothing where they are not known. `fans` is there when
      `needsFans`.

      Example: uniform in [-a, a).

      ```c++
      return InitialMoments{.mean = 0.0, .variance = a * a / 3.0};
      ```
    }], "::std::optional<::keel::InitialMoments>", "getInitialMoments",
      (ins "::mlir::RankedTensorType":$type,
           "::std::optional<::keel::Fans>":$fans),
      /*methodBody=*/"", /*defaultImplementation=*/"return std::nullopt;">];
}

def LossAttrInterface : KeelAttrInterface<"LossAttrInterface"> {
  let description = "Compares a model's output with its label.";
  let methods = [
    InterfaceMethod<[{
      Checks that the loss fits an output of this type.

      Example: a loss of classes.

      ```c++
      if (prediction.getRank() != 2)
        return emitError() << "needs one row of logits a sample, got " << prediction;
      return success();
      ```
    }], "::llvm::LogicalResult", "verifyPrediction",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$prediction)>,
    InterfaceMethod<[{
      The label's type for an output of this type.

      Example: for `tensor<?x10xf32>`, classes are `tensor<?xi32>` and targets
      are `tensor<?x10xf32>`.
    }], "::mlir::RankedTensorType", "getLabelType",
      (ins "::mlir::RankedTensorType":$prediction)>,
    InterfaceMethod<[{
      Builds the loss, a tensor<f64>, of ops that have adjoints.

      Example: the loss of `#keel.mean_squared_error`.

      ```c++
      return MeanSquaredErrorOp::create(
          builder, loc, RankedTensorType::get({}, builder.getF64Type()), prediction,
          label);
      ```
    }], "::mlir::Value", "buildLoss", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::Location":$loc, "::mlir::Value":$prediction,
        "::mlir::Value":$label)>,
    InterfaceMethod<[{
      Builds the number of the label's elements predicted right, a
      tensor<i64>, or returns null where accuracy means nothing.

      Example: `return {};` for a regression.
    }], "::mlir::Value", "buildCorrect", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::Location":$loc, "::mlir::Value":$prediction,
        "::mlir::Value":$label)>,
    InterfaceMethod<[{
      A keel_accuracy of keel/Runtime/Model.h.

      Example: `return KEEL_ACCURACY_ARGMAX;`
    }], "int", "getAccuracyKind", (ins)>];
}

def ClipAttrInterface : KeelAttrInterface<"ClipAttrInterface"> {
  let description = "Bounds the gradients before the update.";
  let methods = [InterfaceMethod<[{
      Replaces each of `gradients` by its clipped value and returns an i1:
      whether clipping changed any. `norm` is their global norm, an f64.

      Example: all gradients halved where their norm exceeds 1.

      ```c++
      Value one = arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
      Value half = arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(0.5));
      Value clipped = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, norm, one);
      Value factor = arith::SelectOp::create(builder, loc, clipped, half, one);
      for (Value &gradient : gradients)
        gradient = ScaleOp::create(builder, loc, gradient.getType(), gradient, factor);
      return clipped;
      ```
    }], "::mlir::Value", "buildClip",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::llvm::MutableArrayRef<::mlir::Value>":$gradients,
         "::mlir::Value":$norm)>];
}

def ScheduleAttrInterface : KeelAttrInterface<"ScheduleAttrInterface"> {
  let description = "Scales the learning rate over the steps.";
  let methods = [InterfaceMethod<[{
      Builds the factor, an f64, from the number of steps done, an i64.

      Example: 1 / (1 + t).

      ```c++
      Value t = arith::SIToFPOp::create(builder, loc, builder.getF64Type(), step);
      Value one = arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
      return arith::DivFOp::create(builder, loc, one,
                                   arith::AddFOp::create(builder, loc, one, t));
      ```
    }], "::mlir::Value", "buildFactor",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::Value":$step)>];
}

def OptimizerAttrInterface : KeelAttrInterface<"OptimizerAttrInterface"> {
  let description = "Updates a parameter from its gradient.";
  let methods = [
    InterfaceMethod<[{
      The learning rate before the schedule scales it.

      Example: 0.1 for `#keel.sgd<learning_rate = 0.1>`.
    }], "double", "getBaseLearningRate", (ins)>,
    InterfaceMethod<[{
      The schedule, or null.

      Example: `return dyn_cast_or_null<ScheduleAttrInterface>(getSchedule());`
    }], "::keel::ScheduleAttrInterface", "getLearningRateSchedule", (ins)>,
    InterfaceMethod<[{
      The names of the slots each parameter has, all of the parameter's type
      and zero at first.

      Example: `return {"m", "v"};` for Adam.
    }], "::llvm::SmallVector<::llvm::StringRef>", "getSlotNames", (ins)>,
    InterfaceMethod<[{
      Whether the update depends on how many came before it.

      Example: true for Adam, which corrects its bias by their number.
    }], "bool", "needsCount", (ins)>,
    InterfaceMethod<[{
      Builds the new parameter and the new slots, in this order. `rate` is the
      scheduled learning rate, an f64; `count` the number of updates with this
      one, an i64, or null unless `needsCount`; `decay` tells whether weight
      decay applies to this parameter.

      Example: the parameter less its gradient, scaled by the rate.

      ```c++
      Value step = ScaleOp::create(builder, loc, gradient.getType(), gradient, rate);
      Value updated = arith::SubFOp::create(builder, loc, parameter, step);
      return {updated};
      ```
    }], "::llvm::SmallVector<::mlir::Value>", "buildUpdate",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::Value":$parameter, "::mlir::Value":$gradient,
         "::mlir::ValueRange":$slots, "::mlir::Value":$rate,
         "::mlir::Value":$count, "bool":$decay)>];
}

class KeelInterfaceAttr<Interface interface, string what> :
    Attr<CPred<"::llvm::isa<" # interface.cppNamespace # "::" #
               interface.cppInterfaceName # ">($_self)">, what> {
  let storageType = interface.cppNamespace # "::" # interface.cppInterfaceName;
  let returnType = storageType;
  let convertFromStorage = "$_self";
}

def AnyInitializerAttr : KeelInterfaceAttr<InitializerAttrInterface,
  "an initializer, such as #keel.he_normal">;
/// One loss, or a dictionary of them whose entries the model verifies.
def AnyLossAttr : Attr<
  CPred<"::llvm::isa<::keel::LossAttrInterface, ::mlir::DictionaryAttr>($_self)">,
  "a loss, such as #keel.softmax_cross_entropy, or one a result, such as "
  "{logits = #keel.softmax_cross_entropy}"> {
  let storageType = "::mlir::Attribute";
  let returnType = storageType;
  let convertFromStorage = "$_self";
}
def AnyClipAttr : KeelInterfaceAttr<ClipAttrInterface,
  "a clip, such as #keel.clip_by_global_norm<1.0>">;
def AnyOptimizerAttr : KeelInterfaceAttr<OptimizerAttrInterface,
  "an optimizer, such as #keel.sgd<learning_rate = 0.1>">;

#endif // KEEL_INTERFACES_ATTRINTERFACES_TD
