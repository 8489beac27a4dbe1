//===- Keel.h - The Keel dialect ------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEEL_H
#define KEEL_DIALECT_KEEL_IR_KEEL_H

#include "keel/Dialect/Keel/IR/Settings.h"
#include "keel/Interfaces/Interfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "keel/Dialect/Keel/IR/KeelDialect.h.inc"

namespace keel {

/// `tensor<?xFxT>` to `tensor<FxT>`: one value a feature of the last axis.
/// Null where the type is no ranked tensor of rank 1 or more.
mlir::Type getPerFeatureType(mlir::Type type);
/// `tensor<?xFxT>` to `tensor<?xT>`: one value a row of the last axis.
mlir::Type getPerRowType(mlir::Type type);
/// `tensor<?xFxT>` to `tensor<FxT>`: all axes but the first.
mlir::Type getPerSampleType(mlir::Type type);
/// `tensor<...xT>` to `tensor<...xf64>`.
mlir::Type getWideType(mlir::Type type);

/// Refuses an epsilon that is negative.
llvm::LogicalResult verifyEpsilon(mlir::Operation *op,
                                  const llvm::APFloat &epsilon);

/// Refuses discardable attributes without a dialect's prefix, and settings
/// that are not finite.
template <typename ConcreteType>
class StrictAttributes
    : public mlir::OpTrait::TraitBase<ConcreteType, StrictAttributes> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return verifyStrictAttributes(op);
  }
};

} // namespace keel

#define GET_ATTRDEF_CLASSES
#include "keel/Dialect/Keel/IR/KeelAttrs.h.inc"

#define GET_OP_CLASSES
#include "keel/Dialect/Keel/IR/KeelOps.h.inc"

namespace keel {

/// The initializer that keeps the size of signals and gradients in layers with
/// this activation (`relu`, ...; empty: none), as far as one does.
InitializerAttrInterface getFittingInitializer(mlir::MLIRContext *context,
                                               llvm::StringRef activation);

} // namespace keel

#endif // KEEL_DIALECT_KEEL_IR_KEEL_H
