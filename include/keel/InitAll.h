//===- InitAll.h - The one registration site ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_INITALL_H
#define KEEL_INITALL_H

#include "keel/Codegen/Passes.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace keel {

/// Adds Keel's dialect, the upstream dialects that its stages use, and the
/// external models of their interfaces.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers Keel's passes and pipelines, and the upstream passes they use.
void registerAllPasses();

} // namespace keel

#endif // KEEL_INITALL_H
