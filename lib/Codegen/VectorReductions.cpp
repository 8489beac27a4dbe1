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
#include <functional>

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

/// The body on one piece. Returns the next sums; what is written to elements is
/// left to `stores`, which come behind the loads of all pieces at hand.
SmallVector<Value>
VectorLoops::emitReducedPiece(VectorPiece piece, ArrayRef<Value> sums,
                              SmallVectorImpl<std::function<void()>> &stores) {
  SmallVector<Value> old(op.getNumDpsInits());
  for (auto [combiner, sum] : llvm::zip(combiners, sums))
    old[combiner.output] = sum;
  for (unsigned i = 0; i < old.size(); ++i)
    if (!old[i])
      old[i] = body.loadOutput(b, dims, piece, op.getDpsInitOperand(i));
  SmallVector<Value> results = body.emit(b, dims, piece, old), next;
  SmallVector<bool> isSum(results.size());
  for (const Combiner &combiner : combiners) {
    isSum[combiner.output] = true;
    Value result = results[combiner.output];
    next.push_back(piece.isMasked()
                       ? arith::SelectOp::create(b, loc, getMask(b, loc, piece),
                                                 result, old[combiner.output])
                       : result);
  }
  for (unsigned i = 0; i < results.size(); ++i)
    if (!isSum[i])
      stores.push_back([=, this, value = results[i], at = dims] {
        body.storeOutput(b, at, piece, op.getDpsInitOperand(i), value);
      });
  return next;
}

/// One pass over the vector dimension. `sums` are, for each accumulator, a
/// vector for each sum, and after them a vector of one lane for each.
SmallVector<Value> VectorLoops::emitReducedColumns(ArrayRef<Value> sums) {
  unsigned outputs = combiners.size();
  Value &column = dims[body.getVectorDim()];
  SmallVector<Value> state(sums);
  SmallVector<std::function<void()>> stores;
  auto add = [&](unsigned accumulator, VectorPiece piece) {
    llvm::copy(emitReducedPiece(
                   piece, ArrayRef(state).slice(accumulator * outputs, outputs),
                   stores),
               state.begin() + accumulator * outputs);
  };
  auto flush = [&] {
    for (const std::function<void()> &store : stores)
      store();
    stores.clear();
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
    flush();
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
  if (at < columns && shape.masks)
    add(unroll - 1, {at - whole, lanes, columns - at});
  flush();
  if (at < columns && !shape.masks)
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
    OpOperand *output = op.getDpsInitOperand(combiners[i].output);
    Value start = body.loadScalar(b, dims, output);
    body.storeScalar(
        b, dims, output,
        combine(combiners[i], vectors, results[unroll * outputs + i], start));
  }
}
