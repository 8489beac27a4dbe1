//===- Stages.cpp - The stages a model passes through, declared once ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Pipelines/Stages.h"
#include "llvm/ADT/STLExtras.h"

using namespace keel;
using llvm::StringLiteral;

static constexpr StringLiteral kModel[] = {"builtin", "keel", "arith",
                                           "linalg",  "math", "tensor"};
static constexpr StringLiteral kGraph[] = {"builtin", "func", "keel",  "arith",
                                           "linalg",  "math", "tensor"};
static constexpr StringLiteral kLinalg[] = {
    "builtin", "func", "arith", "linalg", "math", "scf", "tensor"};
static constexpr StringLiteral kVector[] = {
    "builtin", "func", "arith", "math", "memref", "scf", "ub", "vector"};
static constexpr StringLiteral kLlvm[] = {"builtin", "llvm"};

static constexpr StageInfo kStages[] = {
    {Stage::model, "model",
     "one keel.model a network, neutral as to mode; parameters and states are "
     "SSA values",
     kModel, true},
    {Stage::graph, "graph",
     "functions over tensors whose arguments and results carry role and name; "
     "ops say what training or inference computes",
     kGraph, true},
    {Stage::linalg, "linalg",
     "the same functions, of linalg on tensors in destination-passing style",
     kLinalg, false},
    {Stage::vector, "vector",
     "functions over flat arenas, of vector code in loops; no allocation; "
     "independent iterations are marked scf.parallel",
     kVector, false},
    {Stage::llvm, "llvm",
     "the llvm dialect, with the entry points of keel/Runtime/Model.h", kLlvm,
     false},
};

llvm::ArrayRef<StageInfo> keel::getStages() { return kStages; }

const StageInfo *keel::findStage(llvm::StringRef name) {
  const auto *stage = llvm::find_if(
      kStages, [&](const StageInfo &info) { return info.name == name; });
  return stage == std::end(kStages) ? nullptr : stage;
}
