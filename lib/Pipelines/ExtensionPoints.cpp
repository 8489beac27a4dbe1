//===- ExtensionPoints.cpp - Where other pipelines join Keel's ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Pipelines/ExtensionPoints.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace keel;

static constexpr ExtensionPointInfo kPoints[] = {
    {ExtensionPoint::beforeForecast, "before-forecast",
     "stage model, as the file has it, before flags change it"},
    {ExtensionPoint::afterSpecialize, "after-specialize",
     "stage graph: the functions of the mode; nothing is differentiated"},
    {ExtensionPoint::beforeClip, "before-clip",
     "training: @grad_step returns the loss and each parameter's gradient"},
    {ExtensionPoint::afterClip, "after-clip",
     "training: @apply_step measures the gradients' norm and clips them"},
    {ExtensionPoint::afterOptimizer, "after-optimizer",
     "training: @apply_step updates parameters and slots"},
    {ExtensionPoint::beforeFold, "before-fold",
     "folding: @infer computes what the model says, op by op"},
    {ExtensionPoint::beforeLowering, "before-lowering",
     "stage graph, complete: the next pass lowers Keel's ops"},
    {ExtensionPoint::afterLowering, "after-lowering",
     "stage linalg, complete: no op of Keel's is left"},
    {ExtensionPoint::beforeLLVM, "before-llvm",
     "stage vector, complete: loops over arenas, vectorized"},
};

ArrayRef<ExtensionPointInfo> keel::getExtensionPoints() { return kPoints; }

/// Splits MLIR's message, `PARSER:1:COLUMN: error: MESSAGE` and the text with
/// a caret, into column and message.
static std::pair<unsigned, std::string> readParserError(StringRef text) {
  SmallVector<StringRef> parts;
  unsigned column = 1;
  if (!llvm::Regex(":1:([0-9]+): error: (.*)").match(text, &parts) ||
      parts[1].getAsInteger(10, column))
    return {1, text.split('\n').first.str()};
  return {column, parts[2].split('\n').first.str()};
}

FailureOr<Hook> Hook::parse(StringRef text, EmitError emitError) {
  auto [name, pipeline] = text.split(':');
  const auto *info = llvm::find_if(
      kPoints, [&](const ExtensionPointInfo &p) { return p.name == name; });
  if (info == std::end(kPoints)) {
    std::string message = "unknown extension point '" + name.str() +
                          "', expected POINT:PIPELINE with one of the points ";
    llvm::raw_string_ostream os(message);
    llvm::interleaveComma(kPoints, os, [&](auto &p) { os << p.name; });
    return emitError(1, message), failure();
  }
  unsigned start = name.size() + 1;
  if (pipeline.trim().empty())
    return emitError(start + 1, "expected a pipeline behind " + name + ":"),
           failure();
  // Nested in the module, it would run on no op and say nothing.
  if (pipeline.trim().starts_with("builtin.module("))
    return emitError(start + 1, "the pipeline runs on builtin.module already, "
                                "expected what stands inside"),
           failure();
  OpPassManager scratch(ModuleOp::getOperationName());
  std::string errors;
  llvm::raw_string_ostream os(errors);
  if (failed(parsePassPipeline(pipeline, scratch, os))) {
    auto [column, message] = readParserError(errors);
    return emitError(start + column, message), failure();
  }
  return Hook(info->point, pipeline);
}

void Hook::addTo(OpPassManager &pm) const {
  [[maybe_unused]] LogicalResult parsed = parsePassPipeline(pipeline, pm);
  assert(succeeded(parsed) && "was parsed when the hook was made");
}

void keel::addHooks(OpPassManager &pm, ArrayRef<Hook> hooks,
                    ExtensionPoint point) {
  for (const Hook &hook : hooks)
    if (hook.getPoint() == point)
      hook.addTo(pm);
}
