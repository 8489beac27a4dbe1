//===- ModelText.cpp - Changing a model in the file that a person wrote ---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelText.h"
#include "ValueNames.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace keel;

static OpPrintingFlags getFlags() {
  return OpPrintingFlags().printNameLocAsPrefix();
}

/// What tells an op apart before and after: its result's name.
static std::string getKey(Operation &op) {
  auto name = dyn_cast<NameLoc>(op.getLoc());
  if (op.getNumResults() == 0)
    return op.getName().getStringRef().str();
  return name ? name.getName().str() : "";
}

static std::string printOp(Operation &op, AsmState &state) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op.print(os, state);
  return text;
}

/// Where `//` begins outside of a string, else npos.
static size_t findComment(StringRef line) {
  bool isString = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
      isString = !isString;
    if (!isString && line.substr(i).starts_with("//"))
      return i;
  }
  return StringRef::npos;
}

static bool isBlank(StringRef line) {
  return line.take_front(findComment(line)).trim().empty();
}

/// The position of the bracket that closes the model's region, whose `{` is put
/// into `open`; npos where brackets do not match. `begin` is at `keel.model`.
static size_t findEnd(StringRef text, size_t begin, size_t &open) {
  int depth = 0;
  bool isRegion = false;
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        i += text[i] == '\\';
    } else if (text.substr(i).starts_with("//")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (StringRef("({[").contains(text[i])) {
      // Attributes come after their keyword, the region after nothing of it.
      if (depth == 0 && text[i] == '{' &&
          !text.take_front(i).rtrim().ends_with("attributes")) {
        isRegion = true;
        open = i;
      }
      ++depth;
    } else if (StringRef(")}]").contains(text[i])) {
      if (--depth == 0 && isRegion)
        return i;
    }
  }
  return StringRef::npos;
}

/// The position of an op's line and column.
static size_t getPosition(StringRef text, Operation *op) {
  auto loc = op->getLoc()->findInstanceOf<FileLineColLoc>();
  size_t position = 0;
  for (unsigned line = 1; loc && line < loc.getLine(); ++line) {
    position = text.find('\n', position);
    if (position == StringRef::npos)
      return position;
    ++position;
  }
  return loc && loc.getLine() > 0 ? position + loc.getColumn() - 1
                                  : StringRef::npos;
}

ModelText::ModelText(ModelFile &file) : text(file.getText()) {
  ModelOp model = file.getModel();
  printedHeader = printHeader(model);
  isSplit = !text.empty() && split(model);
}

/// Takes the file apart; false where it is not written a line an op.
bool ModelText::split(ModelOp model) {
  begin = getPosition(text, model);
  if (begin == StringRef::npos ||
      !StringRef(text).substr(begin).starts_with("keel.model"))
    return false;
  size_t open = 0, close = findEnd(text, begin, open);
  if (close == StringRef::npos)
    return false;
  end = close + 1;
  header = text.substr(begin, open + 1 - begin);
  StringRef body = StringRef(text).substr(open + 1, close - open - 1);
  size_t firstLine = StringRef(text).take_front(open).count('\n') + 1;
  SmallVector<StringRef> lines;
  body.split(lines, '\n');
  if (!isBlank(lines.front()))
    return false;
  header += lines.front();

  AsmState state(model, getFlags());
  SmallVector<Operation *> ops;
  for (Operation &op : model.getBody().front())
    ops.push_back(&op);
  size_t next = 1;
  for (auto [index, op] : llvm::enumerate(ops)) {
    size_t line = getLine(op) - firstLine;
    size_t stop = index + 1 < ops.size() ? getLine(ops[index + 1]) - firstLine
                                         : lines.size() - 1;
    if (line < next || stop <= line || stop >= lines.size())
      return false;
    while (stop > line + 1 && isBlank(lines[stop - 1]))
      --stop;
    addEntry(*op, ArrayRef(lines).slice(next, stop - next), state);
    next = stop;
  }
  for (StringRef line : ArrayRef(lines).slice(next, lines.size() - 1 - next))
    footer += line.str() + "\n";
  footer += lines.back().str() + "}";
  return true;
}

void ModelText::addEntry(Operation &op, ArrayRef<StringRef> lines,
                         AsmState &state) {
  Entry entry;
  while (isBlank(lines.front())) {
    entry.comments += lines.front().str() + "\n";
    lines = lines.drop_front();
  }
  StringRef first = lines.front();
  entry.indent = first.take_front(first.size() - first.ltrim().size()).str();
  if (size_t comment = findComment(first); comment != StringRef::npos)
    entry.trailing = " " + first.substr(comment).str();
  for (StringRef line : lines)
    entry.lines += line.str() + "\n";
  entry.printed = printOp(op, state);
  entries[getKey(op)] = entry;
}

/// Without its region. A long one has an attribute a line.
std::string ModelText::printHeader(ModelOp model) const {
  AsmState state(model, getFlags().skipRegions());
  std::string all = printOp(*model, state);
  // What stands for the region.
  StringRef line = StringRef(all).rtrim();
  line.consume_back("{...}");
  line = line.rtrim();
  size_t at = line.find(" attributes {");
  if (at == StringRef::npos)
    return line.str() + " {";
  std::string broken = line.take_front(at).str() + "\n    attributes {";
  int depth = 0;
  for (char c : line.substr(at + strlen(" attributes {"))) {
    depth += StringRef("<{([").contains(c) - StringRef(">})]").contains(c);
    if (c == ' ' && depth == 0 && broken.back() == ',')
      broken += "\n                ";
    else
      broken += c;
  }
  return broken + " {";
}

std::string ModelText::printSpliced(ModelOp model) const {
  std::string now = printHeader(model);
  std::string result = now == printedHeader ? header : now;
  result += "\n";
  AsmState state(model, getFlags());
  for (Operation &op : model.getBody().front()) {
    auto found = entries.find(getKey(op));
    std::string printed = printOp(op, state);
    if (found == entries.end()) {
      result += "  " + printed + "\n";
      continue;
    }
    const Entry &entry = found->second;
    result += entry.comments;
    result += entry.printed == printed
                  ? entry.lines
                  : entry.indent + printed + entry.trailing + "\n";
  }
  return result + footer;
}

static std::string printPlain(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, OpPrintingFlags().useLocalScope());
  return text;
}

std::string ModelText::print(ModuleOp changed) const {
  ModelOp model = *changed.getOps<ModelOp>().begin();
  if (isSplit) {
    std::string spliced =
        text.substr(0, begin) + printSpliced(model) + text.substr(end);
    // Names that MLIR prints in another way than they were written break it.
    ScopedDiagnosticHandler quiet(changed.getContext(),
                                  [](Diagnostic &) { return success(); });
    auto read = parseSourceString<ModuleOp>(spliced,
                                            ParserConfig(changed.getContext()));
    for (ModelOp other : llvm::make_early_inc_range(
             read ? read->getOps<ModelOp>() : changed.getOps<ModelOp>()))
      if (read && other.getSymName() != model.getSymName())
        other.erase();
    if (read && printPlain(*read) == printPlain(changed))
      return spliced;
  }
  std::string body;
  llvm::raw_string_ostream os(body);
  AsmState state(model, getFlags());
  os << printHeader(model) << '\n';
  for (Operation &op : model.getBody().front())
    os << "  " << printOp(op, state) << '\n';
  os << "}\n";
  return body;
}
