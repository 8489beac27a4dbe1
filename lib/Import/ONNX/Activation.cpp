//===- Activation.cpp - Activations by element ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "Families.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;

static Error checkReal(NodeImporter &n) {
  n.ignore("consumed_inputs"); // of the first operator sets
  if (!n.has(0))
    return n.fail("its operand is missing");
  if (!n.isReal(0))
    return n.fail("elements of {0} are not supported here, float and double "
                  "are",
                  getName(n.getType(0)));
  return Error::success();
}

static Error set(NodeImporter &n, Value value) {
  n.set(0, value, n.getType(0));
  return Error::success();
}

/// Element by element, where Keel has no op.
static Error importMap(NodeImporter &n, Body body) {
  Value x = n.getValue(0);
  return set(n, buildMap(n.b, n.getShape(0), getElement(x), {x}, body));
}

template <typename OpTy> static Error importPlain(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  Value x = n.getValue(0);
  return set(n, OpTy::create(n.b, x.getType(), x));
}

static FloatAttr getSetting(NodeImporter &n, double value) {
  return n.b.getF64FloatAttr(value);
}

static Error importLeakyRelu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  Value x = n.getValue(0);
  return set(n, LeakyReluOp::create(n.b, x.getType(), x,
                                    getSetting(n, n.getReal("alpha", 0.01))));
}

static Error importElu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  Value x = n.getValue(0);
  return set(n, EluOp::create(n.b, x.getType(), x,
                              getSetting(n, n.getReal("alpha", 1.0))));
}

/// x where x > 0, else scale (exp(x / alpha) - 1), times factor.
static Value buildExponential(LocBuilder &b, Value x, double scale,
                              double alpha, double factor) {
  Type type = x.getType();
  Value scaled = arith::MulFOp::create(b, x, buildScalar(b, type, 1.0 / alpha));
  Value grown = math::ExpM1Op::create(b, scaled);
  Value below = arith::MulFOp::create(b, grown, buildScalar(b, type, scale));
  Value isAbove = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x,
                                        buildScalar(b, type, 0));
  Value result = arith::SelectOp::create(b, isAbove, x, below);
  return arith::MulFOp::create(b, result, buildScalar(b, type, factor));
}

static Error importSelu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  // Operator sets 1 to 5 round the constants.
  bool isOld = n.opset < 6;
  double alpha = n.getReal("alpha", isOld ? 1.6732 : 1.6732632);
  double gamma = n.getReal("gamma", isOld ? 1.0507 : 1.050701);
  Value x = n.getValue(0);
  if (float(alpha) == 1.6732632423543772f &&
      float(gamma) == 1.0507009873554805f)
    return set(n, SeluOp::create(n.b, x.getType(), x));
  return importMap(n, [&](LocBuilder &b, ValueRange x) {
    return buildExponential(b, x[0], alpha, 1.0, gamma);
  });
}

static Error importCelu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  double alpha = n.getReal("alpha", 1.0);
  Value x = n.getValue(0);
  if (alpha == 1.0)
    return set(n, EluOp::create(n.b, x.getType(), x, getSetting(n, 1.0)));
  if (alpha == 0.0)
    return n.fail("alpha must not be 0");
  return importMap(n, [&](LocBuilder &b, ValueRange x) {
    return buildExponential(b, x[0], alpha, alpha, 1.0);
  });
}

static Error importGelu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  std::string form = n.getText("approximate", "none");
  if (form != "none" && form != "tanh")
    return n.fail("approximate must be \"none\" or \"tanh\", got \"{0}\"",
                  form);
  Value x = n.getValue(0);
  return set(n, GeluOp::create(n.b, x.getType(), x, n.b.getStringAttr(form)));
}

static Error importHardSigmoid(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  Value x = n.getValue(0);
  return set(n, HardSigmoidOp::create(n.b, x.getType(), x,
                                      getSetting(n, n.getReal("alpha", 0.2)),
                                      getSetting(n, n.getReal("beta", 0.5))));
}

static Value buildSigmoid(LocBuilder &b, Value x) {
  Type type = x.getType();
  Value one = buildScalar(b, type, 1);
  // exp(-x) may be infinite: the result is 0 then, as it should be.
  Value grown = math::ExpOp::create(b, arith::NegFOp::create(b, x));
  return arith::DivFOp::create(b, one, arith::AddFOp::create(b, one, grown));
}

