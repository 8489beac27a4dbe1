//===- Losses.cpp - Negative log likelihood, cross-entropy ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "Families.h"
#include "Indexing.h"
#include "Reductions.h"
#include "Softmax.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;

namespace {

/// What both losses have in common.
struct Likelihood {
  NodeImporter &n;
  std::string reduction;
  std::optional<int64_t> ignored;

  explicit Likelihood(NodeImporter &n) : n(n) {
    reduction = n.getText("reduction", "mean");
    if (n.find("ignore_index"))
      ignored = n.getInt("ignore_index", 0);
  }

  Error check();
  Value build(Value logProbabilities);

private:
  /// The classes, in the shape of the loss of each element.
  Value getClasses() { return n.getValue(1); }
  Value buildWeights(ArrayRef<int64_t> shape, Type element);
};

} // namespace

Error Likelihood::check() {
  if (!n.has(0) || !n.has(1))
    return n.fail("takes scores and classes");
  if (!n.isReal(0) ||
      (n.getType(1) != DataType::i32 && n.getType(1) != DataType::i64))
    return n.fail("takes scores of float or double and classes of int32 or "
                  "int64");
  ArrayRef<int64_t> scores = n.getShape(0);
  if (scores.size() < 2 || ShapedType::isDynamic(scores[1]))
    return n.fail("scores must be [batch, classes, ...], got {0}",
                  describe(scores));
  Sizes expected(scores);
  expected.erase(expected.begin() + 1);
  if (n.getShape(1) != ArrayRef(expected))
    return n.fail("classes must have the shape {0}, got {1}",
                  describe(expected), describe(n.getShape(1)));
  if (n.has(2) && (n.getType(2) != n.getType(0) ||
                   n.getShape(2) != ArrayRef<int64_t>{scores[1]}))
    return n.fail("there must be {0} weights of the scores' type", scores[1]);
  if (reduction == "none")
    return scores[1] > 0 ? Error::success() : n.fail("there are no classes");
  if (reduction != "mean" && reduction != "sum")
    return n.fail("reduction must be none, sum or mean, got '{0}'", reduction);
  if (scores[1] < 1)
    return n.fail("there are no classes");
  return checkNotBatch(n, {0});
}

/// The weight of each element: its class', 0 where that is ignored.
Value Likelihood::buildWeights(ArrayRef<int64_t> shape, Type element) {
  LocBuilder &b = n.b;
  Value classes = getClasses();
  SmallVector<Value> values = {classes};
  if (n.has(2)) {
    int64_t count = n.getShape(2)[0];
    values.push_back(
        buildPick(b, shape, n.getValue(2), {classes},
                  [&](LocBuilder &inner, ValueRange, ValueRange elements) {
                    return SmallVector<Value>{
                        buildBoundedIndex(inner, elements[0], count)};
                  }));
  }
  return buildMap(
      b, shape, element, values, [&](LocBuilder &inner, ValueRange v) -> Value {
        Value weight = v.size() > 1 ? v[1] : buildScalar(inner, element, 1);
        if (!ignored)
          return weight;
        Value other = arith::ConstantOp::create(
            inner, inner.getIntegerAttr(v[0].getType(), *ignored));
        Value isIgnored =
            arith::CmpIOp::create(inner, arith::CmpIPredicate::eq, v[0], other);
        return arith::SelectOp::create(inner, isIgnored,
                                       buildScalar(inner, element, 0), weight);
      });
}

Value Likelihood::build(Value logProbabilities) {
  LocBuilder &b = n.b;
  Sizes shape(n.getShape(1));
  Type element = getElement(logProbabilities);
  int64_t count = n.getShape(0)[1];
  Value picked =
      buildPick(b, shape, logProbabilities, {getClasses()},
                [&](LocBuilder &inner, ValueRange at, ValueRange elements) {
                  SmallVector<Value> from = {
                      at[0], buildBoundedIndex(inner, elements[0], count)};
                  llvm::append_range(from, at.drop_front());
                  return from;
                });
  Value weights = buildWeights(shape, element);
  Value losses = buildMap(
      b, shape, element, {picked, weights},
      [&](LocBuilder &inner, ValueRange v) -> Value {
        // Of an ignored element nothing counts, an infinity neither.
        Value zero = buildScalar(inner, element, 0);
        Value product = arith::MulFOp::create(
            inner, arith::NegFOp::create(inner, v[0]), v[1]);
        Value isIgnored =
            arith::CmpFOp::create(inner, arith::CmpFPredicate::OEQ, v[1], zero);
        return arith::SelectOp::create(inner, isIgnored, zero, product);
      });
  if (reduction == "none")
    return losses;
  Sizes axes = llvm::to_vector(llvm::seq<int64_t>(0, int64_t(shape.size())));
  Value sum = buildReshape(b, buildSum(b, losses, axes), {});
  if (reduction == "sum")
    return sum;
  Value total = buildReshape(b, buildSum(b, weights, axes), {});
  return buildMap(b, {}, element, {sum, total},
                  [](LocBuilder &inner, ValueRange v) -> Value {
                    return arith::DivFOp::create(inner, v[0], v[1]);
                  });
}

static Error importLikelihood(NodeImporter &n) {
  Likelihood loss(n);
  if (Error error = loss.check())
    return error;
  n.set(0, loss.build(n.getValue(0)), n.getType(0));
  return Error::success();
}

static Error importCrossEntropy(NodeImporter &n) {
  Likelihood loss(n);
  if (Error error = loss.check())
    return error;
  Value log = buildSoftmax(n.b, n.getValue(0), 1, /*isLog=*/true);
  n.set(0, loss.build(log), n.getType(0));
  n.set(1, log, n.getType(0));
  return Error::success();
}

void keel::onnx::addLosses(Handlers &handlers) {
  handlers["NegativeLogLikelihoodLoss"] = importLikelihood;
  handlers["SoftmaxCrossEntropyLoss"] = importCrossEntropy;
}
