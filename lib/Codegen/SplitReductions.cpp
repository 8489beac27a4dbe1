//===- SplitReductions.cpp - Sums over everything in two steps ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/Passes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace keel {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct SplitReductions : keel::impl::SplitReductionsBase<SplitReductions> {
  using SplitReductionsBase::SplitReductionsBase;

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> found;
    getOperation()->walk([&](linalg::GenericOp op) { found.push_back(op); });
    for (linalg::GenericOp op : found)
      split(op);
  }

  static void split(linalg::GenericOp op);
};

} // namespace

/// out = reduce over all of f(in) becomes partial[i] = reduce over the rest of
/// f(in), out = reduce over i of partial[i].
void SplitReductions::split(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops();
  if (!op.hasPureTensorSemantics() || loops < 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != loops)
    return;
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) ||
      combiners.size() != 1)
    return;
  std::optional<TypedAttr> neutral =
      arith::getNeutralElement(combiners.front());
  if (!neutral)
    return;
  OpBuilder b(op);
  Location loc = op.getLoc();
  SmallVector<Range> ranges =
      cast<linalg::LinalgOp>(*op).createLoopRanges(b, loc);
  Value empty = tensor::EmptyOp::create(b, loc, {ranges.front().size},
                                        neutral->getType());
  Value start = arith::ConstantOp::create(b, loc, *neutral);
  Value init = linalg::FillOp::create(b, loc, start, empty).getResult(0);

  // The same body, with the first dimension kept.
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.back() = AffineMap::get(loops, 0, b.getAffineDimExpr(0));
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  iterators.front() = utils::IteratorType::parallel;
  auto partial = linalg::GenericOp::create(b, loc, TypeRange{init.getType()},
                                           op.getDpsInputs(), ValueRange{init},
                                           maps, iterators);
  IRMapping mapping;
  op.getRegion().cloneInto(&partial.getRegion(), mapping);

  AffineMap all = AffineMap::get(1, 0, {}, b.getContext());
  auto total = linalg::GenericOp::create(
      b, loc, op.getResultTypes(), ValueRange{partial.getResult(0)},
      op.getDpsInits(), ArrayRef<AffineMap>{b.getDimIdentityMap(), all},
      ArrayRef{utils::IteratorType::reduction},
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Operation *combiner = b.create(
            loc, combiners.front()->getName().getIdentifier(),
            ValueRange{args[1], args[0]}, combiners.front()->getResultTypes(),
            combiners.front()->getAttrs());
        linalg::YieldOp::create(b, loc, combiner->getResult(0));
      });
  op->replaceAllUsesWith(total);
  op.erase();
}
