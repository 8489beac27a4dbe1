//===- GradientForecast.h - Signals and gradients at initialization -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_ANALYSIS_GRADIENTFORECAST_H
#define KEEL_ANALYSIS_GRADIENTFORECAST_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Interfaces/Signal.h"
#include "llvm/ADT/DenseMap.h"

namespace keel {

/// What is forecast of one op's result. A number that is not known is NaN.
struct LayerForecast {
  mlir::Operation *op;
  mlir::Value value;
  double forwardRms, gradientRms;
  /// Deviations of the logarithms of both, from one draw of the weights to
  /// another.
  double forwardLogDeviation, gradientLogDeviation;
  std::optional<double> saturated, dead;
  /// Whether theory holds for both: not where the terms of finite width that
  /// feed on each other sum up to more than kLargestCorrection, in the
  /// logarithm of the mean square, here or, for the gradient, in a value
  /// behind.
  bool isReliable;
};

inline constexpr double kLargestCorrection = 0.6;

/// How signals and gradients change in size through a model as it starts, in
/// training mode, for standardized inputs and an independent normal cotangent
/// at each result. Each op transfers a small abstract state by
/// SignalPropagationOpInterface, forward and then backward; the IR is read
/// only.
class GradientForecast {
public:
  explicit GradientForecast(ModelOp model, int64_t batchSize = 64);
  /// As an analysis of the pass manager's.
  explicit GradientForecast(mlir::Operation *op)
      : GradientForecast(mlir::cast<ModelOp>(op)) {}

  ModelOp getModel() const { return model; }
  int64_t getBatchSize() const { return batchSize; }

  /// Every op but parameters, states, constants and the return, in order.
  llvm::ArrayRef<LayerForecast> getLayers() const { return layers; }
  const LayerForecast *find(mlir::Value value) const;

  /// The abstract states: of any value, and the gradient with respect to it.
  Signal getSignal(mlir::Value value) const { return signals.lookup(value); }
  Cotangent getCotangent(mlir::Value value) const {
    return cotangents.lookup(value);
  }
  /// The typical root mean square of a value and of the gradient.
  double getForwardRms(mlir::Value value) const;
  double getGradientRms(mlir::Value value) const;

  /// Ops that have no transfer: taken for the identity.
  llvm::ArrayRef<mlir::Operation *> getUnknownOps() const { return unknown; }
  /// Parameters whose initializer does not tell its moments.
  llvm::ArrayRef<mlir::Operation *> getUnknownParams() const {
    return unknownParams;
  }

private:
  /// What a use gives to the gradient of a value.
  struct Contribution {
    mlir::OpOperand *use;
    double square, alignedSampling;
  };
  /// The aligned part of that: its second moments and size, the size times its
  /// relative deviation; and of the whole of it what has come of an aligned
  /// part before, and that times how much it varies by that.
  struct AlignedPart {
    Matrix2 aligned;
    double size = 0.0, deviation = 0.0, driven = 0.0, variance = 0.0;

    AlignedPart operator+(const AlignedPart &other) const {
      return {aligned + other.aligned, size + other.size,
              deviation + other.deviation, driven + other.driven,
              variance + other.variance};
    }
  };
  void propagateForward();
  void propagateBackward();
  Signal makeHeld(mlir::Operation *op);
  SignalTransfer transfer(mlir::Operation *op);
  Cotangent gather(mlir::Value value);
  /// The aligned part of the gradient with respect to a value, and what ways
  /// through several users have in common there.
  void align(mlir::Value value, llvm::ArrayRef<Contribution> contributions,
             Cotangent &cotangent);
  AlignedPart getAlignedPart(const Contribution &contribution,
                             const Matrix2 &gram) const;
  bool isFollowedWhole(mlir::OpOperand &a, mlir::OpOperand &b) const;
  const SignalResponse *findResponse(mlir::OpOperand &use) const;
  Matrix2 getFreshAligned(mlir::OpOperand &use, double square) const;
  Matrix2 getAlignedCovariance(mlir::OpOperand *a, mlir::OpOperand *b);
  double getRestSquare(mlir::Value value) const;
  PairMoments getCovariance(mlir::Value a, mlir::Value b);
  PairMoments computeCovariance(mlir::Value a, mlir::Value b);
  PairMoments getCotangentCovariance(mlir::Value a, mlir::Value b);
  PairMoments computeCotangentCovariance(mlir::Value a, mlir::Value b);
  unsigned getOrder(mlir::Value value) const;
  void summarize();

  ModelOp model;
  int64_t batchSize;
  llvm::DenseMap<mlir::Value, Signal> signals;
  llvm::DenseMap<mlir::Value, Cotangent> cotangents;
  llvm::DenseMap<mlir::Operation *, SignalTransfer> transfers;
  llvm::DenseMap<mlir::Operation *, unsigned> order;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Value>, PairMoments> covariances,
      cotangentCovariances;
  llvm::DenseMap<std::pair<mlir::OpOperand *, mlir::OpOperand *>, Matrix2>
      alignedCovariances;
  llvm::SmallVector<LayerForecast> layers;
  llvm::SmallVector<mlir::Operation *> unknown, unknownParams;
};

} // namespace keel

#endif // KEEL_ANALYSIS_GRADIENTFORECAST_H
