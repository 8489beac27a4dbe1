//===- ArenaLayout.h - Where a model's tensors lie in its arenas ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Parameters, states and optimizer slots live in flat arenas, described by the
// table of keel/Runtime/Model.h. The layout follows from the roles that the
// step's functions carry (keel/Interfaces/Roles.h) and is kept in the module as
// the attribute `keel.layout`, from which that table is built.

#ifndef KEEL_CODEGEN_ARENALAYOUT_H
#define KEEL_CODEGEN_ARENALAYOUT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include <string>

namespace keel {

/// Module attribute: the dictionary that `ArenaLayout::write` makes.
inline constexpr llvm::StringLiteral kLayoutAttr = "keel.layout";

/// Module attribute: the part of the scratch arena that @infer uses, for a host
/// that calls nothing else.
inline constexpr llvm::StringLiteral kInferScratchAttr =
    "keel.infer_scratch_bytes";

/// A tensor of a model. A dynamic dimension is the batch.
struct ArenaTensor {
  std::string name;
  mlir::RankedTensorType type;
  int64_t offset = 0;
};

/// The arenas of a model.
struct ArenaLayout {
  using Tensors = llvm::SmallVector<ArenaTensor, 0>;

  /// Computes the layout from the roles of the step's functions. Parameters
  /// that have a gradient come first, so that gradients and each block of
  /// slots repeat the parameters' layout. Errors (a parameter that has two
  /// types, say) are emitted at the function.
  static mlir::FailureOr<ArenaLayout> compute(mlir::ModuleOp module,
                                              int64_t maxRows);
  /// Reads `keel.layout` back; emits an error if there is none.
  static mlir::FailureOr<ArenaLayout> read(mlir::ModuleOp module);
  /// Sets `keel.layout`.
  void write(mlir::ModuleOp module) const;

  /// The tensor of that name, or null.
  static const ArenaTensor *find(const Tensors &tensors, llvm::StringRef name);
  /// The most bytes `type` takes: a dynamic dimension is `maxRows`.
  int64_t getBytes(mlir::ShapedType type) const;

  Tensors params, states, slots, inputs, outputs, labels;
  /// What @fold makes of params and states, and @infer takes for params.
  Tensors folded;
  int64_t paramsBytes = 0, statesBytes = 0, slotsBytes = 0;
  /// What telemetry's functions write, in the grads.
  Tensors telemetry;
  /// Gradients, then the new states at `pendingOffset`, then what telemetry
  /// writes, then apply_step's scratch at `tailOffset`.
  int64_t gradsBytes = 0, gradsUsed = 0, pendingOffset = 0, tailOffset = 0;
  int64_t foldedBytes = 0;
  int64_t scratchBytes = 0, initScratchBytes = 0;
  int64_t maxRows = 1;
};

} // namespace keel

#endif // KEEL_CODEGEN_ARENALAYOUT_H
