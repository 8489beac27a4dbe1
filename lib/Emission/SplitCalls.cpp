//===- SplitCalls.cpp - Short functions out of long lists of calls --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitCalls.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/CodeExtractor.h"

using namespace llvm;

/// The calls that a part has. Fewer cost more of what a function costs; from
/// about four times as many on, time grows.
static constexpr unsigned kCallsOfPart = 256;

static bool callsKernel(const Instruction &instruction) {
  auto *call = dyn_cast<CallInst>(&instruction);
  const Function *callee = call ? call->getCalledFunction() : nullptr;
  return callee && !callee->isDeclaration();
}

/// Where parts begin behind the first one, the last one first.
static SmallVector<Instruction *> findCuts(BasicBlock &block) {
  SmallVector<Instruction *> cuts;
  unsigned calls = 0;
  for (Instruction &instruction : block)
    if (callsKernel(instruction) && ++calls % kCallsOfPart == 0)
      cuts.push_back(instruction.getNextNode());
  // What little would be left stays with the part before it.
  if (calls % kCallsOfPart < kCallsOfPart / 2 && !cuts.empty())
    cuts.pop_back();
  std::reverse(cuts.begin(), cuts.end());
  return cuts;
}

static void split(Function &function) {
  SmallVector<BasicBlock *> parts;
  for (BasicBlock &block : make_early_inc_range(function)) {
    SmallVector<Instruction *> cuts = findCuts(block);
    if (cuts.empty())
      continue;
    for (Instruction *cut : cuts)
      parts.push_back(SplitBlock(&block, cut));
    // What it allocates stays in the function.
    parts.push_back(SplitBlock(&block, &*block.getFirstNonPHIOrDbgOrAlloca()));
  }
  if (parts.empty())
    return;
  CodeExtractorAnalysisCache cache(function);
  for (BasicBlock *part : parts) {
    CodeExtractor extractor(part, /*DT=*/nullptr, /*AggregateArgs=*/false,
                            /*BFI=*/nullptr, /*BPI=*/nullptr, /*AC=*/nullptr,
                            /*AllowVarArgs=*/false, /*AllowAlloca=*/false,
                            /*AllocationBlock=*/nullptr, "part");
    if (extractor.isEligible())
      extractor.extractCodeRegion(cache);
  }
}

void keel::splitCalls(Module &module) {
  for (Function &function : make_early_inc_range(module))
    split(function);
}
