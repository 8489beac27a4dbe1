//===- VerifyStage.cpp - Only the dialects of a stage are alive -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Interfaces/Interfaces.h"
#include "keel/Pipelines/Passes.h"
#include "keel/Pipelines/Stages.h"
#include "mlir/IR/BuiltinOps.h"

namespace keel {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "keel/Pipelines/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

struct VerifyStage : keel::impl::VerifyStageBase<VerifyStage> {
  using VerifyStageBase::VerifyStageBase;

  void runOnOperation() override {
    const StageInfo *info = findStage(stage);
    if (!info) {
      std::string names;
      llvm::raw_string_ostream os(names);
      llvm::interleaveComma(getStages(), os,
                            [&](const StageInfo &s) { os << s.name; });
      getOperation().emitError()
          << "no stage '" << stage << "', expected one of: " << names;
      return signalPassFailure();
    }
    bool ok = true;
    getOperation()->walk([&](Operation *op) {
      StringRef dialect = op->getName().getDialectNamespace();
      bool joins =
          info->isOpen &&
          isa<DifferentiableOpInterface, LoweringOpInterface, ModeOpInterface>(
              op);
      if (joins || llvm::is_contained(info->dialects, dialect))
        return;
      ok = false;
      InFlightDiagnostic error = op->emitOpError()
                                 << "is not alive at stage " << info->name
                                 << ": expected one of the dialects ";
      llvm::interleaveComma(info->dialects, error);
    });
    if (!ok)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
