//===- Normalization.cpp - Norms over a batch, a layer, groups ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "Families.h"
#include "NormParts.h"
#include "keel/Runtime/Array.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// That operand 0 is real and the others, as many as are there, are of its
/// type.
static Error checkOperands(NodeImporter &n, unsigned required) {
  for (unsigned i = 0; i < required; ++i)
    if (!n.has(i))
      return n.fail("operand {0} is missing", i);
  if (!n.isReal(0))
    return n.fail("elements of {0} are not supported here, float and double "
                  "are",
                  getName(n.getType(0)));
  for (unsigned i = 1; i < n.getNumInputs(); ++i)
    if (n.has(i) && n.getType(i) != n.getType(0))
      return n.fail("operands must have one element type, got {0} and {1}",
                    getName(n.getType(0)), getName(n.getType(i)));
  return Error::success();
}

/// That no dimension of `axes` is the batch, whose rows are computed apart.
static Error checkFree(NodeImporter &n, ArrayRef<int64_t> axes) {
  for (int64_t axis : axes)
    if (ShapedType::isDynamic(n.getShape(0)[axis]))
      return n.fail("axis {0} is the batch, whose size is not known: fix it in "
                    "the file",
                    axis);
  return Error::success();
}

static Error checkVector(NodeImporter &n, unsigned index, int64_t size) {
  if (n.getShape(index) == ArrayRef<int64_t>{size})
    return Error::success();
  return n.fail("operand {0} must have the shape [{1}], got {2}", index, size,
                describe(n.getShape(index)));
}

//===----------------------------------------------------------------------===//
// BatchNormalization
//===----------------------------------------------------------------------===//

/// Keel's own batch norm, neutral as to mode: parameters and states. False
/// where it cannot be that.
static bool importTrainable(NodeImporter &n, double epsilon, double momentum) {
  if (n.getShape(0).size() != 2 || n.isUsed(1) || n.isUsed(2))
    return false;
  for (unsigned i = 1; i < 5; ++i)
    if (!n.isParam(i))
      return false;
  Value x = n.getValue(0), gamma = n.getParam(1), beta = n.getParam(2);
  Value mean = n.getState(3), variance = n.getState(4);
  n.set(0,
        BatchNormOp::create(
            n.b, x.getType(), x, gamma, beta, mean, variance,
            n.b.getF64FloatAttr(momentum), n.b.getF64FloatAttr(epsilon),
            n.b.getStringAttr("population"), n.b.getBoolAttr(false)),
        n.getType(0));
  return true;
}

/// The new running statistic: old momentum + batch (1 - momentum).
static Value buildRunning(LocBuilder &b, Value old, Value batch,
                          double momentum) {
  return buildMap(b, getShape(old), getElement(old), {old, batch},
                  [&](LocBuilder &inner, ValueRange v) -> Value {
                    Type type = v[0].getType();
                    Value kept = arith::MulFOp::create(
                        inner, v[0], buildScalar(inner, type, momentum));
                    Value added = arith::MulFOp::create(
                        inner, v[1], buildScalar(inner, type, 1.0 - momentum));
                    return arith::AddFOp::create(inner, kept, added);
                  });
}

