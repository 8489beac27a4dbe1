//===- Ops.cpp - The ops that can be exported -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What operator set 17 has no op for is written by its parts.

#include "GraphExporter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numbers>

using namespace mlir;
using namespace keel;
using namespace keel::onnx;

namespace {

/// The names of an op's operands and the means to compute with them.
class Writer {
public:
  Writer(GraphExporter &graph, Operation *op)
      : graph(graph), op(op),
        element(getElementTypeOrSelf(op->getResult(0).getType())) {}

  std::string in(unsigned index) {
    return graph.getName(op->getOperand(index));
  }
  SmallVector<std::string> all() {
    SmallVector<std::string> names;
    for (Value operand : op->getOperands())
      names.push_back(graph.getName(operand));
    return names;
  }
  std::string number(double value) { return graph.addNumber(element, value); }
  /// A step on the way.
  std::string part(StringRef name, ArrayRef<std::string> inputs,
                   ArrayRef<NodeAttribute> attributes = {}) {
    return graph.add(name, inputs, {}, attributes);
  }
  /// The op's result.
  LogicalResult finish(StringRef name, ArrayRef<std::string> inputs,
                       ArrayRef<NodeAttribute> attributes = {}) {
    graph.add(name, inputs, op->getResult(0), attributes);
    return success();
  }
  LogicalResult finish(StringRef name,
                       ArrayRef<NodeAttribute> attributes = {}) {
    return finish(name, all(), attributes);
  }
  /// sqrt(x + epsilon).
  std::string deviation(const std::string &variance, double epsilon) {
    return part("Sqrt", {part("Add", {variance, number(epsilon)})});
  }

