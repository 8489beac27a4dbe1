//===- Command.h - What a subcommand is -----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_COMMAND_H
#define KEEL_LIB_DRIVER_COMMAND_H

#include "Extensions.h"
#include "llvm/Support/CommandLine.h"
#include <memory>
#include <string>

namespace keel {

/// What the exit code says; `kSignalled` and a signal's number, that it ended
/// the work in order.
enum ExitCode {
  kDone = 0,
  kBadInput = 1,
  kBadCommandLine = 2,
  kSignalled = 128
};

/// The flags that every subcommand has.
struct CommonFlags {
  explicit CommonFlags(llvm::cl::SubCommand &subcommand);
  llvm::cl::OptionCategory category;
  llvm::cl::opt<int> threads;
  llvm::cl::opt<bool> quiet;
  llvm::cl::opt<bool> remarks;
  llvm::cl::opt<bool> noCache;
  llvm::cl::opt<bool> checkBounds;
  llvm::cl::opt<std::string> model;
  Extensions extensions;
};

/// One subcommand: its flags, made when it is the one that runs, and what it
/// does.
class Command {
public:
  Command(const char *name, const char *summary)
      : subcommand(name, summary), common(subcommand) {}
  virtual ~Command() = default;
  virtual int run() = 0;

  llvm::cl::SubCommand subcommand;
  CommonFlags common;

protected:
  template <typename T> using opt = llvm::cl::opt<T>;
  /// The modifiers that put a flag under this subcommand.
  auto here() { return llvm::cl::sub(subcommand); }
  auto group() { return llvm::cl::cat(common.category); }
};

/// What the program lists, and makes when it is asked for.
struct CommandInfo {
  const char *name;
  const char *summary;
  std::unique_ptr<Command> (*create)(const CommandInfo &);
};

std::unique_ptr<Command> createBenchCommand(const CommandInfo &info);
std::unique_ptr<Command> createCheckCommand(const CommandInfo &info);
std::unique_ptr<Command> createCompileCommand(const CommandInfo &info);
std::unique_ptr<Command> createEvalCommand(const CommandInfo &info);
std::unique_ptr<Command> createExportCommand(const CommandInfo &info);
std::unique_ptr<Command> createImportCommand(const CommandInfo &info);
std::unique_ptr<Command> createNewCommand(const CommandInfo &info);
std::unique_ptr<Command> createRepairCommand(const CommandInfo &info);
std::unique_ptr<Command> createRunCommand(const CommandInfo &info);
std::unique_ptr<Command> createTrainCommand(const CommandInfo &info);
std::unique_ptr<Command> createVerifyRunCommand(const CommandInfo &info);

/// Prints `FILE: error: MESSAGE`, or without a file, and returns the code to
/// exit with.
int failInput(const llvm::Twine &file, const llvm::Twine &message);
int failInput(const llvm::Twine &message);
int failCommandLine(const llvm::Twine &message);

/// Prints `--FLAG:1:COLUMN: error: MESSAGE`, the flag's text, and a caret.
void reportFlag(llvm::StringRef flag, llvm::StringRef text, unsigned column,
                const llvm::Twine &message);

/// Writes a file whole or not at all; "-" is standard output. Returns the code
/// to exit with.
int writeText(const std::string &path, llvm::StringRef text);

} // namespace keel

#endif // KEEL_LIB_DRIVER_COMMAND_H
