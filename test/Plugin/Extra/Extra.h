//===- Extra.h - A dialect outside Keel -----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EXTRA_H
#define EXTRA_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Pass/Pass.h"

#include "ExtraDialect.h.inc"

// The text form `{name = value}` of Keel's ops, for those of this dialect.
namespace extra {
using keel::parseSettings;
using keel::printSettings;
} // namespace extra

#define GET_ATTRDEF_CLASSES
#include "ExtraAttrs.h.inc"

#define GET_OP_CLASSES
#include "ExtraOps.h.inc"

namespace extra {
#define GEN_PASS_DECL
#include "Passes.h.inc"
} // namespace extra

#endif // EXTRA_H
