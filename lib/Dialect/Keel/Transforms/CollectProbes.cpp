//===- CollectProbes.cpp - Return what probes measure as a state ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFunction.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

namespace keel {
#define GEN_PASS_DEF_KEELCOLLECTPROBES
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct CollectProbes : keel::impl::KeelCollectProbesBase<CollectProbes> {
  void runOnOperation() override {
    auto gradStep = getOperation().lookupSymbol<func::FuncOp>(step::kGradStep);
    if (gradStep)
      collect(gradStep);
    getOperation().walk([](ProbeOp probe) {
      probe.getResult().replaceAllUsesWith(probe.getInput());
      probe.erase();
    });
  }

  void collect(func::FuncOp func) {
    SmallVector<StepValue> results = getStepResults(func);
    SmallVector<Value> values = getReturnedValues(func);
    for (auto [result, value] : llvm::zip_equal(results, values))
      if (result.role == role::kNewState && result.name == "probes")
        value = buildSums(func, cast<RankedTensorType>(result.type));
    setStepResults(func, values, results);
  }

  Value buildSums(func::FuncOp func, RankedTensorType type) {
    OpBuilder builder(func.getBody().front().getTerminator());
    Location loc = func.getLoc();
    double none = std::numeric_limits<double>::quiet_NaN();
    Value missing =
        arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(none));
    SmallVector<Value> sums(type.getNumElements(), missing);
    func.walk([&](ProbeOp probe) {
      if (int64_t(probe.getIndex()) < type.getNumElements())
        sums[probe.getIndex()] =
            SumOfSquaresOp::create(builder, loc, probe.getInput());
    });
    return tensor::FromElementsOp::create(builder, loc, type, sums);
  }
};

} // namespace
