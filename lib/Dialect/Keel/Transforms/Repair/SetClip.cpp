//===- SetClip.cpp - Bound gradients that nothing bounds ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairUtils.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"

namespace keel {
#define GEN_PASS_DEF_KEELSETCLIP
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct SetClip : keel::impl::KeelSetClipBase<SetClip> {
  using KeelSetClipBase::KeelSetClipBase;

  void runOnOperation() override {
    ModelOp model = getOperation();
    if (!model.getClipAttr())
      model.setClipAttr(
          ClipByGlobalNormAttr::get(&getContext(), Real{norm}, Real{0.0}));
  }
};

} // namespace
