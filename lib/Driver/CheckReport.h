//===- CheckReport.h - A forecast as a table, JSON and a page -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_CHECKREPORT_H
#define KEEL_LIB_DRIVER_CHECKREPORT_H

#include "keel/Analysis/ForecastFindings.h"
#include "llvm/Support/raw_ostream.h"

namespace keel {

/// What one batch gave for a layer; NaN where nothing was measured.
struct MeasuredLayer {
  double forwardRms, gradientRms;
};

/// All that `keel check` tells.
struct CheckReport {
  const GradientForecast &forecast;
  llvm::ArrayRef<Finding> findings;
  /// One a layer of the forecast, or none.
  llvm::ArrayRef<MeasuredLayer> measured;

  void printTable(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
  /// One page of HTML that needs nothing else.
  void printPage(llvm::raw_ostream &os) const;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_CHECKREPORT_H
