//===- Overrides.cpp - Flags that replace a model's attributes ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overrides.h"
#include "Command.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace keel;

/// What a flag's text leaves out: `#keel.`, or `#` where it names a dialect,
/// as in `extra.lion<learning_rate = 0.1>`.
static StringRef getPrefix(StringRef text) {
  StringRef name = text.take_until([](char c) { return c == '<'; });
  return name.contains('.') ? "#" : "#keel.";
}

/// Parses `text`, with its prefix, as the attribute interface `AttrTy`.
template <typename AttrTy>
static AttrTy parseFlag(MLIRContext *context, StringRef flag, StringRef text,
                        StringRef example) {
  StringRef prefix = getPrefix(text);
  bool reported = false;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || reported)
      return success();
    reported = true;
    unsigned column = 1;
    if (auto loc = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      column =
          loc.getColumn() > prefix.size() ? loc.getColumn() - prefix.size() : 1;
    reportFlag(flag, text, column, diagnostic.str());
    return success();
  });
  size_t numRead = 0;
  std::string full = (prefix + text).str();
  Attribute attr = parseAttribute(full, context, Type(), &numRead);
  if (!attr) {
    if (!reported)
      reportFlag(flag, text, 1, "expected one such as " + example.str());
    return {};
  }
  auto typed = dyn_cast<AttrTy>(attr);
  if (!typed || numRead != full.size()) {
    unsigned column = typed ? numRead - prefix.size() + 1 : 1;
    reportFlag(flag, text, column,
               typed ? "expected nothing more"
                     : "expected one such as " + example.str());
    return {};
  }
  return typed;
}

/// The text of the optimizer with another schedule: by its printed form, which
/// every optimizer has.
static std::string withSchedule(Attribute optimizer, StringRef schedule) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << optimizer;
  bool hasSettings = text.back() == '>';
  if (hasSettings)
    text.resize(std::min(text.size() - 1, text.find(", schedule = ")));
  text += hasSettings ? ", " : "<";
  text += "schedule = " + getPrefix(schedule).str() + schedule.str() + ">";
  return text.substr(1);
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
      reportFlag(
          "schedule", schedule, 1,
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
