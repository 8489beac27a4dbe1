//===- StepSignature.cpp - The arguments of a step's functions ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/StepSignature.h"
#include "keel/Interfaces/Roles.h"
#include "llvm/ADT/STLExtras.h"

using namespace keel;

static constexpr llvm::StringLiteral kNames[] = {
    "context", "params",  "states", "slots",     "grads",
    "folded",  "scratch", "input",  "label",     "output",
    "rows",    "step",    "seed",   "first_row", "result"};

llvm::StringRef keel::stringify(ArgKind kind) {
  return kNames[static_cast<unsigned>(kind)];
}

std::optional<ArgKind> keel::parseArgKind(llvm::StringRef text) {
  const auto *it = llvm::find(kNames, text);
  if (it == std::end(kNames))
    return std::nullopt;
  return static_cast<ArgKind>(it - std::begin(kNames));
}

llvm::ArrayRef<ArgKind> keel::getStepSignature(llvm::StringRef name) {
  using enum ArgKind;
  static constexpr ArgKind init[] = {Context, Params,  States,
                                     Slots,   Scratch, Seed};
  static constexpr ArgKind gradStep[] = {Context, Params, States,   Grads,
                                         Scratch, Input,  Label,    Rows,
                                         Step,    Seed,   FirstRow, Result};
  static constexpr ArgKind applyStep[] = {Context, Params, States, Slots,
                                          Grads,   Step,   Result};
  static constexpr ArgKind trainStep[] = {Context, Params, States,   Slots,
                                          Scratch, Input,  Label,    Rows,
                                          Step,    Seed,   FirstRow, Result};
  static constexpr ArgKind eval[] = {Context, Params, States, Scratch,
                                     Input,   Label,  Rows,   Result};
  static constexpr ArgKind infer[] = {Context, Params, States, Scratch,
                                      Input,   Output, Rows};
  static constexpr ArgKind fold[] = {Context, Params, States, Folded, Scratch};
  if (name == step::kInit)
    return init;
  if (name == step::kFold)
    return fold;
  if (name == step::kGradStep || name == step::kTelemetryGradStep)
    return gradStep;
  if (name == step::kApplyStep || name == step::kTelemetryApplyStep)
    return applyStep;
  if (name == step::kTrainStep)
    return trainStep;
  if (name == step::kEval)
    return eval;
  if (name == step::kInfer)
    return infer;
  return {};
}
