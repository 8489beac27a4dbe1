//===- Stages.h - The stages a model passes through, declared once --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_PIPELINES_STAGES_H
#define KEEL_PIPELINES_STAGES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace keel {

/// In this order.
enum class Stage { model, graph, linalg, vector, llvm };

/// What holds at a stage. `keel compile --emit=`, `keel-verify-stage` and the
/// documentation read this.
struct StageInfo {
  Stage stage;
  llvm::StringLiteral name;
  llvm::StringLiteral guarantee;
  llvm::ArrayRef<llvm::StringLiteral> dialects;
  /// Whether ops of other dialects may stand there through Keel's interfaces.
  bool isOpen;
};

/// All stages, in order.
llvm::ArrayRef<StageInfo> getStages();

/// The stage of that name, or null.
const StageInfo *findStage(llvm::StringRef name);

} // namespace keel

#endif // KEEL_PIPELINES_STAGES_H