  GraphExporter &graph;
  Operation *op;
  Type element;
};

double get(APFloat value) { return value.convertToDouble(); }

/// x Phi(x) by erf, or by tanh: operator set 20 has an op of its own.
LogicalResult writeGelu(Writer w, GeluOp op) {
  std::string x = w.in(0), inner;
  if (op.getApproximate() == "tanh") {
    std::string cube = w.part("Mul", {w.part("Mul", {x, x}), x});
    std::string bent = w.part("Mul", {cube, w.number(0.044715)});
    std::string sum = w.part("Add", {x, bent});
    double factor = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    inner = w.part("Tanh", {w.part("Mul", {sum, w.number(factor)})});
  } else {
    inner = w.part("Erf",
                   {w.part("Mul", {x, w.number(1.0 / std::numbers::sqrt2)})});
  }
  std::string half = w.part("Mul", {x, w.number(0.5)});
  return w.finish("Mul", {half, w.part("Add", {inner, w.number(1.0)})});
}

/// ONNX' channels are axis 1, Keel's features the last one.
LogicalResult writeBatchNorm(Writer w, BatchNormOp op) {
  double epsilon = get(op.getEpsilon());
  if (op.getInput().getType().getRank() == 2)
    return w.finish("BatchNormalization",
                    {makeReal("epsilon", epsilon),
                     makeReal("momentum", get(op.getDecay()))});
  std::string centered = w.part("Sub", {w.in(0), w.in(3)});
  std::string scaled = w.part("Div", {centered, w.deviation(w.in(4), epsilon)});
  return w.finish("Add", {w.part("Mul", {scaled, w.in(1)}), w.in(2)});
}

LogicalResult writeRmsNorm(Writer w, RmsNormOp op) {
  std::string square = w.part("Mul", {w.in(0), w.in(0)});
  std::string mean = w.part("ReduceMean", {square}, {makeInts("axes", {-1})});
  std::string scaled =
      w.part("Div", {w.in(0), w.deviation(mean, get(op.getEpsilon()))});
  return w.finish("Mul", {scaled, w.in(1)});
}

LogicalResult writeStandardize(Writer w, StandardizeOp op) {
  std::string centered = w.part("Sub", {w.in(0), w.in(1)});
  std::string deviation = w.deviation(w.in(2), get(op.getEpsilon()));
  return w.finish("Mul", {centered, w.part("Reciprocal", deviation)});
}

/// -1 stands for the batch.
LogicalResult writeReshape(Writer w) {
  SmallVector<int64_t> shape;
  for (int64_t size :
       cast<RankedTensorType>(w.op->getResult(0).getType()).getShape())
    shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
  return w.finish("Reshape", {w.in(0), w.graph.addInts(shape)});
}

/// Which operand of a maximum or a minimum is a number, if one is.
std::optional<unsigned> findBound(const GraphExporter &graph, Operation *op) {
  for (unsigned index : {1u, 0u})
    if (graph.isNumber(op->getOperand(index)))
      return index;
  return std::nullopt;
}

/// Of min(max(x, low), high): one node.
bool isLowerHalf(const GraphExporter &graph, Operation *op) {
  if (!isa<arith::MaximumFOp>(op) || !op->hasOneUse() || !findBound(graph, op))
    return false;
  Operation *user = *op->user_begin();
  std::optional<unsigned> bound;
  if (isa<arith::MinimumFOp>(user))
    bound = findBound(graph, user);
  return bound && user->getOperand(1 - *bound) == op->getResult(0);
}

/// With a number it is Clip, which import takes for what it is.
LogicalResult writeSelection(Writer w, StringRef plain) {
  std::optional<unsigned> bound = findBound(w.graph, w.op);
  if (!bound)
    return w.finish(plain);
  if (isLowerHalf(w.graph, w.op))
    return success();
  if (isa<arith::MaximumFOp>(w.op))
    return w.finish("Clip", {w.in(1 - *bound), w.in(*bound)});
  Operation *inner = w.op->getOperand(1 - *bound).getDefiningOp();
  if (!inner || !isLowerHalf(w.graph, inner))
    return w.finish("Clip", {w.in(1 - *bound), "", w.in(*bound)});
  unsigned low = *findBound(w.graph, inner);
  return w.finish("Clip",
                  {w.graph.getName(inner->getOperand(1 - low)),
                   w.graph.getName(inner->getOperand(low)), w.in(*bound)});
}

/// Ops whose operands and result are those of one node.
StringRef findPlain(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case<DenseOp>(
          [](DenseOp op) { return op.getBias() ? "Gemm" : "MatMul"; })
      .Case<ReluOp>([](auto) { return "Relu"; })
      .Case<SigmoidOp>([](auto) { return "Sigmoid"; })
      .Case<TanhOp, math::TanhOp>([](auto) { return "Tanh"; })
      .Case<SoftplusOp>([](auto) { return "Softplus"; })
      .Case<SoftsignOp>([](auto) { return "Softsign"; })
      .Case<HardSwishOp>([](auto) { return "HardSwish"; })
      .Case<SeluOp>([](auto) { return "Selu"; })
      .Case<PreluOp>([](auto) { return "PRelu"; })
      .Case<AddOp, arith::AddFOp>([](auto) { return "Add"; })
      .Case<SubOp, arith::SubFOp>([](auto) { return "Sub"; })
      .Case<MulOp, arith::MulFOp>([](auto) { return "Mul"; })
      .Case<arith::DivFOp>([](auto) { return "Div"; })
      .Case<arith::NegFOp>([](auto) { return "Neg"; })
      .Case<math::AbsFOp>([](auto) { return "Abs"; })
      .Case<math::ExpOp>([](auto) { return "Exp"; })
      .Case<math::LogOp>([](auto) { return "Log"; })
      .Case<math::SqrtOp>([](auto) { return "Sqrt"; })
      .Case<math::ErfOp>([](auto) { return "Erf"; })
      .Case<math::SinOp>([](auto) { return "Sin"; })
      .Case<math::CosOp>([](auto) { return "Cos"; })
      .Case<math::FloorOp>([](auto) { return "Floor"; })
      .Case<math::CeilOp>([](auto) { return "Ceil"; })
      .Case<math::PowFOp>([](auto) { return "Pow"; })
      .Default([](auto) { return ""; });
}

LogicalResult writeOther(Writer w) {
  auto last = makeInt("axis", -1);
  return llvm::TypeSwitch<Operation *, LogicalResult>(w.op)
      .Case<LeakyReluOp>([&](auto op) {
        return w.finish("LeakyRelu", {makeReal("alpha", get(op.getSlope()))});
      })
      .Case<EluOp>([&](auto op) {
        return w.finish("Elu", {makeReal("alpha", get(op.getAlpha()))});
      })
      .Case<HardSigmoidOp>([&](auto op) {
        return w.finish("HardSigmoid", {makeReal("alpha", get(op.getAlpha())),
                                        makeReal("beta", get(op.getBeta()))});
      })
      .Case<SiluOp>([&](auto) {
        return w.finish("Mul", {w.in(0), w.part("Sigmoid", {w.in(0)})});
      })
      .Case<GeluOp>([&](auto op) { return writeGelu(w, op); })
      .Case<SoftmaxOp>([&](auto) { return w.finish("Softmax", {last}); })
      .Case<LogSoftmaxOp>([&](auto) { return w.finish("LogSoftmax", {last}); })
      .Case<ConcatOp>([&](auto) { return w.finish("Concat", {last}); })
      .Case<FlattenOp>(
          [&](auto) { return w.finish("Flatten", {makeInt("axis", 1)}); })
      .Case<DropoutOp>([&](auto op) {
        return w.finish("Dropout", {w.in(0), w.number(get(op.getRate()))});
      })
      .Case<BatchNormOp>([&](auto op) { return writeBatchNorm(w, op); })
      .Case<LayerNormOp>([&](auto op) {
        return w.finish(
            "LayerNormalization",
            {makeInt("axis", -1), makeReal("epsilon", get(op.getEpsilon()))});
      })
      .Case<RmsNormOp>([&](auto op) { return writeRmsNorm(w, op); })
      .Case<StandardizeOp>([&](auto op) { return writeStandardize(w, op); })
      .Case<math::RsqrtOp>([&](auto) {
        return w.finish("Reciprocal",
                        ArrayRef<std::string>(w.part("Sqrt", {w.in(0)})));
      })
      .Case<arith::MaximumFOp>([&](auto) { return writeSelection(w, "Max"); })
      .Case<arith::MinimumFOp>([&](auto) { return writeSelection(w, "Min"); })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
          [&](auto) { return writeReshape(w); })
      .Default([](Operation *op) {
        return op->emitOpError() << "has no counterpart in ONNX that keel "
                                    "export knows";
      });
}

} // namespace

LogicalResult keel::onnx::exportOp(GraphExporter &graph, Operation *op) {
  if (op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return op->emitOpError() << "has no counterpart in ONNX that keel export "
                                "knows";
  Writer writer(graph, op);
  StringRef plain = findPlain(op);
  return plain.empty() ? writeOther(writer) : writer.finish(plain);
}
