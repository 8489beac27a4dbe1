//===- Findings.h - The parts that findTroubles puts together -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_ANALYSIS_FINDINGS_H
#define KEEL_LIB_ANALYSIS_FINDINGS_H

#include "keel/Analysis/ForecastFindings.h"

namespace keel {

using Findings = llvm::SmallVectorImpl<Finding>;

/// symmetric, linear-stack, double-softmax: what the graph alone tells.
void findStructural(const GradientForecast &forecast, Findings &findings);
/// exploding, batch-norm-explosion, vanishing, depth-beyond-correlation.
void findGradients(const GradientForecast &forecast, Findings &findings);
/// exploding and vanishing of weights before a norm, relative to their size.
void findNorms(const GradientForecast &forecast, Findings &findings);
/// saturated and dead.
void findUnits(const GradientForecast &forecast, Findings &findings);
/// clip-always.
void findClipping(const GradientForecast &forecast, Findings &findings);

/// The layers with weights, in order.
llvm::SmallVector<DenseOp> getDenseLayers(ModelOp model);
/// The parameter that `value` is, or null.
ParamOp getParam(mlir::Value value);
/// `fc1.weight: `, or nothing where the weight has no name.
std::string getPrefix(DenseOp op);
/// Whether every path from `op` to a result passes no other dense layer.
bool isLastLayer(DenseOp op);
/// The norm that alone reads the layer's result, or null.
mlir::Operation *getNorm(DenseOp op);
/// The name of an op without its dialect.
llvm::StringRef getShortName(mlir::Operation *op);

} // namespace keel

#endif // KEEL_LIB_ANALYSIS_FINDINGS_H
