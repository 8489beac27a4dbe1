//===- Linalg.cpp - Adjoints of loops and of what moves elements ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A linalg.generic whose result is y[M] = f(x1[M1], ...) or y[M] += f(x1[M1],
// ...): broadcasts, sums, means, products of matrices. Over the same loops,
// dxi[Mi] += dy[M] df/dxi, where f is differentiated op by op by the adjoints
// of arith and math, which are those of scalars as well.

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/UpstreamAdjoints.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace keel;

namespace {

using LocBuilder = ImplicitLocOpBuilder;
using Values = MutableArrayRef<Value>;

/// What a loop's body computes from its inputs, and whether it is added to what
/// the result holds.
struct Body {
  Value value;
  Operation *sum = nullptr; ///< the op that adds it, if one does
};

std::optional<Body> getBody(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op.hasIndexSemantics() ||
      !op.hasPureTensorSemantics())
    return std::nullopt;
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation())
      return std::nullopt;
  Block &block = op.getRegion().front();
  Value yielded = block.getTerminator()->getOperand(0);
  BlockArgument held = block.getArguments().back();
  if (held.use_empty())
    return Body{yielded};
  auto sum = yielded.getDefiningOp<arith::AddFOp>();
  if (!sum || !held.hasOneUse() || *held.user_begin() != sum)
    return std::nullopt;
  return Body{sum.getLhs() == held ? sum.getRhs() : sum.getLhs(), sum};
}

/// The derivative of the body by input `index` times `dy`, built where `b`
/// stands. Null where it has none; an error where an op has no adjoint.
FailureOr<Value> buildDerivative(LocBuilder &b, linalg::GenericOp op,
                                 const Body &body, unsigned index,
                                 ValueRange inputs, Value dy) {
  Block &block = op.getRegion().front();
  IRMapping mapping;
  for (auto [argument, input] : llvm::zip(block.getArguments(), inputs))
    mapping.map(argument, input);
  SmallVector<Operation *> ops;
  for (Operation &inner : block.without_terminator())
    if (&inner != body.sum)
      ops.push_back(b.clone(inner, mapping));
  DenseSet<Value> active = {inputs[index]};
  for (Operation *inner : ops)
    if (llvm::any_of(inner->getOperands(),
                     [&](Value value) { return active.contains(value); }))
      active.insert(inner->result_begin(), inner->result_end());
  DenseMap<Value, Value> cotangents;
  cotangents[mapping.lookupOrDefault(body.value)] = dy;
  for (Operation *inner : llvm::reverse(ops)) {
    Value cotangent = cotangents.lookup(inner->getResult(0));
    if (!cotangent || !active.contains(inner->getResult(0)))
      continue;
    auto differentiable = dyn_cast<DifferentiableOpInterface>(inner);
    SmallVector<Value> operands(inner->getNumOperands());
    if (!differentiable)
      return op.emitOpError()
             << "holds '" << inner->getName()
             << "', which has no adjoint, between an operand and its result";
    if (failed(differentiable.buildAdjoint(b, cotangent, operands)))
      return failure();
    for (auto [operand, added] :
         llvm::zip_equal(inner->getOperands(), operands)) {
      if (!added || !active.contains(operand))
        continue;
      Value &sum = cotangents[operand];
      sum = sum ? arith::AddFOp::create(b, sum, added).getResult() : added;
    }
  }
  return cotangents.lookup(inputs[index]);
}

/// The cotangent of input `index`.
FailureOr<Value> buildCotangent(LocBuilder &b, linalg::GenericOp op,
                                const Body &body, unsigned index, Value dy) {
  Value input = op.getDpsInputs()[index];
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<Value> inputs(op.getDpsInputs());
  inputs.push_back(dy);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.push_back(maps[index]);
  SmallVector<utils::IteratorType> loops(op.getNumLoops(),
                                         utils::IteratorType::reduction);
  for (AffineExpr expr : maps.back().getResults())
    loops[cast<AffineDimExpr>(expr).getPosition()] =
        utils::IteratorType::parallel;
  bool isSum = llvm::is_contained(loops, utils::IteratorType::reduction);
  Value start = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), input), type.getElementType());
  if (isSum) {
    Value zero = arith::ConstantOp::create(
        b, b.getFloatAttr(type.getElementType(), 0.0));
    start = linalg::FillOp::create(b, zero, start).getResult(0);
  }
  bool isGood = true;
  auto loop = linalg::GenericOp::create(
      b, type, inputs, start, maps, loops,
      [&](OpBuilder &nested, Location loc, ValueRange scalars) {
        LocBuilder inner(loc, nested);
        Value held = scalars.back();
        FailureOr<Value> change =
            buildDerivative(inner, op, body, index, scalars.drop_back(2),
                            scalars.drop_back().back());
        isGood = succeeded(change);
        Value result = isGood ? *change : Value();
        if (!result)
          result = arith::ConstantOp::create(
              inner, inner.getFloatAttr(type.getElementType(), 0.0));
        if (isSum)
          result = arith::AddFOp::create(inner, held, result);
        linalg::YieldOp::create(inner, result);
      });
  if (isGood)
    return loop.getResult(0);
  loop.erase();
  return failure();
}

