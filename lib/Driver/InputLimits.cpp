//===- InputLimits.cpp - What a model file may not exceed -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputLimits.h"
#include "Command.h"
#include "ValueNames.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace keel;

namespace {

/// A pass over a text that knows brackets, words, strings and comments.
class Scanner {
public:
  explicit Scanner(StringRef text) : text(text) {}

  std::optional<InputExcess> run() {
    while (at < text.size()) {
      size_t start = at;
      char c = text[at++];
      if (c == '"')
        skipString();
      else if (c == '/' && next() == '/')
        at = std::min(text.find('\n', at), text.size());
      else if ((c == '-' && next() == '>') ||
               ((c == '<' || c == '>') && next() == '='))
        ++at; // an arrow or a comparison is no bracket
      else if (isWord(c))
        at = std::min(text.find_if_not([](char c) { return isWord(c); }, at),
                      text.size());
      else if (llvm::isSpace(c))
        continue;
      if (std::optional<std::string> message = take(c, at - start))
        return InputExcess{start, *message};
    }
    return std::nullopt;
  }

private:
  static bool isWord(char c) {
    return llvm::isAlnum(c) || c == '_' || c == '$' || c == '.';
  }
  static char opening(char c) {
    return c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : '<';
  }
  char next() const { return at < text.size() ? text[at] : '\0'; }
  void skipString() {
    while (at < text.size() && text[at] != '"' && text[at] != '\n')
      at += text[at] == '\\' ? 2 : 1;
    at = std::min(at + 1, text.size());
  }

  /// Counts a token that starts with `c`.
  std::optional<std::string> take(char c, size_t size) {
    if (size == 1 && StringRef("([{<").contains(c)) {
      if (open.size() == InputLimits::kDepth)
        return ("brackets are nested more than " + Twine(InputLimits::kDepth) +
                " deep")
            .str();
      open.push_back({c, 0});
    } else if (size == 1 && StringRef(")]}>").contains(c)) {
      // The parser goes no further than a bracket that closes another one.
      if (!open.empty() && open.back().first == opening(c))
        open.pop_back();
    } else if (isWord(c) && size > InputLimits::kWordBytes) {
      return ("a name or dimension list has more than " +
              Twine(InputLimits::kWordBytes) + " characters")
          .str();
    }
    // Ops in a region stand without commas, however many they are.
    if (open.empty() || open.back().first == '{')
      return std::nullopt;
    if (c == ',')
      open.back().second = 0;
    else if (++open.back().second > InputLimits::kWords)
      return ("an expression has more than " + Twine(InputLimits::kWords) +
              " words")
          .str();
    return std::nullopt;
  }

  StringRef text;
  size_t at = 0;
  /// Each open bracket, and the words in it since the last comma.
  SmallVector<std::pair<char, size_t>> open;
};

/// How deep attributes and types are nested and how many they are, written
/// out: aliases share what a printer repeats.
class Nesting {
public:
  struct Extent {
    size_t depth = 1;
    uint64_t count = 1;
    bool isWithin() const {
      return depth <= InputLimits::kDepth && count <= InputLimits::kAttributes;
    }
  };

  /// The extent of `value`, which stands `level` deep; what goes beyond a limit
  /// is not followed further.
  template <typename T> Extent measure(T value, size_t level = 1) {
    if (level > InputLimits::kDepth)
      return {level, 1};
    auto known = extents.find(value.getAsOpaquePointer());
    if (known != extents.end())
      return known->second;
    Extent extent;
    auto add = [&](auto part) {
      if (!part || !extent.isWithin())
        return;
      Extent inner = measure(part, level + 1);
      extent.depth = std::max(extent.depth, inner.depth + 1);
      extent.count = llvm::SaturatingAdd(extent.count, inner.count);
    };
    value.walkImmediateSubElements([&](Attribute part) { add(part); },
                                   [&](Type part) { add(part); });
    extents[value.getAsOpaquePointer()] = extent;
    return extent;
  }

private:
  llvm::DenseMap<const void *, Extent> extents;
};

} // namespace

std::optional<InputExcess> keel::findExcess(StringRef text) {
  return Scanner(text).run();
}

/// Whether bytes and offsets of a tensor fit into 64 bits with room to spare.
static bool isSmall(Type type, int64_t rows = 1) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  int64_t elements = 1;
  for (int64_t size : tensor ? tensor.getShape() : ArrayRef<int64_t>())
    if (llvm::MulOverflow(
            elements,
            std::max<int64_t>(ShapedType::isDynamic(size) ? rows : size, 1),
            elements) ||
        elements > InputLimits::kElements)
      return false;
  return true;
}

/// The types of an op's results and of its regions' arguments.
static SmallVector<Type> getTypes(Operation *op) {
  SmallVector<Type> types(op->getResultTypes());
  for (Region &region : op->getRegions())
    llvm::append_range(types, region.getArgumentTypes());
  return types;
}

