//===- VectorReductions.cpp - Reductions over consecutive elements --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace keel;

/// Folds vectors into one, that into its halves, the last element into
/// `scalar` and that into `start`: an order that the shape alone fixes.
Value VectorLoops::combine(const Combiner &combiner, ArrayRef<Value> vectors,
                           Value scalar, Value start) {
  auto add = [&](Value x, Value y) {
    return vector::makeArithReduction(b, loc, combiner.kind, x, y);
  };
  SmallVector<Value> values(vectors);
  while (values.size() > 1) {
    unsigned half = values.size() / 2;
    for (unsigned i = 0; i < half; ++i)
      values[i] = add(values[2 * i], values[2 * i + 1]);
    if (values.size() % 2)
      values[half++] = values.back();
    values.resize(half);
  }
  Value value = values.front();
  for (int64_t width = lanes; width > 1; width /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(
        b, loc, value, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{width / 2},
        ArrayRef<int64_t>{1});
    Value high = vector::ExtractStridedSliceOp::create(
        b, loc, value, ArrayRef<int64_t>{width / 2},
        ArrayRef<int64_t>{width / 2}, ArrayRef<int64_t>{1});
    value = add(low, high);
  }
  value = add(value, scalar);
  return add(start, vector::ExtractOp::create(b, loc, value, 0));
}

/// One pass over the vector dimension. `sums` are, for each accumulator, a
/// vector for each output, and after them a vector of one lane for each.
SmallVector<Value> VectorLoops::emitReducedColumns(ArrayRef<Value> sums) {
  unsigned outputs = combiners.size();
  Value &column = dims[body.getVectorDim()];
  SmallVector<Value> state(sums);
  auto add = [&](unsigned accumulator, VectorPiece piece) {
    ArrayRef<Value> old = ArrayRef(state).slice(accumulator * outputs, outputs);
    SmallVector<Value> results = body.emit(b, dims, piece, old);
    for (unsigned i = 0; i < outputs; ++i)
      state[accumulator * outputs + i] =
          piece.isMasked()
              ? arith::SelectOp::create(b, loc, getMask(b, loc, piece),
                                        results[i], old[i])
              : results[i];
  };
  auto emitLoop = [&](Value from, Value to, int64_t step,
                      llvm::function_ref<void()> emitStep) {
    auto loop = scf::ForOp::create(b, loc, from, to, constant(step), state);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    column = loop.getInductionVar();
    state.assign(loop.getRegionIterArgs().begin(),
                 loop.getRegionIterArgs().end());
    emitStep();
    scf::YieldOp::create(b, loc, state);
    state.assign(loop.getResults().begin(), loop.getResults().end());
  };
  auto addBlock = [&] {
    for (int64_t i = 0; i < unroll; ++i)
      add(i, {i * lanes, lanes, lanes});
  };
  auto addOne = [&] { add(unroll, {0, 1, 1}); };

  int64_t step = unroll * lanes;
  if (ShapedType::isDynamic(columns)) {
    Value end = sizes[body.getVectorDim()], width = constant(step);
    Value blocks = arith::DivUIOp::create(b, loc, end, width);
    Value whole = arith::MulIOp::create(b, loc, blocks, width);
    emitLoop(constant(0), whole, step, addBlock);
    emitLoop(whole, end, 1, addOne);
    return state;
  }
  int64_t whole = columns / step * step;
  if (whole)
    emitLoop(constant(0), constant(whole), step, addBlock);
  column = constant(whole);
  int64_t at = whole;
  for (unsigned i = 0; at + lanes <= columns; ++i, at += lanes)
    add(i, {at - whole, lanes, lanes});
  if (at == columns)
    return state;
  if (shape.masks)
    add(unroll - 1, {at - whole, lanes, columns - at});
  else
    emitLoop(constant(at), constant(columns), 1, addOne);
  return state;
}

/// All of the vector dimension and the other reduced ones, for one element of
/// each output.
void VectorLoops::emitReducedRow() {
  if (!ShapedType::isDynamic(columns))
    unroll = std::clamp<int64_t>(columns / lanes, 1, unroll);
  unsigned outputs = combiners.size();
  SmallVector<Value> sums;
  for (int64_t i = 0; i <= unroll; ++i)
    for (const Combiner &combiner : combiners) {
      auto type =
          VectorType::get({i < unroll ? lanes : 1}, combiner.neutral.getType());
      sums.push_back(arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(type, Attribute(combiner.neutral))));
    }
  SmallVector<Value> results =
      emitReductionLoops(reducedDims, sums, [&](ArrayRef<Value> carried) {
        return emitReducedColumns(carried);
      });
  for (unsigned i = 0; i < outputs; ++i) {
    SmallVector<Value> vectors;
    for (int64_t u = 0; u < unroll; ++u)
      vectors.push_back(results[u * outputs + i]);
    OpOperand *output = op.getDpsInitOperand(i);
    Value start = body.loadScalar(b, dims, output);
    body.storeScalar(
        b, dims, output,
        combine(combiners[i], vectors, results[unroll * outputs + i], start));
  }
}
