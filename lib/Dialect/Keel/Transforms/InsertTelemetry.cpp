//===- InsertTelemetry.cpp - Functions that measure a training step -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFunction.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Runtime/Telemetry.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_KEELINSERTTELEMETRY
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

static Value buildNumber(OpBuilder &builder, Location loc, double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF64FloatAttr(value));
}

/// A tensor of ones, of the shape of `like`.
static Value buildOnes(OpBuilder &builder, Location loc, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  SmallVector<Value> sizes;
  if (type.getNumDynamicDims() > 0)
    sizes.push_back(tensor::DimOp::create(builder, loc, like, 0));
  Value empty = tensor::EmptyOp::create(builder, loc, type, sizes);
  Value one = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(type.getElementType(), 1.0));
  return linalg::FillOp::create(builder, loc, one, empty).getResult(0);
}

/// The derivative of the op behind the probe, element by element: its adjoint
/// of ones. Null where it has none of the value's shape.
static Value buildDerivative(OpBuilder &builder, ProbeOp probe) {
  Value value = probe.getInput();
  auto op = value.getDefiningOp<DifferentiableOpInterface>();
  if (!op || op->getNumOperands() == 0)
    return {};
  SmallVector<Value> ones(op->getNumResults()), operands(op->getNumOperands());
  ones[cast<OpResult>(value).getResultNumber()] =
      buildOnes(builder, probe.getLoc(), value);
  ScopedDiagnosticHandler quiet(builder.getContext(),
                                [](Diagnostic &) { return success(); });
  if (failed(op.buildAdjoint(builder, ones, operands)) || !operands.front() ||
      operands.front().getType() != value.getType())
    return {};
  return operands.front();
}

namespace {

/// Builds the two functions from those of the step.
class TelemetryBuilder {
public:
  TelemetryBuilder(func::FuncOp gradStep, func::FuncOp applyStep)
      : gradStep(gradStep), applyStep(applyStep),
        builder(gradStep.getContext()) {}

  void run();

private:
  func::FuncOp clone(func::FuncOp func, StringRef name);
  void measure(ProbeOp probe);
  void buildGradStep();
  void buildApplyStep();
  void measureUpdate(func::FuncOp func, int64_t layer, StringRef weight);
  Value buildVector(ArrayRef<Value> numbers);

  func::FuncOp gradStep, applyStep;
  OpBuilder builder;
  int64_t numLayers = 0;
  /// For each layer its weight's name, empty where it has none.
  SmallVector<StringRef> weights;
  SmallVector<Value> sums;
  /// What the clone of @apply_step takes and returns.
  NamedValues given, made;
};

} // namespace

func::FuncOp TelemetryBuilder::clone(func::FuncOp func, StringRef name) {
  builder.setInsertionPointAfter(func);
  auto copy = cast<func::FuncOp>(builder.clone(*func));
  copy.setName(name);
  return copy;
}

/// The sums that there are, and -1 for the others.
Value TelemetryBuilder::buildVector(ArrayRef<Value> numbers) {
  Location loc = gradStep.getLoc();
  Value none = buildNumber(builder, loc, -1.0);
  SmallVector<Value> elements;
  for (Value number : numbers)
    elements.push_back(number ? number : none);
  auto type =
      RankedTensorType::get({int64_t(elements.size())}, builder.getF64Type());
  return tensor::FromElementsOp::create(builder, loc, type, elements);
}

/// Even indices are values, odd ones gradients.
void TelemetryBuilder::measure(ProbeOp probe) {
  builder.setInsertionPointAfter(probe);
  Location loc = probe.getLoc();
  int64_t index = probe.getIndex();
  Value *layer = &sums[KEEL_LAYER_VALUES * (index / 2)];
  auto f64 = builder.getF64Type();
  layer[index % 2 ? KEEL_SUM_GRADIENT : KEEL_SUM_VALUE] =
      SumOfSquaresOp::create(builder, loc, f64, probe.getInput());
  std::optional<APFloat> limit = probe.getSaturation();
  if (!limit && !probe.getFlat())
    return;
  Value derivative = buildDerivative(builder, probe);
  if (!derivative)
    return;
  if (limit)
    layer[KEEL_COUNT_SATURATED] = CountSaturatedOp::create(
        builder, loc, f64, derivative, probe.getSaturationAttr());
  if (probe.getFlat())
    layer[KEEL_COUNT_DEAD] = CountDeadOp::create(builder, loc, f64, derivative);
}

