//===- Interfaces.cpp - What ops and attributes implement to join Keel ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Interfaces/Interfaces.h"
#include "mlir/IR/Builders.h"

#include "keel/Interfaces/AttrInterfaces.cpp.inc"
#include "keel/Interfaces/OpInterfaces.cpp.inc"
