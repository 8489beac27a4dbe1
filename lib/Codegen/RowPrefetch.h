//===- RowPrefetch.h - Rows to fetch before they are needed ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_ROWPREFETCH_H
#define KEEL_LIB_CODEGEN_ROWPREFETCH_H

#include "RowGroups.h"

namespace keel {

/// A row to bring into the first-level cache while an operation of a group
/// goes through another one: this row, to be written, or the next, to be read.
struct RowPrefetch {
  unsigned op;
  mlir::Value memref;
  bool isWrite;
};

/// What a group gains from: matrices of at least `minBytes`, which stay in no
/// cache, if they have at most `maxRows` rows where their number is not known.
llvm::SmallVector<RowPrefetch>
planPrefetches(const RowGroup &group, int64_t maxRows, int64_t minBytes);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_ROWPREFETCH_H
