//===- Passes.h - Passes on the Keel dialect ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_H
#define KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace keel {

class ModelOp;
class ParamOp;

/// The ops that keel-insert-probes puts a probe behind, in its order.
llvm::SmallVector<mlir::Operation *> getProbedOps(ModelOp model);
/// What telemetry takes for the weight of an op: the first parameter that it
/// takes, null where that is not trained.
ParamOp getProbedWeight(mlir::Operation *op);

#define GEN_PASS_DECL
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"

} // namespace keel

#endif // KEEL_DIALECT_KEEL_TRANSFORMS_PASSES_H
