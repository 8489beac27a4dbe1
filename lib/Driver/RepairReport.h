//===- RepairReport.h - What was tried and what came of it ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_REPAIRREPORT_H
#define KEEL_LIB_DRIVER_REPAIRREPORT_H

#include "RepairPlan.h"
#include "RepairTrial.h"

namespace keel {

/// The model as it is, then each candidate, with its trial where one was run.
struct RepairReport {
  struct Row {
    std::string label, verdict;
    size_t size; ///< how many cures
    std::optional<TrialResult> trial;
  };
  std::string model;
  std::string conditions; ///< of the trials; empty where there were none
  std::vector<Row> rows;
  size_t chosen = 0; ///< the row that was written
  std::string text;  ///< the file that was written

  void printTable(llvm::raw_ostream &os) const;
  /// One page of HTML that needs nothing else: the losses over the steps, the
  /// table, the model.
  void printPage(llvm::raw_ostream &os) const;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_REPAIRREPORT_H
