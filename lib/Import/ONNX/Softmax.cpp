//===- Softmax.cpp - Softmax, LogSoftmax, Hardmax -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Softmax.h"
#include "Build.h"
#include "Families.h"
#include "Reductions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

/// exp(x - m) / sum of it, or (x - m) - log(sum exp(x - m)), along any axis.
static Value buildByParts(LocBuilder &b, Value x, int64_t axis, bool isLog) {
  Type element = getElement(x);
  Value maximum = buildMaximum(b, x, {axis});
  auto grow = [](LocBuilder &inner, ValueRange v) -> Value {
    return math::ExpOp::create(inner, arith::SubFOp::create(inner, v[0], v[1]));
  };
  Value grown = buildMap(b, getShape(x), element, {x, maximum}, grow);
  Value sum = buildSum(b, grown, {axis});
  if (!isLog)
    return buildMap(b, getShape(x), element, {grown, sum},
                    [](LocBuilder &inner, ValueRange v) -> Value {
                      return arith::DivFOp::create(inner, v[0], v[1]);
                    });
  Value log = math::LogOp::create(b, sum);
  return buildMap(b, getShape(x), element, {x, maximum, log},
                  [](LocBuilder &inner, ValueRange v) -> Value {
                    Value moved = arith::SubFOp::create(inner, v[0], v[1]);
                    return arith::SubFOp::create(inner, moved, v[2]);
                  });
}

Value keel::onnx::buildSoftmax(LocBuilder &b, Value x, int64_t axis,
                               bool isLog) {
  int64_t rank = getTensorType(x).getRank();
  if (rank < 2 || axis != rank - 1)
    return buildByParts(b, x, axis, isLog);
  if (isLog)
    return LogSoftmaxOp::create(b, x.getType(), x);
  return SoftmaxOp::create(b, x.getType(), x);
}

/// 1 at the first greatest element along an axis, else 0.
static Value buildHardmax(LocBuilder &b, Value x, int64_t axis) {
  Type element = getElement(x);
  Value place = buildArgument(b, x, axis, /*isMax=*/true, /*isLast=*/false);
  return buildMap(b, getShape(x), element, {place},
                  [&](LocBuilder &inner, ValueRange v) -> Value {
                    Value own = arith::IndexCastOp::create(
                        inner, inner.getI64Type(),
                        linalg::IndexOp::create(inner, uint64_t(axis)));
                    Value isThere = arith::CmpIOp::create(
                        inner, arith::CmpIPredicate::eq, own, v[0]);
                    return arith::SelectOp::create(
                        inner, isThere, buildScalar(inner, element, 1),
                        buildScalar(inner, element, 0));
                  });
}

namespace {

enum class Kind { softmax, logSoftmax, hardmax };

} // namespace

/// Before operator set 13 the axes from `axis` on were taken together.
template <Kind kind> static Error importSoftmax(NodeImporter &n) {
  if (!n.has(0) || !n.isReal(0))
    return n.fail("its operand must be of float or double");
  Sizes shape(n.getShape(0));
  auto rank = int64_t(shape.size());
  bool isOld = n.opset < 13;
  Expected<int64_t> axis = normalizeAxis(n, n.getInt("axis", isOld ? 1 : -1),
                                         rank + (isOld && rank == 1));
  if (!axis)
    return axis.takeError();
  Value x = n.getValue(0);
  int64_t along = *axis;
  if (isOld) {
    int64_t rows = 1, columns = 1;
    for (auto [i, size] : llvm::enumerate(shape))
      if (ShapedType::isDynamic(size) && *axis == 1)
        rows = size;
      else if (ShapedType::isDynamic(size))
        return n.fail("axis {0} is taken together with the batch, whose size "
                      "is not known: fix it in the file",
                      *axis);
      else
        (int64_t(i) < *axis ? rows : columns) *= size;
    x = buildReshape(n.b, x, {rows, columns});
    along = 1;
  } else if (Error error = checkNotBatch(n, {*axis})) {
    return error;
  }
  Value result = kind == Kind::hardmax
                     ? buildHardmax(n.b, x, along)
                     : buildSoftmax(n.b, x, along, kind == Kind::logSoftmax);
  n.set(0, isOld ? buildReshape(n.b, result, shape) : result, n.getType(0));
  return Error::success();
}

void keel::onnx::addSoftmaxes(Handlers &handlers) {
  handlers["Softmax"] = importSoftmax<Kind::softmax>;
  handlers["LogSoftmax"] = importSoftmax<Kind::logSoftmax>;
  handlers["Hardmax"] = importSoftmax<Kind::hardmax>;
}
