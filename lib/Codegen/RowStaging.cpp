//===- RowStaging.cpp - Results that a row's work ends with ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace keel;

/// `op` with its only output read from `source` and written as before.
static linalg::GenericOp readFrom(linalg::GenericOp op, Value source) {
  OpBuilder b(op);
  OpOperand *output = op.getDpsInitOperand(0);
  SmallVector<Value> inputs(op.getDpsInputs());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.insert(maps.begin() + inputs.size(), op.getMatchingIndexingMap(output));
  BlockArgument old = op.getMatchingBlockArgument(output);
  BlockArgument element =
      op.getBody()->insertArgument(inputs.size(), old.getType(), op.getLoc());
  old.replaceAllUsesWith(element);
  inputs.push_back(source);
  auto result = linalg::GenericOp::create(b, op.getLoc(), TypeRange(), inputs,
                                          ValueRange{output->get()}, maps,
                                          op.getIteratorTypesArray());
  result.getRegion().takeBody(op.getRegion());
  op.erase();
  return result;
}

/// Whether the final result should not be where it is made from.
static bool isWorthStaging(const RowGroup &group, Value memref,
                           int64_t stackBytes) {
  auto type = dyn_cast<MemRefType>(memref.getType());
  if (!type || type.getRank() < 2 || group.isTemporary(memref))
    return false;
  int64_t elements = ShapedType::getNumElements(type.getShape().drop_front());
  return elements * type.getElementTypeBitWidth() <= 8 * stackBytes;
}

void keel::stageUpdates(RowGroup &group, int64_t stackBytes) {
  llvm::SetVector<Value> outputs;
  for (linalg::LinalgOp op : group.ops)
    outputs.insert_range(op.getDpsInits());
  for (Value memref : outputs) {
    std::optional<unsigned> update = group.findLastUpdate(memref);
    if (!update || !isWorthStaging(group, memref, stackBytes))
      continue;
    OpBuilder b(group.ops.front());
    SmallVector<Value> sizes;
    auto type = cast<MemRefType>(memref.getType());
    if (type.isDynamicDim(0))
      sizes.push_back(cast<Value>(group.rows));
    Value staged = memref::AllocOp::create(
        b, memref.getLoc(),
        MemRefType::get(type.getShape(), type.getElementType()), sizes);
    for (unsigned i = 0; i < *update; ++i)
      group.ops[i]->replaceUsesOfWith(memref, staged);
    group.ops[*update] = readFrom(
        cast<linalg::GenericOp>(group.ops[*update].getOperation()), staged);
  }
}
