//===- Overrides.cpp - Flags that replace a model's attributes ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overrides.h"
#include "Command.h"
#include "InputLimits.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace keel;

/// What the name that `text` begins with leaves out: `#keel.`, or `#` where it
/// has its dialect, as in `extra.lion<learning_rate = 0.1>`.
static StringRef getPrefix(StringRef text) {
  StringRef name =
      text.take_until([](char c) { return StringRef("<,}").contains(c); });
  return name.contains('.') ? "#" : "#keel.";
}

namespace {

/// A flag's text with the prefix that it leaves out: before an attribute, or
/// before each that `{NAME = ATTRIBUTE, ...}` holds.
struct FullText {
  explicit FullText(StringRef flag) {
    if (!flag.starts_with("{"))
      append(getPrefix(flag));
    int depth = 0;
    bool isValue = false;
    for (auto [index, c] : llvm::enumerate(flag)) {
      if (isValue && llvm::isAlpha(c))
        append(getPrefix(flag.drop_front(index)));
      isValue = (isValue && c == ' ') || (depth == 1 && c == '=');
      depth += (c == '{' || c == '<') - (c == '}' || c == '>');
      append(StringRef(&c, 1));
      ++column;
    }
    columns.push_back(column);
  }

  void append(StringRef more) {
    text += more;
    columns.append(more.size(), column);
  }

  unsigned getColumn(unsigned fullColumn) const {
    return columns[std::clamp<size_t>(fullColumn, 1, columns.size()) - 1];
  }

  std::string text;
  /// For each character, and the end, its column in the flag, from 1.
  SmallVector<unsigned> columns;
  unsigned column = 1;
};

} // namespace

/// Parses `text` as `#keel.text`, or a dictionary of such, to one of `Kinds`.
template <typename... Kinds>
static Attribute parseFlag(MLIRContext *context, StringRef flag, StringRef text,
                           StringRef example) {
  if (std::optional<InputExcess> excess = findExcess(text)) {
    reportFlag(flag, text, excess->position + 1, excess->message);
    return {};
  }
  FullText full(text);
  bool reported = false;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || reported)
      return success();
    reported = true;
    unsigned column = 1;
    if (auto loc = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      column = full.getColumn(loc.getColumn());
    reportFlag(flag, text, column, diagnostic.str());
    return success();
  });
  size_t numRead = 0;
  Attribute attr = parseAttribute(full.text, context, Type(), &numRead);
  if (attr && isa<Kinds...>(attr) && numRead == full.text.size())
    return attr;
  bool isKind = attr && isa<Kinds...>(attr);
  if (!reported)
    reportFlag(flag, text, isKind ? full.getColumn(numRead + 1) : 1,
               isKind ? "expected nothing more"
                      : "expected one such as " + example.str());
  return {};
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
    Attribute attr = parseFlag<LossAttrInterface, DictionaryAttr>(
        context, "loss", loss, "softmax_cross_entropy");
    if (!attr)
      return failure();
    model.setLossAttr(attr);
  }
  if (!optimizer.empty()) {
    Attribute attr = parseFlag<OptimizerAttrInterface>(
        context, "optimizer", optimizer, "'sgd<learning_rate = 0.1>'");
    if (!attr)
      return failure();
    model.setOptimizerAttr(cast<OptimizerAttrInterface>(attr));
  }
  if (clip == "none") {
    model.removeClipAttr();
  } else if (!clip.empty()) {
    Attribute attr = parseFlag<ClipAttrInterface>(context, "clip", clip,
                                                  "'clip_by_global_norm<1.0>'");
    if (!attr)
      return failure();
    model.setClipAttr(cast<ClipAttrInterface>(attr));
  }
  if (!schedule.empty()) {
    Attribute attr = parseFlag<ScheduleAttrInterface>(
        context, "schedule", schedule, "'cosine<steps = 1000>'");
    if (!attr)
      return failure();
    if (!model.getOptimizer()) {
      reportFlag(
          "schedule", schedule, 1,
          "the model has no optimizer whose learning rate it would scale; "
          "add --optimizer");
      return failure();
    }
    Attribute scheduled = parseFlag<OptimizerAttrInterface>(
        context, "schedule", withSchedule(*model.getOptimizer(), schedule),
        "'cosine<steps = 1000>'");
    if (!scheduled)
      return failure();
    model.setOptimizerAttr(cast<OptimizerAttrInterface>(scheduled));
  }
  return verify(model);
}
