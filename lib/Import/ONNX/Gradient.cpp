//===- Gradient.cpp - Gradient of the training domain ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Gradient names values of the graph: y, the xs that it is differentiated by
// and the zs that are held. Its operands are the values that xs and zs then
// have; its results one gradient for each of xs, of the sum of y's elements.
// The adjoint of each op between them is that of DifferentiableOpInterface, as
// in training.

#include "Build.h"
#include "Families.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

namespace {

class GradientBuilder {
public:
  explicit GradientBuilder(NodeImporter &n) : n(n), b(n.b) {}

  Error run();

private:
  Error addPoint(StringRef name, unsigned index);
  Error addPoints();
  /// The ops that depend on one of `values`, but for what is named itself.
  SmallVector<Operation *> findDependent(ArrayRef<Value> values);
  void moveToPoint();
  Error propagate(Operation *op);
  void setResults();

  NodeImporter &n;
  LocBuilder &b;
  std::vector<std::string> xs, zs;
  Value y;
  /// What xs and then zs name, and the values that they have here.
  SmallVector<Value> named, given;
  SmallVector<UnrealizedConversionCastOp> owned;
  /// From what is named to what it is at the given values.
  IRMapping atPoint;
  /// From values at that point.
  DenseSet<Value> active;
  DenseMap<Value, Value> cotangents;
};

} // namespace

/// One of xs or zs, whose value is operand `index`.
Error GradientBuilder::addPoint(StringRef name, unsigned index) {
  if (!n.has(index))
    return n.fail("operand {0} is missing", index);
  Operand *operand = n.findOperand(name);
  if (!operand)
    return n.fail("names '{0}', which no node before it computes", name);
  if (!operand->value || operand->constant)
    return n.fail("names '{0}', which is a constant", name);
  if (llvm::is_contained(named, operand->value))
    return n.fail("names '{0}' twice", name);
  Operand &point = n.getOperand(index);
  if (point.type != operand->type || point.shape != operand->shape ||
      (point.type != DataType::f32 && point.type != DataType::f64))
    return n.fail("operand {0} must be a tensor of float or double and of the "
                  "shape of '{1}', {2}, got {3} of {4}",
                  index, name, describe(operand->shape), describe(point.shape),
                  getName(point.type));
  named.push_back(operand->value);
  given.push_back(n.getValue(index));
  return Error::success();
}

Error GradientBuilder::addPoints() {
  xs = n.getTexts("xs");
  zs = n.getTexts("zs");
  std::string name = n.getText("y", "");
  if (n.getNumInputs() != xs.size() + zs.size() ||
      n.node.outputs.size() > xs.size())
    return n.fail("takes an operand for each of xs and zs and has a result for "
                  "each of xs, got {0} operands for {1} names",
                  n.getNumInputs(), xs.size() + zs.size());
  unsigned index = 0;
  for (const std::vector<std::string> *names : {&xs, &zs})
    for (const std::string &one : *names)
      if (Error error = addPoint(one, index++))
        return error;
  Operand *operand = n.findOperand(name);
  if (!operand || !operand->value)
    return n.fail("y names '{0}', which no node before it computes", name);
  if (operand->type != DataType::f32 && operand->type != DataType::f64)
    return n.fail("y must be of float or double, '{0}' is of {1}", name,
                  getName(operand->type));
  y = operand->value;
  bool hasBatch = ShapedType::isDynamicShape(operand->shape);
  for (auto [one, value] : llvm::zip(xs, named))
    if (hasBatch && getTensorType(value).hasStaticShape())
      return n.fail("the gradient by '{0}' sums over the batch, whose size is "
                    "not known: fix it in the file",
                    one);
  return Error::success();
}

SmallVector<Operation *>
GradientBuilder::findDependent(ArrayRef<Value> values) {
  DenseSet<Value> reached(values.begin(), values.end());
  DenseSet<Value> fixed(named.begin(), named.end());
  SmallVector<Operation *> ops;
  for (Operation &op : *b.getInsertionBlock()) {
    if (llvm::none_of(op.getOperands(),
                      [&](Value value) { return reached.contains(value); }))
      continue;
    ops.push_back(&op);
    for (Value result : op.getResults())
      if (!fixed.contains(result))
        reached.insert(result);
  }
  return ops;
}

