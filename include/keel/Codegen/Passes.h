//===- Passes.h - Code generation passes ----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_PASSES_H
#define KEEL_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace keel {

/// Attribute of a declaration that stands for a parallel loop: the function
/// that does its work on a range. Set by keel-outline-parallel-loops, resolved
/// by keel-lower-parallel-calls.
inline constexpr llvm::StringLiteral kParallelBodyAttr = "keel.parallel_body";

#define GEN_PASS_DECL
#include "keel/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "keel/Codegen/Passes.h.inc"

} // namespace keel

#endif // KEEL_CODEGEN_PASSES_H
