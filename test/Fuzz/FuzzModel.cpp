//===- FuzzModel.cpp - Model files, text and bytecode, to stage graph -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver/InputLimits.h"
#include "Parsing.h"
#include "keel/Pipelines/Pipelines.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace keel::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Context &context = Context::getShared();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(
          llvm::StringRef(reinterpret_cast<const char *>(data), size), "input"),
      llvm::SMLoc());
  // A text beyond the limits is refused before there is a diagnostic.
  auto module = keel::parseWithinLimits(sources, context.get());
  if (!module)
    return 0;
  context.errors = 0;
  keel::GraphOptions graph;
  graph.mode = "all";
  llvm::LogicalResult result =
      keel::lowerToStage(*module, keel::Stage::graph, graph, {});
  require(llvm::succeeded(result) || context.errors > 0);
  return 0;
}
