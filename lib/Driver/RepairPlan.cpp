//===- RepairPlan.cpp - Which cures make the forecast healthy -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairPlan.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace keel;

// Norms after shortcuts, whose sums they look for; weights last: they go by the
// activations.
static constexpr Cure kCures[] = {
    {"activation", "leaky activations", "keel-leaky-activations", 1.10},
    {"residual", "shortcuts", "keel-insert-shortcuts", 1.20},
    {"norm", "layer norm", "keel-insert-norms{kind=layer}", 1.30},
    {"norm", "batch norm", "keel-insert-norms{kind=batch}", 1.35},
    {"init", "fitting initializers", "keel-fit-initializers", 1.0},
    {"init", "orthogonal initializers",
     "keel-fit-initializers{orthogonal=true}", 1.05},
    {"clip", "clipping", "keel-set-clip", 1.40}};

ArrayRef<Cure> keel::getCures() { return kCures; }

std::string keel::listCureGroups() {
  llvm::StringSet<> seen;
  std::string list;
  for (const Cure &cure : kCures)
    if (seen.insert(cure.group).second)
      list += (list.empty() ? "" : ", ") + cure.group.str();
  return list;
}

std::string RepairCandidate::getLabel() const {
  if (cures.empty())
    return "as it is";
  return llvm::join(
      llvm::map_range(cures, [](const Cure *cure) { return cure->label; }),
      ", ");
}

double RepairCandidate::getCost() const {
  double cost = 0.0;
  for (const Cure *cure : cures)
    cost += cure->cost;
  return cost;
}

/// Sets without two cures of one group, cheapest first.
static std::vector<std::vector<const Cure *>>
getSets(ArrayRef<std::string> only) {
  std::vector<RepairCandidate> sets(1);
  for (const Cure &cure : kCures) {
    if (!only.empty() && !llvm::is_contained(only, cure.group))
      continue;
    for (size_t i = 0, e = sets.size(); i < e; ++i) {
      if (llvm::any_of(sets[i].cures, [&](const Cure *other) {
            return other->group == cure.group;
          }))
        continue;
      std::vector<const Cure *> cures = sets[i].cures;
      cures.push_back(&cure);
      sets.emplace_back().cures = std::move(cures);
    }
  }
  llvm::sort(sets, [](const RepairCandidate &a, const RepairCandidate &b) {
    return std::pair(a.getCost(), a.cures) < std::pair(b.getCost(), b.cures);
  });
  std::vector<std::vector<const Cure *>> result;
  for (RepairCandidate &set : llvm::drop_begin(sets))
    result.push_back(std::move(set.cures));
  return result;
}

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return text;
}

/// Applies a candidate's cures. False where one changes nothing.
static FailureOr<bool> apply(RepairCandidate &candidate) {
  std::string before = print(*candidate.module);
  for (const Cure *cure : candidate.cures) {
    PassManager pm(candidate.module->getContext());
    if (failed(parsePassPipeline(("keel.model(" + cure->pipeline + ")").str(),
                                 pm)) ||
        failed(pm.run(*candidate.module)))
      return failure();
    std::string after = print(*candidate.module);
    if (after == before)
      return false;
    before = std::move(after);
  }
  return true;
}

static void forecast(RepairCandidate &candidate, int64_t batchSize) {
  ModelOp model = *candidate.module->getOps<ModelOp>().begin();
  GradientForecast forecast(model, batchSize);
  SmallVector<Finding> findings = findTroubles(forecast);
  candidate.verdict = getVerdict(findings).str();
  candidate.troubles = findings.size();
}

FailureOr<std::vector<RepairCandidate>>
keel::planRepair(ModuleOp module, int64_t batchSize, ArrayRef<std::string> only,
                 size_t count) {
  std::vector<RepairCandidate> healthy, others;
  llvm::StringSet<> seen;
  seen.insert(print(module));
  for (std::vector<const Cure *> &cures : getSets(only)) {
    if (healthy.size() == count)
      break;
    RepairCandidate candidate;
    candidate.cures = std::move(cures);
    candidate.module = module.clone();
    FailureOr<bool> applied = apply(candidate);
    if (failed(applied))
      return failure();
    if (!*applied || !seen.insert(print(*candidate.module)).second)
      continue;
    forecast(candidate, batchSize);
    bool isHealthy = candidate.verdict == "healthy";
    (isHealthy ? healthy : others).push_back(std::move(candidate));
  }
  if (!healthy.empty())
    return healthy;
  llvm::sort(others, [](const RepairCandidate &a, const RepairCandidate &b) {
    return std::tuple(a.troubles, a.getCost(), a.cures) <
           std::tuple(b.troubles, b.getCost(), b.cures);
  });
  if (others.size() > count)
    others.erase(others.begin() + ptrdiff_t(count), others.end());
  return others;
}
