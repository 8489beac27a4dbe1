//===- Upstream.cpp - Signals through ops of arith and math ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace keel;

namespace {

SignalTransfer transfer(arith::AddFOp, const SignalQuery &query) {
  return transferSum(query, 1.0);
}
SignalTransfer transfer(arith::SubFOp, const SignalQuery &query) {
  return transferSum(query, -1.0);
}
SignalTransfer transfer(arith::MulFOp, const SignalQuery &query) {
  return transferProduct(query);
}
SignalTransfer transfer(arith::NegFOp, const SignalQuery &query) {
  return transferAffine(query, -1.0);
}

/// Of a number that is the same everywhere, null where it is not.
const Signal *getConstant(const Signal &signal) {
  bool isOne = signal.isHeld &&
               signal.getVariance() <= 1e-12 * std::abs(signal.moments.self);
  return isOne ? &signal : nullptr;
}

FailureOr<SignalTransfer> transfer(arith::DivFOp, const SignalQuery &query) {
  if (const Signal *by = getConstant(query.operands[1]); by && by->mean != 0.0)
    return transferAffine(query, 1.0 / by->mean);
  return failure();
}

/// max(x, bound) and min(x, bound), a bound on either side.
FailureOr<SignalTransfer> transferBound(const SignalQuery &query, bool isMax) {
  for (unsigned i : {0u, 1u}) {
    const Signal *bound = getConstant(query.operands[1 - i]);
    if (!bound)
      continue;
    double b = bound->mean;
    auto keeps = [=](double x) { return isMax ? x > b : x < b; };
    return transferElementwise(query,
                               {[=](double x) { return keeps(x) ? x : b; },
                                [=](double x) { return keeps(x) ? 1.0 : 0.0; },
                                {b},
                                std::nullopt,
                                true},
                               i);
  }
  return failure();
}

FailureOr<SignalTransfer> transfer(arith::MaximumFOp,
                                   const SignalQuery &query) {
  return transferBound(query, /*isMax=*/true);
}
FailureOr<SignalTransfer> transfer(arith::MinimumFOp,
                                   const SignalQuery &query) {
  return transferBound(query, /*isMax=*/false);
}

SignalTransfer transfer(math::AbsFOp, const SignalQuery &query) {
  return transferElementwise(query,
                             {[](double x) { return std::abs(x); },
                              [](double x) { return x > 0.0 ? 1.0 : -1.0; },
                              {0.0}});
}
SignalTransfer transfer(math::CosOp, const SignalQuery &query) {
  return transferElementwise(query, {[](double x) { return std::cos(x); },
                                     [](double x) { return -std::sin(x); }});
}
SignalTransfer transfer(math::SinOp, const SignalQuery &query) {
  return transferElementwise(query, {[](double x) { return std::sin(x); },
                                     [](double x) { return std::cos(x); }});
}
SignalTransfer transfer(math::ExpOp, const SignalQuery &query) {
  auto exp = [](double x) { return std::exp(x); };
  return transferElementwise(query, {exp, exp});
}
SignalTransfer transfer(math::ErfOp, const SignalQuery &query) {
  constexpr double slope = 1.1283791670955126; // 2 / sqrt(pi)
  return transferElementwise(query,
                             {[](double x) { return std::erf(x); },
                              [](double x) { return slope * std::exp(-x * x); },
                              {},
                              0.05 * slope});
}
SignalTransfer transfer(math::TanhOp, const SignalQuery &query) {
  return transferElementwise(query, {[](double x) { return std::tanh(x); },
                                     [](double x) {
                                       double y = std::tanh(x);
                                       return 1.0 - y * y;
                                     },
                                     {},
                                     0.05});
}

template <typename OpTy>
struct UpstreamSignal
    : SignalPropagationOpInterface::ExternalModel<UpstreamSignal<OpTy>, OpTy> {
  LogicalResult transferSignal(Operation *op, const SignalQuery &query,
                               SignalTransfer &result) const {
    FailureOr<SignalTransfer> known = transfer(cast<OpTy>(op), query);
    if (succeeded(known))
      result = std::move(*known);
    return known;
  }
};

template <typename... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<UpstreamSignal<Ops>>(*context), ...);
}

} // namespace

// Roots, logarithms and powers have no moments about 0, where the forecast's
// normal variables are: an op that stands there is named instead.
void keel::registerUpstreamSignals(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attach<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
           arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp>(context);
  });
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attach<math::AbsFOp, math::CosOp, math::ErfOp, math::ExpOp, math::SinOp,
           math::TanhOp>(context);
  });
}
