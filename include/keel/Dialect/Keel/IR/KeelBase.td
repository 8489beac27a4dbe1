//===- KeelBase.td - The dialect and what all its ops share ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELBASE_TD
#define KEEL_DIALECT_KEEL_IR_KEELBASE_TD

include "keel/Interfaces/AttrInterfaces.td"
include "keel/Interfaces/OpInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Keel_Dialect : Dialect {
  let name = "keel";
  let cppNamespace = "::keel";
  let summary = "Dense neural networks, their training and their inference";
  let description = [{
    A `keel.model` states a network once, neutral as to mode. Specialization
    turns it into functions over tensors whose ops say what training or
    inference computes. Activations are `[batch, features...]`, row-major;
    element types are f32 and f64.
  }];
  let extraClassDeclaration = [{
    ::mlir::Attribute parseAttribute(::mlir::DialectAsmParser &parser,
                                     ::mlir::Type type) const override;
    void printAttribute(::mlir::Attribute attr,
                        ::mlir::DialectAsmPrinter &printer) const override;
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

/// Refuses what the generic form would let through: discardable attributes
/// without a dot, which are misspelled settings, and numbers that are not finite.
def Keel_StrictAttributes : NativeOpTrait<"StrictAttributes"> {
  let cppNamespace = "::keel";
}

class Keel_Op<string mnemonic, list<Trait> traits = []>
    : Op<Keel_Dialect, mnemonic, traits # [Keel_StrictAttributes]>;

class Keel_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Keel_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Keel_Float : AnyTypeOf<[F32, F64], "f32 or f64">;
def Keel_Tensor : RankedTensorOf<[Keel_Float]>;
/// Anything with a batch: at least one axis.
def Keel_Activation : Type<
  And<[Keel_Tensor.predicate,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() >= 1">]>,
  "ranked tensor of f32 or f64 values with a leading batch axis",
  "::mlir::RankedTensorType">;
/// A batch of rows of features.
def Keel_Batch : Type<
  And<[Keel_Tensor.predicate,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() >= 2">]>,
  "ranked tensor of f32 or f64 values with a batch axis and one of features",
  "::mlir::RankedTensorType">;
def Keel_Vector : Type<
  And<[Keel_Tensor.predicate,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 1">,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).hasStaticShape()">]>,
  "vector of f32 or f64 values of a fixed size", "::mlir::RankedTensorType">;
def Keel_Matrix : Type<
  And<[Keel_Tensor.predicate,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 2">,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).hasStaticShape()">]>,
  "matrix of f32 or f64 values of a fixed shape", "::mlir::RankedTensorType">;
/// A number that a function computes on the way: f64 whatever the model's type.
def Keel_Scalar : TypeAlias<F64, "f64">;
/// The loss and its cotangent.
def Keel_Loss : Type<
  CPred<"$_self == ::mlir::RankedTensorType::get({}, ::mlir::Float64Type::get($_self.getContext()))">,
  "tensor<f64>", "::mlir::RankedTensorType">,
  BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getF64Type())">;
/// A number of rows.
def Keel_Count : Type<
  CPred<"$_self == ::mlir::RankedTensorType::get({}, ::mlir::IntegerType::get($_self.getContext(), 64))">,
  "tensor<i64>", "::mlir::RankedTensorType">,
  BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;
/// Integer classes, one a row.
def Keel_Classes : Type<
  And<[RankedTensorOf<[I32]>.predicate,
       CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 1">]>,
  "one i32 class a row", "::mlir::RankedTensorType">;

/// The vector type that holds one value a feature of `operand`.
class Keel_PerFeature<string operand, string vector>
    : TypesMatchWith<"'" # vector # "' holds one value a feature of '" #
                     operand # "'", operand, vector,
                     "::keel::getPerFeatureType($_self)">;

/// How every op writes its settings: `{decay = 0.9, epsilon = 1.0e-5}`.
defvar KeelSettings = "`` custom<Settings>(attr-dict, \"getOperationName()\")";

#endif // KEEL_DIALECT_KEEL_IR_KEELBASE_TD