/// Where operands are not the values that they stand for, computes what depends
/// on them once more, from them. Until the gradients are there, each has a
/// value of its own: one value may be given for two names, or be used besides.
void GradientBuilder::moveToPoint() {
  SmallVector<Value> moved;
  for (auto [name, value] : llvm::zip_equal(named, given))
    if (name != value) {
      auto own = UnrealizedConversionCastOp::create(b, value.getType(), value);
      atPoint.map(name, own.getResult(0));
      value = own.getResult(0);
      moved.push_back(name);
      owned.push_back(own);
    }
  for (Operation *op : findDependent(moved)) {
    IRMapping operands = atPoint;
    Operation *copy = b.clone(*op, operands);
    for (auto [result, other] :
         llvm::zip_equal(op->getResults(), copy->getResults()))
      if (!llvm::is_contained(named, result))
        atPoint.map(result, other);
  }
}

/// The op that has the adjoint: of a layer norm the twin with statistics.
static Operation *getDifferentiable(LocBuilder &b, Operation *op) {
  auto norm = dyn_cast<LayerNormOp>(op);
  if (!norm)
    return op;
  Type rows = getPerRowType(norm.getType());
  return LayerNormTrainOp::create(b, TypeRange{norm.getType(), rows, rows},
                                  norm.getInput(), norm.getGamma(),
                                  norm.getBeta(), norm.getEpsilonAttr());
}

Error GradientBuilder::propagate(Operation *op) {
  SmallVector<Value> results;
  for (Value result : op->getResults())
    results.push_back(cotangents.lookup(result));
  if (llvm::none_of(results, [](Value value) { return bool(value); }))
    return Error::success();
  Operation *twin = getDifferentiable(b, op);
  results.resize(twin->getNumResults());
  auto differentiable = dyn_cast<DifferentiableOpInterface>(twin);
  SmallVector<Value> operands(op->getNumOperands());
  if (!differentiable ||
      failed(differentiable.buildAdjoint(b, results, operands)))
    return n.fail("the gradient goes through '{0}' ({1}), which has no adjoint",
                  cast<NameLoc>(op->getLoc()).getName().getValue(),
                  op->getName().getStringRef());
  for (auto [operand, cotangent] :
       llvm::zip_equal(op->getOperands(), operands)) {
    if (!cotangent || !active.contains(operand))
      continue;
    Value &sum = cotangents[operand];
    sum = sum ? AddOp::create(b, sum.getType(), sum, cotangent).getResult()
              : cotangent;
  }
  return Error::success();
}

void GradientBuilder::setResults() {
  SmallVector<Value> gradients;
  for (Value value : ArrayRef(given).take_front(xs.size())) {
    Value gradient = cotangents.lookup(value);
    gradients.push_back(gradient ? gradient : buildSplat(b, value, 0));
  }
  for (UnrealizedConversionCastOp own : owned) {
    llvm::replace(gradients, own.getResult(0), own.getOperand(0));
    own.getResult(0).replaceAllUsesWith(own.getOperand(0));
    own.erase();
  }
  for (auto [index, gradient] : llvm::enumerate(gradients))
    n.set(unsigned(index), gradient, n.getType(unsigned(index)));
}

Error GradientBuilder::run() {
  if (Error error = addPoints())
    return error;
  SmallVector<Operation *> between =
      findDependent(ArrayRef(named).take_front(xs.size()));
  moveToPoint();
  ArrayRef<Value> by = ArrayRef(given).take_front(xs.size());
  active.insert(by.begin(), by.end());
  SmallVector<Operation *> ops;
  for (Operation *op : between) {
    // The copy at the point, where there is one.
    Value result = op->getResult(0);
    Operation *there = atPoint.lookupOrDefault(result).getDefiningOp();
    if (llvm::is_contained(named, result))
      continue;
    ops.push_back(there);
    active.insert(there->result_begin(), there->result_end());
  }
  Value seeded = atPoint.lookupOrDefault(y);
  cotangents[seeded] = buildSplat(b, seeded, 1);
  for (Operation *op : llvm::reverse(ops))
    if (Error error = propagate(op))
      return error;
  setResults();
  return Error::success();
}

static Error importGradient(NodeImporter &n) {
  return GradientBuilder(n).run();
}

void keel::onnx::addGradient(Handlers &handlers) {
  handlers["ai.onnx.preview.training.Gradient"] = importGradient;
}
