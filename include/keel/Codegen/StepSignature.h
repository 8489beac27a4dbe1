//===- StepSignature.h - The arguments of a step's functions --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What each function of a step takes, in the order of keel/Runtime/Model.h.
// Between `keel-map-to-arenas` and `keel-emit-entry-points` an argument carries
// its kind as the attribute `keel.arena`, and every input, label and output is
// an argument of its own.

#ifndef KEEL_CODEGEN_STEPSIGNATURE_H
#define KEEL_CODEGEN_STEPSIGNATURE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace keel {

/// Argument attribute: the string form of an ArgKind.
inline constexpr llvm::StringLiteral kArenaAttr = "keel.arena";

/// What an argument of a step's function is.
enum class ArgKind {
  Context,
  Params,
  States,
  Slots,
  Grads,
  Folded,
  Scratch,
  Input,
  Label,
  Output,
  Rows,
  Step,
  Seed,
  FirstRow,
  Result
};

llvm::StringRef stringify(ArgKind kind);
std::optional<ArgKind> parseArgKind(llvm::StringRef text);

/// The arguments of step function `name`; empty for any other function. An
/// Input, Label or Output stands for all of them.
llvm::ArrayRef<ArgKind> getStepSignature(llvm::StringRef name);

} // namespace keel

#endif // KEEL_CODEGEN_STEPSIGNATURE_H
