//===- RepairPlan.h - Which cures make the forecast healthy ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_REPAIRPLAN_H
#define KEEL_LIB_DRIVER_REPAIRPLAN_H

#include "keel/Analysis/ForecastFindings.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>
#include <vector>

namespace keel {

/// One change that mends something.
struct Cure {
  llvm::StringLiteral group;    ///< as `--only` names it
  llvm::StringLiteral label;    ///< for people
  llvm::StringLiteral pipeline; ///< of passes on keel.model
  /// What a plan with it ranks behind others by: a cure more weighs more than
  /// any choice between two of as many.
  double cost;
};

/// All cures, in the order in which they are applied.
llvm::ArrayRef<Cure> getCures();
/// The groups, for messages: `init, norm, ...`.
std::string listCureGroups();

/// A model with some cures applied, and what is forecast of it.
struct RepairCandidate {
  std::vector<const Cure *> cures;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string verdict;
  size_t troubles = 0; ///< findings of the forecast

  std::string getLabel() const;
  double getCost() const;
};

/// The smallest sets of cures of the groups `only` (empty: of all) that make
/// the model's verdict healthy, in the order of their cost, at most `count`;
/// where none does, those that leave the fewest troubles. Sets of which a cure
/// changes nothing are left out. An error has been printed on failure.
llvm::FailureOr<std::vector<RepairCandidate>>
planRepair(mlir::ModuleOp module, int64_t batchSize,
           llvm::ArrayRef<std::string> only, size_t count);

} // namespace keel

#endif // KEEL_LIB_DRIVER_REPAIRPLAN_H