static Error importBatchNormalization(NodeImporter &n) {
  double epsilon = n.getReal("epsilon", 1e-5);
  double momentum = n.getReal("momentum", 0.9);
  bool trains = n.getInt("training_mode", 0);
  n.ignore("consumed_inputs");
  n.ignore("is_test"); // operator set 6: inference has one output
  if (n.getInt("spatial", 1) != 1)
    return n.fail("statistics of each element (spatial = 0) are not supported");
  if (Error error = checkOperands(n, 5))
    return error;
  auto rank = int64_t(n.getShape(0).size());
  if (rank < 2)
    return n.fail("its operand must have a batch axis and one of channels, got "
                  "{0}",
                  describe(n.getShape(0)));
  int64_t channels = n.getShape(0)[1];
  for (unsigned i = 1; i < 5; ++i)
    if (Error error = checkVector(n, i, channels))
      return error;
  if (importTrainable(n, epsilon, momentum))
    return Error::success();
  LocBuilder &b = n.b;
  Value x = n.getValue(0), mean = n.getValue(3), variance = n.getValue(4);
  if (trains) {
    Sizes axes = {0};
    for (int64_t axis = 2; axis < rank; ++axis)
      axes.push_back(axis);
    if (Error error = checkFree(n, axes))
      return error;
    Value batchMean = buildMean(b, x, axes);
    Value centered = buildDifference(b, x, batchMean);
    Value batchVariance = buildMeanSquare(b, centered, axes);
    Value oldMean = mean, oldVariance = variance;
    mean = buildReshape(b, batchMean, {channels});
    variance = buildReshape(b, batchVariance, {channels});
    n.set(1, buildRunning(b, oldMean, mean, momentum), n.getType(0));
    n.set(2, buildRunning(b, oldVariance, variance, momentum), n.getType(0));
  } else if (n.isUsed(1) || n.isUsed(2)) {
    return n.fail("running statistics are computed with training_mode = 1 "
                  "alone");
  }
  auto along = [&](Value vector) { return buildAlong(b, vector, 1, rank); };
  Value centered = buildDifference(b, x, along(mean));
  Value scale = buildMultiple(b, buildReciprocalDeviation(b, variance, epsilon),
                              n.getValue(1));
  Value scaled = buildMultiple(b, centered, along(scale));
  n.set(0, buildShifted(b, scaled, along(n.getValue(2))), n.getType(0));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Over the trailing axes: LayerNormalization, RMSNormalization
//===----------------------------------------------------------------------===//

/// The axes from `axis` on.
static Expected<Sizes> getTrailing(NodeImporter &n) {
  auto rank = int64_t(n.getShape(0).size());
  Expected<int64_t> axis = normalizeAxis(n, n.getInt("axis", -1), rank);
  if (!axis)
    return axis.takeError();
  Sizes axes;
  for (int64_t i = *axis; i < rank; ++i)
    axes.push_back(i);
  if (Error error = checkFree(n, axes))
    return std::move(error);
  for (unsigned i = 1; i < n.getNumInputs(); ++i) {
    if (!n.has(i))
      continue;
    std::optional<Sizes> shape = broadcast({n.getShape(0), n.getShape(i)});
    if (!shape || ArrayRef(*shape) != n.getShape(0))
      return n.fail("shape {0} of operand {1} does not broadcast to {2}",
                    describe(n.getShape(i)), i, describe(n.getShape(0)));
  }
  return axes;
}

/// A vector of one value for each element of the last axis: a parameter where
/// it can be one.
static Value getPerFeature(NodeImporter &n, unsigned index) {
  return n.isParam(index) ? n.getParam(index) : n.getValue(index);
}

static bool isPerFeature(NodeImporter &n, unsigned index) {
  return n.getShape(index) == n.getShape(0).take_back(1);
}

static Error importLayerNormalization(NodeImporter &n) {
  double epsilon = n.getReal("epsilon", 1e-5);
  if (n.getInt("stash_type", 1) != 1)
    return n.fail("stash_type must be 1: statistics of the operand's type");
  if (Error error = checkOperands(n, 2))
    return error;
  Expected<Sizes> axes = getTrailing(n);
  if (!axes)
    return axes.takeError();
  LocBuilder &b = n.b;
  Value x = n.getValue(0);
  if (axes->size() == 1 && isPerFeature(n, 1) && !n.isUsed(1) && !n.isUsed(2) &&
      (!n.has(2) || isPerFeature(n, 2))) {
    Value gamma = getPerFeature(n, 1);
    Value beta =
        n.has(2)
            ? getPerFeature(n, 2)
            : arith::ConstantOp::create(b, b.getZeroAttr(getTensorType(gamma)));
    Value result = LayerNormOp::create(b, x.getType(), x, gamma, beta,
                                       b.getF64FloatAttr(epsilon));
    return n.set(0, result, n.getType(0)), Error::success();
  }
  Value mean = buildMean(b, x, *axes);
  Value centered = buildDifference(b, x, mean);
  Value deviation =
      buildReciprocalDeviation(b, buildMeanSquare(b, centered, *axes), epsilon);
  Value result =
      buildMultiple(b, buildMultiple(b, centered, deviation), n.getValue(1));
  if (n.has(2))
    result = buildShifted(b, result, n.getValue(2));
  n.set(0, result, n.getType(0));
  n.set(1, mean, n.getType(0));
  n.set(2, deviation, n.getType(0));
  return Error::success();
}

static Error importRmsNormalization(NodeImporter &n) {
  double epsilon = n.getReal("epsilon", 1e-5);
  if (n.getInt("stash_type", 1) != 1)
    return n.fail("stash_type must be 1: statistics of the operand's type");
  if (Error error = checkOperands(n, 2))
    return error;
  Expected<Sizes> axes = getTrailing(n);
  if (!axes)
    return axes.takeError();
  LocBuilder &b = n.b;
  Value x = n.getValue(0);
  if (axes->size() == 1 && isPerFeature(n, 1))
    return n.set(0,
                 RmsNormOp::create(b, x.getType(), x, getPerFeature(n, 1),
                                   b.getF64FloatAttr(epsilon)),
                 n.getType(0)),
           Error::success();
  Value scale =
      buildReciprocalDeviation(b, buildMeanSquare(b, x, *axes), epsilon);
  n.set(0, buildMultiple(b, buildMultiple(b, x, scale), n.getValue(1)),
        n.getType(0));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Over the space of channels and groups
//===----------------------------------------------------------------------===//

/// Scale and bias, one value a channel.
static Value buildAffine(NodeImporter &n, Value x) {
  int64_t rank = getTensorType(x).getRank();
  Value scale = buildAlong(n.b, n.getValue(1), 1, rank);
  Value bias = buildAlong(n.b, n.getValue(2), 1, rank);
  return buildShifted(n.b, buildMultiple(n.b, x, scale), bias);
}

static Error importInstanceNormalization(NodeImporter &n) {
  double epsilon = n.getReal("epsilon", 1e-5);
  n.ignore("consumed_inputs");
  if (Error error = checkOperands(n, 3))
    return error;
  auto rank = int64_t(n.getShape(0).size());
  if (rank < 3)
    return n.fail("its operand must have axes of batch, channels and space, "
                  "got {0}",
                  describe(n.getShape(0)));
  for (unsigned i : {1u, 2u})
    if (Error error = checkVector(n, i, n.getShape(0)[1]))
      return error;
  Sizes axes = llvm::to_vector(llvm::seq<int64_t>(2, rank));
  Value x = buildNormalized(n.b, n.getValue(0), axes, epsilon);
  n.set(0, buildAffine(n, x), n.getType(0));
  return Error::success();
}

static Error importGroupNormalization(NodeImporter &n) {
  double epsilon = n.getReal("epsilon", 1e-5);
  int64_t groups = n.getInt("num_groups", 0);
  if (n.getInt("stash_type", 1) != 1)
    return n.fail("stash_type must be 1: statistics of the operand's type");
  if (Error error = checkOperands(n, 3))
    return error;
  Sizes shape(n.getShape(0));
  if (shape.size() < 2 || groups < 1 || shape[1] % groups != 0)
    return n.fail("num_groups = {0} does not divide the channels of {1}",
                  groups, describe(shape));
  // Operator set 18 scales by group, 21 by channel.
  int64_t perScale = n.opset < 21 ? groups : shape[1];
  for (unsigned i : {1u, 2u})
    if (Error error = checkVector(n, i, perScale))
      return error;
  Sizes grouped = {shape[0], groups, shape[1] / groups};
  grouped.append(shape.begin() + 2, shape.end());
  if (grouped.size() > KEEL_MAX_RANK)
    return n.fail("its operand has too many dimensions");
  Sizes axes = llvm::to_vector(llvm::seq<int64_t>(2, int64_t(grouped.size())));
  Value x = buildNormalized(n.b, buildReshape(n.b, n.getValue(0), grouped),
                            axes, epsilon);
  if (n.opset < 21)
    return n.set(0, buildReshape(n.b, buildAffine(n, x), shape), n.getType(0)),
           Error::success();
  n.set(0, buildAffine(n, buildReshape(n.b, x, shape)), n.getType(0));
  return Error::success();
}

static Error importMeanVarianceNormalization(NodeImporter &n) {
  if (Error error = checkOperands(n, 1))
    return error;
  Sizes given = n.getInts("axes").value_or(Sizes{0, 2, 3});
  Expected<Sizes> axes = normalizeAxes(n, given, int64_t(n.getShape(0).size()));
  if (!axes)
    return axes.takeError();
  if (Error error = checkFree(n, *axes))
    return error;
  // (x - mean) / (deviation + 1e-9), as the operator's own function has it.
  LocBuilder &b = n.b;
  Value x = n.getValue(0);
  Value centered = buildDifference(b, x, buildMean(b, x, *axes));
  Value variance = buildMeanSquare(b, centered, *axes);
  n.set(0,
        buildMap(b, getShape(x), getElement(x), {centered, variance},
                 [](LocBuilder &inner, ValueRange v) -> Value {
                   Value deviation = arith::AddFOp::create(
                       inner, math::SqrtOp::create(inner, v[1]),
                       buildScalar(inner, v[1].getType(), 1e-9));
                   return arith::DivFOp::create(inner, v[0], deviation);
                 }),
        n.getType(0));
  return Error::success();
}

/// x divided by its norm along an axis; 0 where that is 0.
static Error importLpNormalization(NodeImporter &n) {
  int64_t p = n.getInt("p", 2), given = n.getInt("axis", -1);
  if (p != 1 && p != 2)
    return n.fail("p must be 1 or 2, got {0}", p);
  if (Error error = checkOperands(n, 1))
    return error;
  Expected<int64_t> axis =
      normalizeAxis(n, given, int64_t(n.getShape(0).size()));
  if (!axis)
    return axis.takeError();
  if (Error error = checkFree(n, {*axis}))
    return error;
  LocBuilder &b = n.b;
  Value x = n.getValue(0);
  Value powers = buildMap(b, getShape(x), getElement(x), {x},
                          [&](LocBuilder &inner, ValueRange v) -> Value {
                            if (p == 1)
                              return math::AbsFOp::create(inner, v[0]);
                            return arith::MulFOp::create(inner, v[0], v[0]);
                          });
  Value sum = buildSum(b, powers, {*axis});
  n.set(0,
        buildMap(b, getShape(x), getElement(x), {x, sum},
                 [&](LocBuilder &inner, ValueRange v) -> Value {
                   Value norm = v[1];
                   if (p == 2)
                     norm = math::SqrtOp::create(inner, norm);
                   Value zero = buildScalar(inner, norm.getType(), 0);
                   Value isZero = arith::CmpFOp::create(
                       inner, arith::CmpFPredicate::OEQ, norm, zero);
                   Value quotient = arith::DivFOp::create(inner, v[0], norm);
                   return arith::SelectOp::create(inner, isZero, zero,
                                                  quotient);
                 }),
        n.getType(0));
  return Error::success();
}

void keel::onnx::addNormalizations(Handlers &handlers) {
  handlers["BatchNormalization"] = importBatchNormalization;
  handlers["LayerNormalization"] = importLayerNormalization;
  handlers["RMSNormalization"] = importRmsNormalization;
  handlers["InstanceNormalization"] = importInstanceNormalization;
  handlers["GroupNormalization"] = importGroupNormalization;
  handlers["MeanVarianceNormalization"] = importMeanVarianceNormalization;
  handlers["LpNormalization"] = importLpNormalization;
}
