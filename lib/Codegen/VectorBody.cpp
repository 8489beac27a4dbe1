//===- VectorBody.cpp - A linalg body on vectors --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace keel;

static constexpr llvm::StringLiteral kPrefetchedAttr = "keel.prefetched";
static constexpr int64_t kCacheLineBytes = 64;

void keel::setPrefetched(linalg::GenericOp op, ArrayRef<bool> isWrite) {
  op->setAttr(kPrefetchedAttr,
              DenseBoolArrayAttr::get(op.getContext(), isWrite));
  unsigned inputs = op.getNumDpsInputs();
  for (unsigned i = inputs - isWrite.size(); i < inputs; ++i)
    op.getBody()->insertArgument(
        i, getElementTypeOrSelf(op.getDpsInputs()[i].getType()), op.getLoc());
}

/// Whether an operation of a body can be repeated on vectors. Products of
/// 64-bit integers with 128-bit results cannot, profitably.
static bool isVectorizable(Operation &op) {
  if (isa<linalg::IndexOp, arith::ConstantOp>(op))
    return true;
  if (isa<arith::MulUIExtendedOp, arith::MulSIExtendedOp>(op) &&
      !op.getOperand(0).getType().isInteger(32))
    return false;
  return OpTrait::hasElementwiseMappableTraits(&op) &&
         op.getNumRegions() == 0 &&
         llvm::all_of(op.getResultTypes(), [](Type type) {
           return VectorType::isValidElementType(type);
         });
}

FailureOr<VectorBody> VectorBody::get(linalg::LinalgOp op, unsigned vectorDim) {
  VectorBody body(op, vectorDim);
  if (!op.hasPureBufferSemantics())
    return failure();
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return failure();
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    // A bool takes a byte in memory, one of a vector a bit.
    if (type && type.getElementType().isInteger(1))
      return failure();
    if (!type || !map.isFunctionOfDim(vectorDim))
      continue;
    AffineExpr last = map.getResult(map.getNumResults() - 1);
    if (last != getAffineDimExpr(vectorDim, op.getContext()) ||
        !type.areTrailingDimsContiguous(1))
      return failure();
  }
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (!isVectorizable(inner))
      return failure();
    ++body.numOperations;
  }
  return body;
}

bool VectorBody::isVectorDimParallel() const {
  auto linalgOp = op;
  return linalgOp.getIteratorTypesArray()[vectorDim] ==
         utils::IteratorType::parallel;
}

SmallVector<Value> VectorBody::getIndices(OpBuilder &b, AffineMap map,
                                          ArrayRef<Value> dims) const {
  SmallVector<Value> indices;
  for (AffineExpr result : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(result))
      indices.push_back(dims[dim.getPosition()]);
    else
      indices.push_back(arith::ConstantIndexOp::create(b, op->getLoc(), 0));
  }
  return indices;
}

Value VectorBody::load(OpBuilder &b, OpOperand *operand, ArrayRef<Value> dims,
                       VectorPiece piece, const Known &known) const {
  if (!isa<MemRefType>(operand->get().getType()))
    return operand->get();
  if (Value value = known.lookup(operand->get()))
    return value;
  AffineMap map = getMap(operand);
  if (map.isFunctionOfDim(vectorDim))
    return loadPiece(b, op->getLoc(), operand->get(), getIndices(b, map, dims),
                     piece);
  return memref::LoadOp::create(b, op->getLoc(), operand->get(),
                                getIndices(b, map, dims));
}

static Value toVector(OpBuilder &b, Location loc, Value value, int64_t lanes) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({lanes}, value.getType()), value);
}

Value VectorBody::loadOutput(OpBuilder &b, ArrayRef<Value> dims,
                             VectorPiece piece, OpOperand *output,
                             const Known &known) const {
  auto linalgOp = op;
  if (!linalgOp.payloadUsesValueFromOperand(output))
    return Value();
  return toVector(b, op->getLoc(), load(b, output, dims, piece, known),
                  piece.lanes);
}

SmallVector<Value> VectorBody::loadOutputs(OpBuilder &b, ArrayRef<Value> dims,
                                           VectorPiece piece,
                                           const Known &known) const {
  auto linalgOp = op;
  SmallVector<Value> values;
  for (OpOperand &output : linalgOp.getDpsInitsMutable())
    values.push_back(loadOutput(b, dims, piece, &output, known));
  return values;
}

void VectorBody::storeOutput(OpBuilder &b, ArrayRef<Value> dims,
                             VectorPiece piece, OpOperand *output,
                             Value value) const {
  storePiece(b, op->getLoc(), value, output->get(),
             getIndices(b, getMap(output), dims), piece);
}

void VectorBody::storeOutputs(OpBuilder &b, ArrayRef<Value> dims,
                              VectorPiece piece, ArrayRef<Value> values) const {
  auto linalgOp = op;
  for (auto [output, value] : llvm::zip(linalgOp.getDpsInitsMutable(), values))
    storeOutput(b, dims, piece, &output, value);
}

