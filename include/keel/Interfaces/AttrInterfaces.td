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
    InterfaceMethod<"Checks that a tensor of this type can be drawn.",
      "::llvm::LogicalResult", "verifyType",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$type),
      /*methodBody=*/"", /*defaultImplementation=*/"return ::mlir::success();">,
    InterfaceMethod<"Whether the value depends on the fans.", "bool",
      "needsFans", (ins)>,
    InterfaceMethod<[{
      Builds the initial value of `type`. `seed` is an i64, `stream` tells
      apart the parameters that are drawn from one seed, `fans` is there when
      `needsFans`.
    }], "::mlir::Value", "buildInitialValue",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::RankedTensorType":$type, "::mlir::Value":$seed,
         "uint64_t":$stream, "::std::optional<::keel::Fans>":$fans)>];
}

def LossAttrInterface : KeelAttrInterface<"LossAttrInterface"> {
  let description = "Compares a model's output with its label.";
  let methods = [
    InterfaceMethod<"Checks that the loss fits an output of this type.",
      "::llvm::LogicalResult", "verifyPrediction",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$prediction)>,
    InterfaceMethod<"The label's type for an output of this type.",
      "::mlir::RankedTensorType", "getLabelType",
      (ins "::mlir::RankedTensorType":$prediction)>,
    InterfaceMethod<"Builds the loss, a tensor<f64>.", "::mlir::Value",
      "buildLoss", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::Location":$loc, "::mlir::Value":$prediction,
        "::mlir::Value":$label)>,
    InterfaceMethod<[{
      Builds the number of the label's elements predicted right, a
      tensor<i64>, or returns null where accuracy means nothing.
    }], "::mlir::Value", "buildCorrect", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::Location":$loc, "::mlir::Value":$prediction,
        "::mlir::Value":$label)>,
    InterfaceMethod<"A keel_accuracy of keel/Runtime/Model.h.", "int",
      "getAccuracyKind", (ins)>];
}

def ClipAttrInterface : KeelAttrInterface<"ClipAttrInterface"> {
  let description = "Bounds the gradients before the update.";
  let methods = [InterfaceMethod<[{
      Replaces each of `gradients` by its clipped value and returns an i1:
      whether clipping changed any. `norm` is their global norm, an f64.
    }], "::mlir::Value", "buildClip",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::llvm::MutableArrayRef<::mlir::Value>":$gradients,
         "::mlir::Value":$norm)>];
}

def ScheduleAttrInterface : KeelAttrInterface<"ScheduleAttrInterface"> {
  let description = "Scales the learning rate over the steps.";
  let methods = [InterfaceMethod<[{
      Builds the factor, an f64, from the number of steps done, an i64.
    }], "::mlir::Value", "buildFactor",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::Value":$step)>];
}

def OptimizerAttrInterface : KeelAttrInterface<"OptimizerAttrInterface"> {
  let description = "Updates a parameter from its gradient.";
  let methods = [
    InterfaceMethod<"The base learning rate.", "double", "getBaseLearningRate",
      (ins)>,
    InterfaceMethod<"The schedule, or null.", "::keel::ScheduleAttrInterface",
      "getLearningRateSchedule", (ins)>,
    InterfaceMethod<[{
      The names of the slots each parameter has, all of the parameter's type
      and zero at first.
    }], "::llvm::SmallVector<::llvm::StringRef>", "getSlotNames", (ins)>,
    InterfaceMethod<"Whether the update depends on how many came before it.",
      "bool", "needsCount", (ins)>,
    InterfaceMethod<[{
      Builds the new parameter and the new slots, in this order. `rate` is the
      scheduled learning rate, an f64; `count` the number of updates with this
      one, an i64, or null unless `needsCount`; `decay` tells whether weight
      decay applies to this parameter.
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
