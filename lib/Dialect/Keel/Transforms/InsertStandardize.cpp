//===- InsertStandardize.cpp - Standardize a model's float inputs ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

namespace keel {
#define GEN_PASS_DEF_KEELINSERTSTANDARDIZE
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct InsertStandardize
    : keel::impl::KeelInsertStandardizeBase<InsertStandardize> {
  void runOnOperation() override {
    ModelOp model = getOperation();
    llvm::StringSet<> names;
    model.walk([&](StateOp state) { names.insert(state.getName()); });
    bool several = model.getNumArguments() > 1;
    for (BlockArgument input : model.getArguments()) {
      std::string prefix = "input.";
      if (several)
        prefix += model.getInputName(input.getArgNumber()) + ".";
      auto type = cast<RankedTensorType>(input.getType());
      if (isa<FloatType>(type.getElementType()) && type.getRank() > 1 &&
          !names.contains(prefix + "mean"))
        standardize(input, prefix);
    }
  }

  void standardize(BlockArgument input, const std::string &prefix) {
    OpBuilder builder = OpBuilder::atBlockBegin(input.getOwner());
    Location loc = input.getLoc();
    auto type = cast<RankedTensorType>(getPerFeatureType(input.getType()));
    auto mean = StateOp::create(builder, loc, type, prefix + "mean",
                                ZerosAttr::get(&getContext()));
    auto variance = StateOp::create(builder, loc, type, prefix + "variance",
                                    OnesAttr::get(&getContext()));
    auto name =
        NameLoc::get(builder.getStringAttr(prefix + "standardized"), loc);
    auto op = StandardizeOp::create(builder, name, input.getType(), input, mean,
                                    variance, builder.getF64FloatAttr(1e-5));
    input.replaceAllUsesExcept(op.getResult(), op);
  }
};

} // namespace
