//===- Overrides.cpp - Flags that replace a model's attributes ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overrides.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace keel;

static constexpr StringLiteral kPrefix = "#keel.";

/// Prints `--flag:1:COLUMN: error: MESSAGE`, the text, and a caret.
static void report(StringRef flag, StringRef text, unsigned column,
                   const std::string &message) {
  column = std::clamp<unsigned>(column, 1, text.size() + 1);
  llvm::errs() << "--" << flag << ":1:" << column << ": error: " << message
               << '\n'
               << text << '\n';
  llvm::errs().indent(column - 1) << "^\n";
}

/// Parses `text` as `#keel.text`, of the attribute interface `AttrTy`.
template <typename AttrTy>
static AttrTy parseFlag(MLIRContext *context, StringRef flag, StringRef text,
                        StringRef example) {
  bool reported = false;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || reported)
      return success();
    reported = true;
    unsigned column = 1;
    if (auto loc = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      column = loc.getColumn() > kPrefix.size()
                   ? loc.getColumn() - kPrefix.size()
                   : 1;
    report(flag, text, column, diagnostic.str());
    return success();
  });
  size_t numRead = 0;
  std::string full = (kPrefix + text).str();
  Attribute attr = parseAttribute(full, context, Type(), &numRead);
  if (!attr) {
    if (!reported)
      report(flag, text, 1, "expected one such as " + example.str());
    return {};
  }
  auto typed = dyn_cast<AttrTy>(attr);
  if (!typed || numRead != full.size()) {
    unsigned column = typed ? numRead - kPrefix.size() + 1 : 1;
    report(flag, text, column,
           typed ? "expected nothing more"
                 : "expected one such as " + example.str());
    return {};
  }
  return typed;
}

/// The optimizer with another schedule: by its printed form, which every
/// optimizer has.
static std::string withSchedule(Attribute optimizer, StringRef schedule) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << optimizer;
  size_t old = text.find(", schedule = ");
  text = text.substr(kPrefix.size());
  if (old != std::string::npos)
    text = text.substr(0, old - kPrefix.size()) + ">";
  text.pop_back();
  return text + ", schedule = " + (kPrefix + schedule).str() + ">";
}

LogicalResult Overrides::apply(ModelOp model) const {
  MLIRContext *context = model.getContext();
  if (!loss.empty()) {
    auto attr = parseFlag<LossAttrInterface>(context, "loss", loss,
                                             "softmax_cross_entropy");
    if (!attr)
      return failure();
    model.setLossAttr(attr);
  }
  if (!optimizer.empty()) {
    auto attr = parseFlag<OptimizerAttrInterface>(
        context, "optimizer", optimizer, "'sgd<learning_rate = 0.1>'");
    if (!attr)
      return failure();
    model.setOptimizerAttr(attr);
  }
  if (!clip.empty()) {
    auto attr = parseFlag<ClipAttrInterface>(context, "clip", clip,
                                             "'clip_by_global_norm<1.0>'");
    if (!attr)
      return failure();
    model.setClipAttr(attr);
  }
  if (!schedule.empty()) {
    auto attr = parseFlag<ScheduleAttrInterface>(context, "schedule", schedule,
                                                 "'cosine<steps = 1000>'");
    if (!attr)
      return failure();
    if (!model.getOptimizer()) {
      report("schedule", schedule, 1,
             "the model has no optimizer whose learning rate it would scale; "
             "add --optimizer");
      return failure();
    }
    auto scheduled = parseFlag<OptimizerAttrInterface>(
        context, "schedule", withSchedule(*model.getOptimizer(), schedule),
        "'cosine<steps = 1000>'");
    if (!scheduled)
      return failure();
    model.setOptimizerAttr(scheduled);
  }
  return verify(model);
}