LogicalResult keel::checkLimits(Operation *root) {
  Nesting nesting;
  WalkResult result = root->walk([&](Operation *op) -> WalkResult {
    auto isWithin = [&](auto value) {
      return nesting.measure(value).isWithin();
    };
    // The message has no location of the op's that is itself too deep.
    Location loc = isWithin(LocationAttr(op->getLoc()))
                       ? op->getLoc()
                       : UnknownLoc::get(op->getContext());
    SmallVector<Type> types = getTypes(op);
    if (!llvm::all_of(types, [](Type type) { return isSmall(type); })) {
      emitError(loc) << "'" << op->getName()
                     << "' has a tensor of more than 2^40 elements";
      return WalkResult::interrupt();
    }
    bool good = loc == op->getLoc() && isWithin(op->getAttrDictionary()) &&
                llvm::all_of(types, isWithin);
    if (good)
      return WalkResult::advance();
    emitError(loc) << "'" << op->getName()
                   << "' has attributes, types or a location nested more than "
                   << InputLimits::kDepth << " deep, or more than "
                   << InputLimits::kAttributes << " of them";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult keel::checkRows(Operation *root, int64_t rows) {
  if (rows > InputLimits::kRows)
    return root->emitError("a batch of ")
           << rows << " rows is too large, at most 2^32 are supported";
  WalkResult result = root->walk([&](Operation *op) -> WalkResult {
    if (llvm::all_of(getTypes(op),
                     [&](Type type) { return isSmall(type, rows); }))
      return WalkResult::advance();
    op->emitError("'") << op->getName() << "' has a tensor of more than 2^40 "
                       << "elements in a batch of " << rows << " rows";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Lets this process have so much more memory than it has.
static void limitMemory(rlim_t more) {
  std::ifstream statm("/proc/self/statm");
  rlim_t all, resident, shared, text, library, data;
  if (!(statm >> all >> resident >> shared >> text >> library >> data))
    return;
  rlimit limit;
  getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur =
      std::min(limit.rlim_max, data * rlim_t(sysconf(_SC_PAGESIZE)) + more);
  setrlimit(RLIMIT_DATA, &limit);
}

/// Restores what MLIR and libFuzzer handle themselves, and limits what reading
/// a file of so many bytes may take to more than ten times what honest ones do.
static void limitChild(size_t bytes) {
  rlim_t most = 1 + bytes / (4 << 20);
  rlimit seconds = {most, most};
  setrlimit(RLIMIT_CPU, &seconds);
  for (int signal :
       {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGALRM, SIGXCPU, SIGPIPE})
    std::signal(signal, SIG_DFL);
  alarm(600);
  llvm::remove_bad_alloc_error_handler();
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { _exit(1); });
  limitMemory((rlim_t(1) << 30) + 64 * rlim_t(bytes));
}

namespace {

/// What became of a child that read bytecode.
enum class Reading {
  read,    ///< the text is the module's
  refused, ///< the child has said why
  broken   ///< it did not come back
};

} // namespace

/// MLIR's reader of bytecode trusts what it reads, and damages memory where
/// that is damaged: a child reads it, and hands the module on as text.
static Reading readInChild(llvm::SourceMgr &sources, MLIRContext *context,
                           size_t bytes, std::string &text) {
  int ends[2];
  if (pipe(ends) != 0)
    return Reading::broken;
  llvm::errs().flush();
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    limitChild(bytes);
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, context);
    if (!module || failed(checkLimits(*module)))
      _exit(2);
    llvm::raw_fd_ostream out(ends[1], /*shouldClose=*/false);
    module->print(out, OpPrintingFlags().enableDebugInfo());
    out.flush();
    _exit(out.has_error() ? 1 : 0);
  }
  close(ends[1]);
  char block[1 << 16];
  ssize_t size = 0;
  while (child > 0 && ((size = read(ends[0], block, sizeof block)) > 0 ||
                       (size < 0 && errno == EINTR)))
    text.append(block, std::max<ssize_t>(size, 0));
  close(ends[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return Reading::broken;
  if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 1)
    return Reading::broken;
  return WEXITSTATUS(status) == 2 ? Reading::refused : Reading::read;
}

/// The module of a file of bytecode, by way of text that a child wrote.
static OwningOpRef<ModuleOp> parseBytecode(llvm::SourceMgr &sources,
                                           MLIRContext *context) {
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  StringRef name = buffer->getBufferIdentifier();
  std::string text;
  Reading reading =
      readInChild(sources, context, buffer->getBufferSize(), text);
  if (reading == Reading::broken)
    failInput(name, "is damaged bytecode: reading it fails");
  if (reading != Reading::read)
    return {};
  if (auto excess = findExcess(text)) {
    failInput(name, excess->message);
    return {};
  }
  return parseSourceString<ModuleOp>(text, context, name);
}

OwningOpRef<ModuleOp> keel::parseWithinLimits(llvm::SourceMgr &sources,
                                              MLIRContext *context) {
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  bool isBinary = isBytecode(buffer->getMemBufferRef());
  auto excess = isBinary ? std::nullopt : findExcess(buffer->getBuffer());
  if (excess) {
    // The line is not shown: it may be as long as the file.
    auto [line, column] = sources.getLineAndColumn(llvm::SMLoc::getFromPointer(
        buffer->getBufferStart() + excess->position));
    failInput(buffer->getBufferIdentifier() + ":" + Twine(line) + ":" +
                  Twine(column),
              excess->message);
    return {};
  }
  auto module = isBinary ? parseBytecode(sources, context)
                         : parseWithNames(sources, context);
  if (module && failed(checkLimits(*module)))
    return {};
  return module;
}
