//===- Optimizers.cpp - Adam, Momentum and Adagrad of the training domain -===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// One step of an optimizer as a node: its operands are the learning rate R, the
// number of steps T, then all tensors X, all gradients G and all slots; its
// results the new tensors and slots.

#include "Build.h"
#include "Families.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;

namespace {

/// Scalars of one element's step.
class Scalars {
public:
  Scalars(LocBuilder &b, Type type) : b(b), type(type) {}

  Value number(double value) { return buildScalar(b, type, value); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value mul(Value x, double y) { return mul(x, number(y)); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value sqrt(Value x) { return math::SqrtOp::create(b, x); }
  Value pow(double x, Value y) { return math::PowFOp::create(b, number(x), y); }
  Value real(Value steps) { return buildCast(b, steps, type, false); }
  /// `yes` after the first step, `no` in it.
  Value afterFirst(Value steps, Value yes, Value no) {
    Value zero = buildScalar(b, steps.getType(), 0);
    Value holds =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, steps, zero);
    return arith::SelectOp::create(b, holds, yes, no);
  }

private:
  LocBuilder &b;
  Type type;
};

/// The operands of a node, by what they are.
class Step {
public:
  Step(NodeImporter &n, unsigned numSlots) : n(n), numSlots(numSlots) {}

  Error check();
  unsigned getCount() const { return count; }
  /// Of tensor `index`: X is 0, G is 1, the slots follow.
  Value get(unsigned what, unsigned index) {
    return n.getValue(2 + what * count + index);
  }
  /// From X, G, the slots, then R and T.
  Value build(unsigned index, ArrayRef<Value> operands,
              llvm::function_ref<Value(Scalars &, ValueRange)> body) {
    SmallVector<Value> values(operands);
    values.append({rate, steps});
    Type type = getElement(operands.front());
    return buildMap(n.b, getShape(operands.front()), type, values,
                    [&](LocBuilder &b, ValueRange v) {
                      Scalars scalars(b, type);
                      return body(scalars, v);
                    });
  }
  /// Result `what`, X first, of tensor `index`.
  void set(unsigned what, unsigned index, Value value) {
    n.set(what * count + index, value, n.getType(2 + index));
  }

private:
  NodeImporter &n;
  unsigned numSlots, count = 0;
  Value rate, steps;
};

} // namespace

Error Step::check() {
  unsigned groups = 2 + numSlots;
  unsigned given = n.getNumInputs();
  if (given < 2 + groups || (given - 2) % groups != 0)
    return n.fail("takes R, T and {0} operands for each tensor, got {1} "
                  "operands",
                  groups, given);
  count = (given - 2) / groups;
  for (unsigned i = 0; i < given; ++i)
    if (!n.has(i))
      return n.fail("operand {0} is missing", i);
  if (n.getType(1) != DataType::i64 || !n.getShape(0).empty() ||
      !n.getShape(1).empty())
    return n.fail("R must be one number, T one of int64");
  for (unsigned i = 2; i < given; ++i) {
    unsigned x = 2 + (i - 2) % count;
    if (!n.isReal(i) || n.getType(i) != n.getType(0))
      return n.fail("its tensors must have R's type, float or double");
    if (n.getShape(i) != n.getShape(x))
      return n.fail("shape {0} of operand {1} must be its tensor's, {2}",
                    describe(n.getShape(i)), i, describe(n.getShape(x)));
  }
  rate = n.getValue(0);
  steps = n.getValue(1);
  return Error::success();
}

static Error importAdagrad(NodeImporter &n) {
  double decay = n.getReal("decay_factor", 0.0);
  double epsilon = n.getReal("epsilon", 1e-6);
  double norm = n.getReal("norm_coefficient", 0.0);
  Step step(n, /*numSlots=*/1);
  if (Error error = step.check())
    return error;
  for (unsigned i = 0; i < step.getCount(); ++i) {
    Value x = step.get(0, i), g = step.get(1, i), h = step.get(2, i);
    auto regularize = [&](Scalars &s, ValueRange v) {
      return s.add(s.mul(v[0], norm), v[1]);
    };
    Value newH = step.build(i, {x, g, h}, [&](Scalars &s, ValueRange v) {
      Value gradient = regularize(s, v);
      return s.add(v[2], s.mul(gradient, gradient));
    });
    Value newX = step.build(i, {x, g, newH}, [&](Scalars &s, ValueRange v) {
      Value slow = s.add(s.number(1), s.mul(s.real(v[4]), decay));
      Value change = s.div(s.mul(s.div(v[3], slow), regularize(s, v)),
                           s.add(s.sqrt(v[2]), s.number(epsilon)));
      return s.sub(v[0], change);
    });
    step.set(0, i, newX);
    step.set(1, i, newH);
  }
  return Error::success();
}

static Error importAdam(NodeImporter &n) {
  double alpha = n.getReal("alpha", 0.9), beta = n.getReal("beta", 0.999);
  double epsilon = n.getReal("epsilon", 1e-6);
  double norm = n.getReal("norm_coefficient", 0.0);
  double after = n.getReal("norm_coefficient_post", 0.0);
  Step step(n, /*numSlots=*/2);
  if (Error error = step.check())
    return error;
  for (unsigned i = 0; i < step.getCount(); ++i) {
    Value x = step.get(0, i), g = step.get(1, i);
    Value newV =
        step.build(i, {x, g, step.get(2, i)}, [&](Scalars &s, ValueRange v) {
          Value gradient = s.add(s.mul(v[0], norm), v[1]);
          return s.add(s.mul(v[2], alpha), s.mul(gradient, 1.0 - alpha));
        });
    Value newH =
        step.build(i, {x, g, step.get(3, i)}, [&](Scalars &s, ValueRange v) {
          Value gradient = s.add(s.mul(v[0], norm), v[1]);
          return s.add(s.mul(v[2], beta),
                       s.mul(s.mul(gradient, gradient), 1.0 - beta));
        });
    Value newX = step.build(i, {x, newV, newH}, [&](Scalars &s, ValueRange v) {
      Value t = s.real(v[4]), one = s.number(1);
      Value corrected = s.div(s.mul(v[3], s.sqrt(s.sub(one, s.pow(beta, t)))),
                              s.sub(one, s.pow(alpha, t)));
      Value rate = s.afterFirst(v[4], corrected, v[3]);
      Value change =
          s.div(s.mul(rate, v[1]), s.add(s.sqrt(v[2]), s.number(epsilon)));
      return s.mul(s.sub(v[0], change), 1.0 - after);
    });
    step.set(0, i, newX);
    step.set(1, i, newV);
    step.set(2, i, newH);
  }
  return Error::success();
}

static Error importMomentum(NodeImporter &n) {
  double alpha = n.getReal("alpha", 0.0), beta = n.getReal("beta", 0.0);
  double norm = n.getReal("norm_coefficient", 0.0);
  std::string mode = n.getText("mode", "");
  if (mode != "standard" && mode != "nesterov")
    return n.fail("mode must be standard or nesterov, got '{0}'", mode);
  Step step(n, /*numSlots=*/1);
  if (Error error = step.check())
    return error;
  for (unsigned i = 0; i < step.getCount(); ++i) {
    Value x = step.get(0, i), g = step.get(1, i);
    auto regularize = [&](Scalars &s, ValueRange v) {
      return s.add(s.mul(v[0], norm), v[1]);
    };
    Value newV =
        step.build(i, {x, g, step.get(2, i)}, [&](Scalars &s, ValueRange v) {
          Value factor = s.afterFirst(v[4], s.number(beta), s.number(1));
          return s.add(s.mul(v[2], alpha), s.mul(factor, regularize(s, v)));
        });
    Value newX = step.build(i, {x, g, newV}, [&](Scalars &s, ValueRange v) {
      Value change = mode == "standard"
                         ? v[2]
                         : s.add(regularize(s, v), s.mul(v[2], alpha));
      return s.sub(v[0], s.mul(v[3], change));
    });
    step.set(0, i, newX);
    step.set(1, i, newV);
  }
  return Error::success();
}

void keel::onnx::addOptimizers(Handlers &handlers) {
  handlers["ai.onnx.preview.training.Adagrad"] = importAdagrad;
  handlers["ai.onnx.preview.training.Adam"] = importAdam;
  handlers["ai.onnx.preview.training.Momentum"] = importMomentum;
}
