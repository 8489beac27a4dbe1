//===- ForecastFindings.cpp - What a forecast means for training ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Analysis/ForecastFindings.h"
#include "Findings.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

std::string keel::formatShort(double value) {
  if (value == 0.0)
    return "0";
  char text[32];
  std::snprintf(text, sizeof text, "%#.3g", value);
  return StringRef(text).rtrim('.').str();
}

StringRef keel::getVerdict(ArrayRef<Finding> findings) {
  static constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral>
      kVerdicts[] = {{finding::kSymmetric, "symmetric"},
                     {finding::kExploding, "exploding"},
                     {finding::kBatchNormExplosion, "exploding"},
                     {finding::kVanishing, "vanishing"},
                     {finding::kDead, "dead"},
                     {finding::kSaturated, "saturated"},
                     {finding::kUnscaledInput, "unscaled-input"}};
  for (auto [kind, verdict] : kVerdicts)
    if (llvm::any_of(findings,
                     [&](const Finding &f) { return f.kind == kind; }))
      return verdict;
  return "healthy";
}

/// Ops and parameters that have no transfer or no moments.
static void findUnknown(const GradientForecast &forecast,
                        SmallVectorImpl<Finding> &findings) {
  for (Operation *op : forecast.getUnknownOps())
    findings.push_back(
        {op, finding::kUnknown,
         llvm::formatv("'{0}' tells nothing of signals: the forecast takes it "
                       "for the identity",
                       op->getName()),
         "implement SignalPropagationOpInterface"});
  for (Operation *op : forecast.getUnknownParams())
    findings.push_back(
        {op, finding::kUnknown,
         "the initializer does not tell its moments: the forecast takes it for "
         "a standard normal",
         "implement getInitialMoments of InitializerAttrInterface"});
}

SmallVector<Finding> keel::findTroubles(const GradientForecast &forecast) {
  SmallVector<Finding> findings;
  findUnknown(forecast, findings);
  findStructural(forecast, findings);
  findGradients(forecast, findings);
  findNorms(forecast, findings);
  findUnits(forecast, findings);
  findClipping(forecast, findings);
  // In the model's order; of one op, in the order above.
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(0, findings.size()));
  llvm::sort(order, [&](unsigned i, unsigned j) {
    Operation *a = findings[i].op, *b = findings[j].op;
    return a != b && a->getBlock() == b->getBlock() ? a->isBeforeInBlock(b)
                                                    : i < j;
  });
  SmallVector<Finding> sorted;
  for (unsigned i : order)
    sorted.push_back(std::move(findings[i]));
  return sorted;
}