Value VectorBody::loadScalar(OpBuilder &b, ArrayRef<Value> dims,
                             OpOperand *output) const {
  return memref::LoadOp::create(b, op->getLoc(), output->get(),
                                getIndices(b, getMap(output), dims));
}

void VectorBody::storeScalar(OpBuilder &b, ArrayRef<Value> dims,
                             OpOperand *output, Value value) const {
  memref::StoreOp::create(b, op->getLoc(), value, output->get(),
                          getIndices(b, getMap(output), dims));
}

/// The value of dimension `dim` in the body: a vector for the vector dimension.
static Value emitIndex(OpBuilder &b, Location loc, ArrayRef<Value> dims,
                       unsigned dim, unsigned vectorDim, VectorPiece piece) {
  if (dim != vectorDim)
    return dims[dim];
  SmallVector<int64_t> steps;
  for (int64_t i = 0; i < piece.lanes; ++i)
    steps.push_back(piece.offset + i);
  auto type = VectorType::get({piece.lanes}, b.getIndexType());
  Value base = vector::BroadcastOp::create(b, loc, type, dims[dim]);
  Value offsets = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, ArrayRef(steps)));
  return arith::AddIOp::create(b, loc, base, offsets);
}

void VectorBody::emitPrefetches(OpBuilder &b, ArrayRef<Value> dims,
                                VectorPiece piece) const {
  auto isWrite = op->getAttrOfType<DenseBoolArrayAttr>(kPrefetchedAttr);
  if (!isWrite)
    return;
  auto linalgOp = op;
  SmallVector<OpOperand *> inputs = linalgOp.getDpsInputOperands();
  auto operands = ArrayRef(inputs).take_back(isWrite.size());
  for (auto [operand, write] : llvm::zip(operands, isWrite.asArrayRef())) {
    auto type = cast<MemRefType>(operand->get().getType());
    if (piece.offset * type.getElementTypeBitWidth() / 8 % kCacheLineBytes)
      continue;
    SmallVector<Value> at = getIndices(b, getMap(operand), dims);
    at.back() = addConstant(b, op->getLoc(), at.back(), piece.offset);
    memref::PrefetchOp::create(b, op->getLoc(), operand->get(), at, write,
                               /*localityHint=*/3, /*isDataCache=*/true);
  }
}

/// The larger of an accumulator, which is no NaN, and another value unless that
/// is one: a comparison does, for which processors have one instruction.
static Value emitMaxNum(OpBuilder &b, Location loc, Value accumulator,
                        Value value) {
  Value isLarger = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                         value, accumulator);
  return arith::SelectOp::create(b, loc, isLarger, value, accumulator);
}

SmallVector<Value> VectorBody::emit(OpBuilder &b, ArrayRef<Value> dims,
                                    VectorPiece piece, ArrayRef<Value> outputs,
                                    const Known &known) const {
  auto linalgOp = op;
  Location loc = op->getLoc();
  IRMapping mapping;
  Block *block = linalgOp.getBlock();
  emitPrefetches(b, dims, piece);
  for (OpOperand *input : linalgOp.getDpsInputOperands())
    if (linalgOp.payloadUsesValueFromOperand(input))
      mapping.map(linalgOp.getMatchingBlockArgument(input),
                  load(b, input, dims, piece, known));
  for (auto [arg, value] : llvm::zip(linalgOp.getRegionOutputArgs(), outputs))
    if (value)
      mapping.map(arg, value);

  for (Operation &inner : block->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      mapping.map(index.getResult(),
                  emitIndex(b, loc, dims, index.getDim(), vectorDim, piece));
      continue;
    }
    // What depends on scalars alone stays scalar.
    SmallVector<Value> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(mapping.lookupOrDefault(operand));
    bool isVector = llvm::any_of(
        operands, [](Value v) { return isa<VectorType>(v.getType()); });
    if (!isVector) {
      b.clone(inner, mapping);
      continue;
    }
    SmallVector<Type> types;
    for (Type type : inner.getResultTypes())
      types.push_back(piece.getType(type));
    for (Value &operand : operands)
      operand = toVector(b, loc, operand, piece.lanes);
    if (isa<arith::MaxNumFOp>(inner) && !isVectorDimParallel() &&
        llvm::is_contained(linalgOp.getRegionOutputArgs(),
                           inner.getOperand(0))) {
      mapping.map(inner.getResult(0),
                  emitMaxNum(b, loc, operands[0], operands[1]));
      continue;
    }
    Operation *copy = b.create(loc, inner.getName().getIdentifier(), operands,
                               types, inner.getAttrs());
    mapping.map(inner.getResults(), copy->getResults());
  }
  SmallVector<Value> results;
  for (Value value : block->getTerminator()->getOperands())
    results.push_back(
        toVector(b, loc, mapping.lookupOrDefault(value), piece.lanes));
  return results;
}