void TelemetryBuilder::buildGradStep() {
  func::FuncOp func = clone(gradStep, step::kTelemetryGradStep);
  sums.assign(KEEL_LAYER_VALUES * numLayers, Value());
  SmallVector<ProbeOp> probes(func.getOps<ProbeOp>());
  for (ProbeOp probe : probes)
    measure(probe);
  SmallVector<StepValue> results = getStepResults(func);
  SmallVector<Value> values = getReturnedValues(func);
  builder.setInsertionPoint(func.getBody().front().getTerminator());
  values.push_back(buildVector(sums));
  results.push_back({values.back().getType(),
                     role::kTelemetry,
                     telemetry::kValues.str(),
                     {}});
  setStepResults(func, values, results);
}

void TelemetryBuilder::measureUpdate(func::FuncOp func, int64_t layer,
                                     StringRef weight) {
  Value gradient = given.lookup({role::kGrad, weight}),
        before = given.lookup({role::kParam, weight}),
        after = made.lookup({role::kParam, weight});
  if (!gradient || !before || !after)
    return;
  // Whether the gradients are finite is known when they have been measured.
  if (auto select = after.getDefiningOp<arith::SelectOp>();
      select && select.getFalseValue() == before)
    after = select.getTrueValue();
  Location loc = func.getLoc();
  auto f64 = builder.getF64Type();
  Value change = arith::SubFOp::create(builder, loc, after, before);
  Value *numbers = &sums[KEEL_LAYER_UPDATES * layer];
  numbers[KEEL_SUM_WEIGHT_GRADIENT] =
      SumOfSquaresOp::create(builder, loc, f64, gradient);
  numbers[KEEL_SUM_CHANGE] = SumOfSquaresOp::create(builder, loc, f64, change);
  numbers[KEEL_SUM_WEIGHT] = SumOfSquaresOp::create(builder, loc, f64, before);
}

void TelemetryBuilder::buildApplyStep() {
  func::FuncOp func = clone(applyStep, step::kTelemetryApplyStep);
  sums.assign(KEEL_LAYER_UPDATES * numLayers, Value());
  given = getNamedArguments(func);
  made = getNamedResults(func);
  builder.setInsertionPoint(func.getBody().front().getTerminator());
  for (auto [layer, weight] : llvm::enumerate(weights))
    if (!weight.empty())
      measureUpdate(func, layer, weight);
  Value updates = buildVector(sums);
  setStepResults(
      func, {updates},
      {{updates.getType(), role::kTelemetry, telemetry::kUpdates.str(), {}}});
  Block &block = func.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void TelemetryBuilder::run() {
  for (ProbeOp probe : gradStep.getOps<ProbeOp>()) {
    size_t layer = probe.getIndex() / 2;
    if (layer >= weights.size())
      weights.resize(layer + 1);
    if (probe.getIndex() % 2 == 0)
      weights[layer] = probe.getWeight().value_or("");
  }
  numLayers = int64_t(weights.size());
  if (numLayers == 0)
    return;
  buildGradStep();
  buildApplyStep();
}

namespace {

struct InsertTelemetry : keel::impl::KeelInsertTelemetryBase<InsertTelemetry> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto [gradStep, applyStep] = getStepFunctions(module);
    if (!gradStep)
      return signalPassFailure();
    TelemetryBuilder(gradStep, applyStep).run();
    module.walk([](ProbeOp probe) {
      probe.getResult().replaceAllUsesWith(probe.getInput());
      probe.erase();
    });
  }
};

} // namespace
