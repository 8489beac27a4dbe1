//===- Passes.td - Code generation passes -*- tablegen -*------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_PASSES_TD
#define KEEL_CODEGEN_PASSES_TD

include "keel/Codegen/LoopPasses.td"   // fusion, products, vectors, math
include "keel/Codegen/MemoryPasses.td" // arenas, buffers, kernels, entry points

#endif // KEEL_CODEGEN_PASSES_TD
