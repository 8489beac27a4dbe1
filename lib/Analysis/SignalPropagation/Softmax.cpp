//===- Softmax.cpp - Signals through activations by row -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/SignalTransfers.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include <cmath>

using namespace mlir;
using namespace keel;

namespace {

/// No mean over a row's normals has a closed form here, so rows are drawn, the
/// same each time. Each draw is of two rows that are two samples.
class RowSampler {
public:
  explicit RowSampler(const Signal &x)
      : x(x), units(std::clamp<int64_t>(x.units, 1, kMaxUnits)),
        rows{SmallVector<double>(units), SmallVector<double>(units)} {}

  /// Calls `body` with two rows of logits, over and over.
  void run(function_ref<void(ArrayRef<double>, ArrayRef<double>)> body);
  int64_t getDraws() const {
    return std::max<int64_t>(64, kMaxUnits * 8 / units);
  }

private:
  static constexpr int64_t kMaxUnits = 4096;
  double draw();

  Signal x;
  int64_t units;
  SmallVector<double> rows[2];
  uint64_t state = 0x9e3779b97f4a7c15;
};

/// Sums over draws of what a row function's elements do.
struct RowSums {
  double mean = 0, self = 0, samples = 0, units = 0, both = 0;
  double backward = 0; ///< E dx^2 for dy of independent elements, mean 0
  double slope = 0;
};

} // namespace

/// A standard normal (Box & Muller 1958) of a multiplicative generator.
double RowSampler::draw() {
  auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double(state >> 11) + 0.5) * 0x1p-53;
  };
  double radius = std::sqrt(-2.0 * std::log(uniform()));
  return radius * std::cos(2.0 * M_PI * uniform());
}

void RowSampler::run(
    function_ref<void(ArrayRef<double>, ArrayRef<double>)> body) {
  double variance = std::max(x.getVariance(), 0.0);
  double shared =
      std::clamp(x.moments.samples - x.mean * x.mean, 0.0, variance);
  double common = std::sqrt(shared), own = std::sqrt(variance - shared);
  for (int64_t i = 0, e = getDraws(); i < e; ++i) {
    for (int64_t j = 0; j < units; ++j) {
      double base = x.mean + common * draw();
      rows[0][j] = base + own * draw();
      rows[1][j] = base + own * draw();
    }
    body(rows[0], rows[1]);
  }
}

/// log sum exp.
static double getLogSum(ArrayRef<double> row) {
  double top = *std::max_element(row.begin(), row.end()), sum = 0.0;
  for (double v : row)
    sum += std::exp(v - top);
  return top + std::log(sum);
}

/// Adds the moments of the rows y and z, values of two samples.
static void addMoments(RowSums &sums, ArrayRef<double> y, ArrayRef<double> z) {
  double n = double(y.size()), sumY = 0, sumZ = 0, squares = 0, products = 0;
  for (size_t j = 0; j < y.size(); ++j) {
    sumY += y[j];
    sumZ += z[j];
    squares += y[j] * y[j];
    products += y[j] * z[j];
  }
  double pairs = std::max(n * (n - 1.0), 1.0);
  sums.mean += sumY / n;
  sums.self += squares / n;
  sums.samples += products / n;
  sums.units += (sumY * sumY - squares) / pairs;
  sums.both += (sumY * sumZ - products) / pairs;
}

static SignalTransfer makeTransfer(const SignalQuery &query, RowSums sums,
                                   int64_t draws) {
  double scale = 1.0 / double(draws);
  SignalTransfer transfer;
  Signal &y = transfer.result;
  y.units = query.operands[0].units;
  y.mean = scale * sums.mean;
  y.moments =
      scale * PairMoments{sums.self, sums.samples, sums.units, sums.both};
  y.overlapVariance = query.operands[0].overlapVariance;
  double backward = scale * sums.backward;
  PairMoments x = query.operands[0].moments;
  transfer.responses.push_back({scale * sums.slope, [=](const Cotangent &dy) {
                                  Cotangent dx = dy;
                                  dx.moments = backward * dy.moments;
                                  dx.weighted = dx.moments * x;
                                  dx.sensitivity = 0.0;
                                  return dx;
                                }});
  return transfer;
}

// dx_j = y_j (dy_j - sum dy_k y_k): with independent dy of mean square 1,
// E dx_j^2 = y_j^2 (1 - 2 y_j + sum y_k^2).
LogicalResult SoftmaxOp::transferSignal(const SignalQuery &query,
                                        SignalTransfer &transfer) {
  RowSampler sampler(query.operands[0]);
  RowSums sums;
  sampler.run([&](ArrayRef<double> x, ArrayRef<double> other) {
    auto apply = [](ArrayRef<double> row) {
      double top = getLogSum(row);
      return llvm::to_vector(
          llvm::map_range(row, [=](double v) { return std::exp(v - top); }));
    };
    SmallVector<double> y = apply(x), z = apply(other);
    addMoments(sums, y, z);
    double squares = 0.0;
    for (double v : y)
      squares += v * v;
    for (double v : y) {
      sums.backward += v * v * (1.0 - 2.0 * v + squares) / double(y.size());
      sums.slope += v * (1.0 - v) / double(y.size());
    }
  });
  return succeed(transfer, makeTransfer(query, sums, sampler.getDraws()));
}

// dx_j = dy_j - p_j sum dy_k, p the softmax: E dx_j^2 = 1 - 2 p_j + n p_j^2.
LogicalResult LogSoftmaxOp::transferSignal(const SignalQuery &query,
                                           SignalTransfer &transfer) {
  RowSampler sampler(query.operands[0]);
  RowSums sums;
  sampler.run([&](ArrayRef<double> x, ArrayRef<double> other) {
    auto apply = [](ArrayRef<double> row) {
      double top = getLogSum(row);
      return llvm::to_vector(
          llvm::map_range(row, [=](double v) { return v - top; }));
    };
    SmallVector<double> y = apply(x), z = apply(other);
    addMoments(sums, y, z);
    double n = double(y.size());
    for (double v : y) {
      double p = std::exp(v);
      sums.backward += (1.0 - 2.0 * p + n * p * p) / n;
      sums.slope += (1.0 - p) / n;
    }
  });
  return succeed(transfer, makeTransfer(query, sums, sampler.getDraws()));
}
