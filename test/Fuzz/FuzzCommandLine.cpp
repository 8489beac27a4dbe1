//===- FuzzCommandLine.cpp - The flags of every subcommand ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One argument a line. What names a file finds none, so that a command ends
// where it would open one; `keel new` runs to its end.
//
//===----------------------------------------------------------------------===//

#include "Driver/Command.h"
#include "Input.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"

using namespace keel;
using namespace keel::fuzz;

static llvm::ArrayRef<std::unique_ptr<Command>> getCommands() {
  static std::vector<std::unique_ptr<Command>> commands = [] {
    require(chdir(getFolder().c_str()) == 0);
    std::vector<std::unique_ptr<Command>> made;
    for (const CommandInfo &info : {CommandInfo{"new", "", createNewCommand},
                                    {"check", "", createCheckCommand},
                                    {"train", "", createTrainCommand},
                                    {"eval", "", createEvalCommand},
                                    {"run", "", createRunCommand},
                                    {"compile", "", createCompileCommand},
                                    {"import", "", createImportCommand},
                                    {"export", "", createExportCommand},
                                    {"bench", "", createBenchCommand},
                                    {"repair", "", createRepairCommand},
                                    {"verify-run", "", createVerifyRunCommand}})
      made.push_back(info.create(info));
    return made;
  }();
  return commands;
}

/// Whether LLVM would end the process, or say what its own flags are set to.
static bool isLlvms(llvm::StringRef argument) {
  return argument.ltrim("-").starts_with("h") || argument.contains("help") ||
         argument.contains("version") || argument.contains("print");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto commands = getCommands();
  std::string text(reinterpret_cast<const char *>(data), size);
  // No path leads out of the folder.
  std::replace(text.begin(), text.end(), '/', '_');
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).split(lines, '\n');
  std::vector<std::string> arguments = {"keel"};
  for (llvm::StringRef line : lines) {
    if (isLlvms(line))
      return 0;
    arguments.push_back(line.str());
  }
  const auto *command = llvm::find_if(commands, [&](const auto &candidate) {
    return candidate->subcommand.getName() == arguments[1];
  });
  if (command == commands.end())
    return 0;
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  llvm::cl::ResetAllOptionOccurrences();
  if (!llvm::cl::ParseCommandLineOptions(int(pointers.size()), pointers.data(),
                                         "", &llvm::errs()))
    return 0;
  int code = (*command)->run();
  require(code == kDone || code == kBadInput || code == kBadCommandLine);
  return 0;
}
