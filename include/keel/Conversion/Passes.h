//===- Passes.h - Conversions to other dialects ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CONVERSION_PASSES_H
#define KEEL_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace keel {

#define GEN_PASS_DECL
#include "keel/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "keel/Conversion/Passes.h.inc"

} // namespace keel

#endif // KEEL_CONVERSION_PASSES_H
