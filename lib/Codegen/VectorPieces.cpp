//===- VectorPieces.cpp - A row as vectors, with its tail -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorPieces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace keel;

SmallVector<VectorPiece> keel::cutIntoVectors(int64_t width, int64_t lanes,
                                              bool masks) {
  SmallVector<VectorPiece> pieces;
  int64_t at = 0;
  for (; at + lanes <= width; at += lanes)
    pieces.push_back({at, lanes, lanes});
  while (at < width) {
    int64_t left = width - at;
    int64_t floor = llvm::bit_floor(uint64_t(left));
    if (floor == left || !masks)
      pieces.push_back({at, floor, floor});
    else
      pieces.push_back({at, std::min<int64_t>(lanes, 2 * floor), left});
    at += pieces.back().active;
  }
  return pieces;
}

Value keel::addConstant(OpBuilder &b, Location loc, Value value,
                        int64_t constant) {
  if (constant == 0)
    return value;
  return arith::AddIOp::create(b, loc, value,
                               arith::ConstantIndexOp::create(b, loc, constant),
                               arith::IntegerOverflowFlags::nsw);
}

Value keel::getMask(OpBuilder &b, Location loc, VectorPiece piece) {
  SmallVector<bool> bits(piece.lanes, false);
  std::fill_n(bits.begin(), piece.active, true);
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(VectorType::get({piece.lanes}, b.getI1Type()),
                             ArrayRef<bool>(bits)));
}

Value keel::loadPiece(OpBuilder &b, Location loc, Value memref,
                      ValueRange indices, VectorPiece piece) {
  SmallVector<Value> at(indices);
  at.back() = addConstant(b, loc, at.back(), piece.offset);
  VectorType type =
      piece.getType(cast<MemRefType>(memref.getType()).getElementType());
  if (!piece.isMasked())
    return vector::LoadOp::create(b, loc, type, memref, at);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, loc, type, memref, at,
                                      getMask(b, loc, piece), zero);
}

void keel::storePiece(OpBuilder &b, Location loc, Value vector, Value memref,
                      ValueRange indices, VectorPiece piece) {
  SmallVector<Value> at(indices);
  at.back() = addConstant(b, loc, at.back(), piece.offset);
  if (!piece.isMasked())
    vector::StoreOp::create(b, loc, vector, memref, at);
  else
    vector::MaskedStoreOp::create(b, loc, memref, at, getMask(b, loc, piece),
                                  vector);
}
