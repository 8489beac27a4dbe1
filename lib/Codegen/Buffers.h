//===- Buffers.h - Which memory a memref is part of -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_BUFFERS_H
#define KEEL_LIB_CODEGEN_BUFFERS_H

#include "mlir/IR/Value.h"

namespace keel {

/// The buffer that a memref is part of: an allocation, an argument or a view of
/// an arena. After bufferization, views of an arena that overlap are one value.
mlir::Value getBuffer(mlir::Value memref);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_BUFFERS_H