/// x sigmoid(alpha x).
static Error importSwish(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  double alpha = n.getReal("alpha", 1.0);
  Value x = n.getValue(0);
  if (alpha == 1.0)
    return set(n, SiluOp::create(n.b, x.getType(), x));
  return importMap(n, [&](LocBuilder &b, ValueRange x) -> Value {
    Value scaled =
        arith::MulFOp::create(b, x[0], buildScalar(b, x[0].getType(), alpha));
    return arith::MulFOp::create(b, x[0], buildSigmoid(b, scaled));
  });
}

/// x tanh(softplus(x)), by ops that have an adjoint.
static Error importMish(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  Value x = n.getValue(0);
  Type type = x.getType();
  Value soft = SoftplusOp::create(n.b, type, x);
  return set(n, MulOp::create(n.b, type, x, TanhOp::create(n.b, type, soft)));
}

static Error importThresholdedRelu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  double alpha = n.getReal("alpha", 1.0);
  return importMap(n, [&](LocBuilder &b, ValueRange x) -> Value {
    Type type = x[0].getType();
    // Not above, and not NaN.
    Value isBelow = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x[0],
                                          buildScalar(b, type, alpha));
    return arith::SelectOp::create(b, isBelow, buildScalar(b, type, 0), x[0]);
  });
}

/// x + bias below -lambd, x - bias above lambd, 0 between.
static Error importShrink(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  double bias = n.getReal("bias", 0.0), lambd = n.getReal("lambd", 0.5);
  return importMap(n, [&](LocBuilder &b, ValueRange x) -> Value {
    Type type = x[0].getType();
    auto choose = [&](arith::CmpFPredicate predicate, double limit, double by,
                      Value rest) {
      Value holds = arith::CmpFOp::create(b, predicate, x[0],
                                          buildScalar(b, type, limit));
      Value moved = arith::AddFOp::create(b, x[0], buildScalar(b, type, by));
      return arith::SelectOp::create(b, holds, moved, rest);
    };
    Value rest = choose(arith::CmpFPredicate::OGT, lambd, -bias,
                        buildScalar(b, type, 0));
    return choose(arith::CmpFPredicate::OLT, -lambd, bias, rest);
  });
}

/// x where x > 0, else slope x; the slope broadcasts to x.
static Error importPRelu(NodeImporter &n) {
  if (Error error = checkReal(n))
    return error;
  if (!n.has(1) || n.getType(1) != n.getType(0))
    return n.fail("the slope must be of x's type");
  Sizes shape(n.getShape(0)), own(n.getShape(1));
  std::optional<Sizes> all = broadcast({shape, own});
  if (!all || *all != shape)
    return n.fail("shape {0} of the slope does not broadcast to {1}",
                  describe(own), describe(shape));
  Value x = n.getValue(0);
  // No number of elements: that of a slope that is computed may not be known.
  bool isVector =
      own.empty() ||
      (llvm::all_of(ArrayRef(own).drop_back(),
                    [](int64_t size) { return size == 1; }) &&
       (own.back() == 1 || (!shape.empty() && own.back() == shape.back())));
  if (n.isParam(1) && !shape.empty() && isVector)
    return set(n,
               PreluOp::create(n.b, x.getType(), x, n.getParam(1, Form::flat)));
  return set(n, buildMap(n.b, shape, getElement(x), {x, n.getValue(1)},
                         [](LocBuilder &b, ValueRange x) -> Value {
                           Value isAbove = arith::CmpFOp::create(
                               b, arith::CmpFPredicate::OGT, x[0],
                               buildScalar(b, x[0].getType(), 0));
                           Value scaled = arith::MulFOp::create(b, x[0], x[1]);
                           return arith::SelectOp::create(b, isAbove, x[0],
                                                          scaled);
                         }));
}

void keel::onnx::addActivations(Handlers &handlers) {
  handlers["Relu"] = importPlain<ReluOp>;
  handlers["Sigmoid"] = importPlain<SigmoidOp>;
  handlers["Tanh"] = importPlain<TanhOp>;
  handlers["Softplus"] = importPlain<SoftplusOp>;
  handlers["Softsign"] = importPlain<SoftsignOp>;
  handlers["HardSwish"] = importPlain<HardSwishOp>;
  handlers["LeakyRelu"] = importLeakyRelu;
  handlers["PRelu"] = importPRelu;
  handlers["Elu"] = importElu;
  handlers["Selu"] = importSelu;
  handlers["Celu"] = importCelu;
  handlers["Gelu"] = importGelu;
  handlers["HardSigmoid"] = importHardSigmoid;
  handlers["Swish"] = importSwish;
  handlers["Mish"] = importMish;
  handlers["ThresholdedRelu"] = importThresholdedRelu;
  handlers["Shrink"] = importShrink;
}
