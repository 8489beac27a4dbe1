//===- SeparateDestinations.cpp - A destination of its own for each op ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "keel/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_SEPARATEDESTINATIONS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct SeparateDestinations
    : keel::impl::SeparateDestinationsBase<SeparateDestinations> {
  using SeparateDestinationsBase::SeparateDestinationsBase;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureTensorSemantics())
        ops.push_back(op);
    });
    // Backwards, so that the copy of a fill gets an empty tensor of its own.
    for (linalg::LinalgOp op : llvm::reverse(ops))
      for (OpOperand &init : op.getDpsInitsMutable())
        separate(init);
  }

  static void separate(OpOperand &init);
};

} // namespace

/// Whether `op` makes a destination from nothing.
static bool isFresh(Operation *op) {
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return fill.getOutputs().front().getDefiningOp<tensor::EmptyOp>();
  return isa<tensor::EmptyOp>(op);
}

/// Repeats what makes the destination right before its user. What others do
/// not use is moved there if the user is a contraction, which then starts from
/// it.
void SeparateDestinations::separate(OpOperand &init) {
  Operation *user = init.getOwner(), *source = init.get().getDefiningOp();
  if (!source)
    return;
  if (isFresh(source) && !source->hasOneUse()) {
    Operation *copy = OpBuilder(user).clone(*source);
    init.set(copy->getResult(0));
    if (auto fill = dyn_cast<linalg::FillOp>(copy))
      separate(fill.getDpsInitsMutable()[0]);
    return;
  }
  if (isa<linalg::LinalgOp>(source) && source->hasOneUse() &&
      source->getBlock() == user->getBlock() &&
      isContraction(cast<linalg::LinalgOp>(user)))
    source->moveBefore(user);
}
