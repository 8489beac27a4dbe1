//===- LoweringUtils.h - Building linalg from Keel's ops ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CONVERSION_KEELTOLINALG_LOWERINGUTILS_H
#define KEEL_CONVERSION_KEELTOLINALG_LOWERINGUTILS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

namespace keel {

using LocBuilder = mlir::ImplicitLocOpBuilder;

/// How an operand is read in a loop nest over a tensor's elements.
enum class Access {
  element,    ///< as the tensor itself
  perFeature, ///< one value an index of the last axis
  perRow,     ///< one value for all of the last axis
  perSample,  ///< one value for all of the first axis
  single      ///< one value
};

/// The indexing map of an operand in a loop nest of `rank` dimensions.
mlir::AffineMap getAccessMap(mlir::MLIRContext *context, unsigned rank,
                             Access access);

/// An operand of a loop nest.
struct Input {
  mlir::Value value;
  Access access = Access::element;
};

using ScalarBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    LocBuilder &, mlir::ValueRange)>;

/// A tensor without defined elements, whose dynamic dimension is the batch of
/// `like`.
mlir::Value buildEmpty(LocBuilder &b, mlir::RankedTensorType type,
                       mlir::Value like);
/// A tensor that holds `value` everywhere.
mlir::Value buildFilled(LocBuilder &b, mlir::RankedTensorType type,
                        mlir::Value like, double value);

/// Computes tensors of `types`, element by element. `body` sees one scalar an
/// input and returns one a type.
llvm::SmallVector<mlir::Value> buildElementwise(LocBuilder &b,
                                                mlir::TypeRange types,
                                                llvm::ArrayRef<Input> inputs,
                                                ScalarBody body);

/// Computes a tensor in the place of `target`, which nothing may read after it
/// but by what is returned. `body` sees the inputs and then the target's
/// element.
mlir::Value buildInPlace(LocBuilder &b, mlir::Value target,
                         llvm::ArrayRef<Input> inputs, ScalarBody body);

/// Reduces over the loop nest of `inputs.front()`, which is read element by
/// element, to the elements that `access` keeps: perFeature, perRow, perSample
/// or single. `body` sees the inputs and then one accumulator an output; each
/// starts at its entry of `initial`.
llvm::SmallVector<mlir::Value>
buildReduction(LocBuilder &b, Access access,
               llvm::ArrayRef<mlir::Type> elementTypes,
               llvm::ArrayRef<double> initial, llvm::ArrayRef<Input> inputs,
               ScalarBody body);

/// The product of a tensor's dimensions but the last (or of all), as a number
/// of its element type or another.
mlir::Value buildRowCount(LocBuilder &b, mlir::Value tensor, mlir::Type type);
mlir::Value buildElementCount(LocBuilder &b, mlir::Value tensor,
                              mlir::Type type);

/// A scalar of a float or integer type.
mlir::Value buildConstant(LocBuilder &b, mlir::Type type, double value);
/// An f64 rounded to `type`, or a narrower float widened to it.
mlir::Value buildCast(LocBuilder &b, mlir::Value value, mlir::Type type);

/// 1 / (1 + exp(-x)), without overflow.
mlir::Value buildSigmoid(LocBuilder &b, mlir::Value x);

/// Arithmetic of bodies, by short names.
namespace scalar {
inline mlir::Value add(LocBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::AddFOp::create(b, x, y);
}
inline mlir::Value sub(LocBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::SubFOp::create(b, x, y);
}
inline mlir::Value mul(LocBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::MulFOp::create(b, x, y);
}
inline mlir::Value div(LocBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::DivFOp::create(b, x, y);
}
/// A number of x's type.
inline mlir::Value number(LocBuilder &b, mlir::Value x, double value) {
  return buildConstant(b, x.getType(), value);
}
inline mlir::Value add(LocBuilder &b, mlir::Value x, double y) {
  return add(b, x, number(b, x, y));
}
inline mlir::Value mul(LocBuilder &b, mlir::Value x, double y) {
  return mul(b, x, number(b, x, y));
}
/// max(x, low) and min(x, high), NaN where x is.
inline mlir::Value atLeast(LocBuilder &b, mlir::Value x, double low) {
  return mlir::arith::MaximumFOp::create(b, x, number(b, x, low));
}
inline mlir::Value atMost(LocBuilder &b, mlir::Value x, double high) {
  return mlir::arith::MinimumFOp::create(b, x, number(b, x, high));
}
inline mlir::Value select(LocBuilder &b, mlir::Value condition, mlir::Value x,
                          mlir::Value y) {
  return mlir::arith::SelectOp::create(b, condition, x, y);
}
/// False for a NaN.
inline mlir::Value compare(LocBuilder &b, mlir::Value x,
                           mlir::arith::CmpFPredicate predicate, double y) {
  return mlir::arith::CmpFOp::create(b, predicate, x, number(b, x, y));
}
inline mlir::Value isPositive(LocBuilder &b, mlir::Value x) {
  return compare(b, x, mlir::arith::CmpFPredicate::OGT, 0.0);
}
inline mlir::Value isNotPositive(LocBuilder &b, mlir::Value x) {
  return compare(b, x, mlir::arith::CmpFPredicate::OLE, 0.0);
}
} // namespace scalar

/// What stands below the fraction in a row's softmax.
struct RowExponentials {
  mlir::Value largest; ///< the row's largest element
  mlir::Value powers;  ///< exp(x - largest), of each element
  mlir::Value sum;     ///< of these
};
RowExponentials buildExponentials(LocBuilder &b, mlir::Value input);
/// 1 / sum, of each row.
mlir::Value buildRowReciprocals(LocBuilder &b, mlir::Value sum);

void populateActivationPatterns(mlir::RewritePatternSet &patterns);
void populateDensePatterns(mlir::RewritePatternSet &patterns);
void populateFoldPatterns(mlir::RewritePatternSet &patterns);
void populateGradientPatterns(mlir::RewritePatternSet &patterns);
void populateLossPatterns(mlir::RewritePatternSet &patterns);
void populateNormalizationPatterns(mlir::RewritePatternSet &patterns);
void populateOptimizerPatterns(mlir::RewritePatternSet &patterns);
void populateOrthogonalizePatterns(mlir::RewritePatternSet &patterns);
void populatePreluPatterns(mlir::RewritePatternSet &patterns);
void populateRandomPatterns(mlir::RewritePatternSet &patterns);
void populateSoftmaxPatterns(mlir::RewritePatternSet &patterns);
void populateStructurePatterns(mlir::RewritePatternSet &patterns);
void populateTelemetryPatterns(mlir::RewritePatternSet &patterns);

/// A pattern that replaces an op by the values that a function builds.
template <typename OpTy> class LowerBy : public mlir::OpRewritePattern<OpTy> {
public:
  using Function = llvm::SmallVector<mlir::Value> (*)(LocBuilder &, OpTy);
  LowerBy(mlir::MLIRContext *context, Function function)
      : mlir::OpRewritePattern<OpTy>(context), function(function) {}

  llvm::LogicalResult
  matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    LocBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, function(b, op));
    return mlir::success();
  }

private:
  Function function;
};

template <typename OpTy>
void addLowering(mlir::RewritePatternSet &patterns,
                 llvm::SmallVector<mlir::Value> (*function)(LocBuilder &,
                                                            OpTy)) {
  patterns.add<LowerBy<OpTy>>(patterns.getContext(), function);
}

} // namespace keel

#endif // KEEL_CONVERSION_KEELTOLINALG_LOWERINGUTILS_H
