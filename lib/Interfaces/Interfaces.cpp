//===- Interfaces.cpp - What ops and attributes implement to join Keel ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Interfaces/Interfaces.h"
#include "keel/Interfaces/Roles.h"
#include "keel/Interfaces/Signal.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "keel/Interfaces/AttrInterfaces.cpp.inc"
#include "keel/Interfaces/OpInterfaces.cpp.inc"

mlir::Value keel::findStepArgument(mlir::Block *block, llvm::StringRef role) {
  auto func =
      llvm::dyn_cast_or_null<mlir::FunctionOpInterface>(block->getParentOp());
  for (mlir::BlockArgument argument : block->getArguments()) {
    auto attr = func ? func.getArgAttrOfType<mlir::StringAttr>(
                           argument.getArgNumber(), kRoleAttr)
                     : nullptr;
    if (attr && attr.getValue() == role)
      return argument;
  }
  return {};
}