struct GenericAdjoint
    : DifferentiableOpInterface::ExternalModel<GenericAdjoint,
                                               linalg::GenericOp> {
  LogicalResult buildAdjoint(Operation *op, OpBuilder &builder,
                             ValueRange cotangents,
                             Values operandCotangents) const {
    auto generic = cast<linalg::GenericOp>(op);
    LocBuilder b(op->getLoc(), builder);
    std::optional<Body> body = getBody(generic);
    if (!body)
      return op->emitOpError()
             << "has an adjoint where it computes one element from others, or "
                "adds it to the result, alone";
    for (auto [index, input] : llvm::enumerate(generic.getDpsInputs())) {
      if (!isa<FloatType>(getElementTypeOrSelf(input.getType())))
        continue;
      FailureOr<Value> cotangent = buildCotangent(
          b, generic, *body, unsigned(index), cotangents.front());
      if (failed(cotangent))
        return failure();
      operandCotangents[index] = *cotangent;
    }
    // What is added to is as a rule a constant.
    Value init = generic.getDpsInits().front();
    if (body->sum && !init.getDefiningOp<linalg::FillOp>())
      operandCotangents.back() = cotangents.front();
    return success();
  }
};

struct TransposeAdjoint
    : DifferentiableOpInterface::ExternalModel<TransposeAdjoint,
                                               linalg::TransposeOp> {
  LogicalResult buildAdjoint(Operation *op, OpBuilder &builder,
                             ValueRange cotangents,
                             Values operandCotangents) const {
    auto transpose = cast<linalg::TransposeOp>(op);
    LocBuilder b(op->getLoc(), builder);
    Value input = transpose.getInput();
    Value start =
        tensor::EmptyOp::create(b, tensor::getMixedSizes(b, b.getLoc(), input),
                                getElementTypeOrSelf(input.getType()));
    operandCotangents[0] =
        linalg::TransposeOp::create(
            b, cotangents.front(), start,
            invertPermutationVector(transpose.getPermutation()))
            ->getResult(0);
    return success();
  }
};

// dy in x's shape.
struct CollapseAdjoint
    : DifferentiableOpInterface::ExternalModel<CollapseAdjoint,
                                               tensor::CollapseShapeOp> {
  LogicalResult buildAdjoint(Operation *op, OpBuilder &builder,
                             ValueRange cotangents,
                             Values operandCotangents) const {
    auto reshape = cast<tensor::CollapseShapeOp>(op);
    LocBuilder b(op->getLoc(), builder);
    operandCotangents[0] = tensor::ExpandShapeOp::create(
        b, reshape.getSrcType(), cotangents.front(),
        reshape.getReassociationIndices(),
        tensor::getMixedSizes(b, b.getLoc(), reshape.getSrc()));
    return success();
  }
};

struct ExpandAdjoint
    : DifferentiableOpInterface::ExternalModel<ExpandAdjoint,
                                               tensor::ExpandShapeOp> {
  LogicalResult buildAdjoint(Operation *op, OpBuilder &builder,
                             ValueRange cotangents,
                             Values operandCotangents) const {
    auto reshape = cast<tensor::ExpandShapeOp>(op);
    operandCotangents[0] = tensor::CollapseShapeOp::create(
        builder, op->getLoc(), reshape.getSrcType(), cotangents.front(),
        reshape.getReassociationIndices());
    return success();
  }
};

} // namespace

void keel::registerLinalgAdjoints(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::GenericOp::attachInterface<GenericAdjoint>(*context);
    linalg::TransposeOp::attachInterface<TransposeAdjoint>(*context);
  });
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CollapseShapeOp::attachInterface<CollapseAdjoint>(*context);
    tensor::ExpandShapeOp::attachInterface<ExpandAdjoint>(*context);
  });
}
