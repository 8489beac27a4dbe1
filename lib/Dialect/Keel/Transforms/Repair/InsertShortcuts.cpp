//===- InsertShortcuts.cpp - A shortcut around each hidden layer ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairUtils.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"

namespace keel {
#define GEN_PASS_DEF_KEELINSERTSHORTCUTS
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct InsertShortcuts : keel::impl::KeelInsertShortcutsBase<InsertShortcuts> {
  void runOnOperation() override {
    for (HiddenLayer layer : getLayers(getOperation()))
      if (isOpen(layer))
        close(layer);
  }

  /// Whether the layer keeps its input's type and has no shortcut.
  static bool isOpen(HiddenLayer layer) {
    Value input = layer.dense.getInput(), result = layer.getResult();
    if (!layer.activation || isa<BlockArgument>(input) ||
        input.getType() != result.getType() || !isBeforeALayer(result))
      return false;
    return llvm::none_of(result.getUsers(), [&](Operation *user) {
      return isa<AddOp>(user) && llvm::is_contained(user->getOperands(), input);
    });
  }

  static void close(HiddenLayer layer) {
    Value result = layer.getResult();
    OpBuilder builder(layer.activation->getContext());
    builder.setInsertionPointAfter(layer.activation);
    auto sum = AddOp::create(builder, getNamedLoc(layer.activation, "_sum"),
                             result.getType(), layer.dense.getInput(), result);
    result.replaceAllUsesExcept(sum.getResult(), sum);
  }
};

} // namespace
