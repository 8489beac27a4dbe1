//===- MatrixResults.h - What a matrix of forecasts gave
//-------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_FORECAST_MATRIXRESULTS_H
#define KEEL_TEST_INTEGRATION_FORECAST_MATRIXRESULTS_H

#include "Measured.h"
#include <map>

namespace keel::test {

/// Measured sizes by the name of a network. They outlive a run in a file, so
/// that a change of the analysis is compared with what was measured once.
class Measurements {
public:
  /// Without a path they are not kept.
  explicit Measurements(std::string path);

  /// None where it was not measured yet.
  const std::vector<Sizes> *find(const std::string &name) const;
  /// Appends to the file.
  void add(const std::string &name, const std::vector<Sizes> &sizes);

private:
  std::string path;
  std::map<std::string, std::vector<Sizes>> measured;
};

/// One network's forecast beside what was measured.
struct MatrixResult {
  ForecastCase network;
  /// The op that is furthest off, in units of what is allowed, of those for
  /// which the analysis says that theory holds, and of the others.
  double miss = 0.0, missBeyond = 0.0;
  std::string worst;
  /// How many others there are.
  size_t beyond = 0;
};

MatrixResult compare(const ForecastCase &network,
                     const std::vector<Sizes> &measured, int seeds, bool show);

/// The worst of each activation, norm and shortcut, and the worst of all.
void printSummary(std::vector<MatrixResult> results);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_FORECAST_MATRIXRESULTS_H
