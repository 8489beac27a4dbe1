//===- RowGroups.h - Operations that go through the same rows -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_CODEGEN_ROWGROUPS_H
#define KEEL_LIB_CODEGEN_ROWGROUPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace keel {

/// Operations of one block whose first dimension is parallel, of one size, and
/// which depend on each other within an index of it, a row, alone.
struct RowGroup {
  llvm::SmallVector<mlir::linalg::LinalgOp> ops;
  /// How many rows there are.
  mlir::OpFoldResult rows;

  /// Whether nothing but the group uses a memref.
  bool isTemporary(mlir::Value memref) const;
  bool isWritten(mlir::Value memref) const;
  /// Whether the group needs what is in a memref before it.
  bool isReadFirst(mlir::Value memref) const;
  /// The element-wise operation that turns what the group has put into a
  /// memref, element by element, into what it leaves there. What is there until
  /// then need not be in that memref.
  std::optional<unsigned> findLastUpdate(mlir::Value memref) const;
};

/// The groups of a block, in order, that gain from being done row by row: those
/// where one operation reduces a row and another one touches the same row.
/// Moves the operations of a group to the first of them.
llvm::SmallVector<RowGroup> findRowGroups(mlir::Block &block);

/// Makes operations of a group that go through the same columns, and touch each
/// other's results at the column at hand alone, one: element-wise work then
/// stands in the loop of a reduction.
void mergeColumnLoops(RowGroup &group);

/// Puts what an element-wise operation turns into a group's final result into a
/// temporary of the group, where a row of it takes at most `stackBytes`: the
/// result's memory is then written once.
void stageUpdates(RowGroup &group, int64_t stackBytes);

/// Whether a map is one of rows: its first result is the first dimension.
bool isByRow(mlir::AffineMap map);

} // namespace keel

#endif // KEEL_LIB_CODEGEN_ROWGROUPS_H
