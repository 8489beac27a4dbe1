//===- Driver.cpp - The keel program: subcommands and common flags --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Driver/Driver.h"
#include "Command.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdlib>
#include <unistd.h>

using namespace keel;
namespace cl = llvm::cl;

static constexpr llvm::StringLiteral kVersion = "0.1.0";

CommonFlags::CommonFlags(cl::SubCommand &subcommand)
    : category("Flags"),
      threads("threads", cl::desc("Threads to use (default: the cores)"),
              cl::value_desc("N"), cl::init(0), cl::cat(category),
              cl::sub(subcommand)),
      quiet("quiet", cl::desc("Print nothing but results, warnings and errors"),
            cl::cat(category), cl::sub(subcommand)),
      remarks("remarks",
              cl::desc("Print what passes remark, such as why a "
                       "norm was not folded"),
              cl::cat(category), cl::sub(subcommand)),
      noCache("no-cache",
              cl::desc("Neither read nor keep compiled code in "
                       "$XDG_CACHE_HOME/keel or ~/.cache/keel"),
              cl::cat(category), cl::sub(subcommand)),
      checkBounds("check-bounds", cl::Hidden,
                  cl::desc("Check each access of compiled code, and abort "
                           "where one is out of bounds"),
                  cl::cat(category), cl::sub(subcommand)),
      model("model", cl::desc("Which model, where the file has several"),
            cl::value_desc("NAME"), cl::cat(category), cl::sub(subcommand)),
      extensions(subcommand, category) {}

int keel::failInput(const llvm::Twine &file, const llvm::Twine &message) {
  llvm::errs() << file << ": error: " << message << '\n';
  return kBadInput;
}

int keel::failInput(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << '\n';
  return kBadInput;
}

int keel::failCommandLine(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << '\n';
  return kBadCommandLine;
}

void keel::reportFlag(llvm::StringRef flag, llvm::StringRef text,
                      unsigned column, const llvm::Twine &message) {
  column = std::clamp<unsigned>(column, 1, text.size() + 1);
  llvm::errs() << "--" << flag << ":1:" << column << ": error: " << message
               << '\n'
               << text << '\n';
  llvm::errs().indent(column - 1) << "^\n";
}

int keel::writeText(const std::string &path, llvm::StringRef text) {
  llvm::Error error =
      llvm::writeToOutput(path, [&](llvm::raw_ostream &os) -> llvm::Error {
        os << text;
        return llvm::Error::success();
      });
  if (error)
    return failInput(path, llvm::toString(std::move(error)));
  return kDone;
}

static constexpr CommandInfo kCommands[] = {
    {"new", "Print a model file to start from", createNewCommand},
    {"check", "Forecast a model's gradients before it is trained",
     createCheckCommand},
    {"repair", "Mend what the forecast finds, and try it", createRepairCommand},
    {"train", "Train a model on data", createTrainCommand},
    {"eval", "Measure a model's loss and accuracy on data", createEvalCommand},
    {"run", "Compute a model's outputs", createRunCommand},
    {"compile", "Lower a model to a stage, LLVM IR or code",
     createCompileCommand},
    {"import", "Turn an ONNX file into a model file and weights",
     createImportCommand},
    {"export", "Write a model and its weights as an ONNX file",
     createExportCommand},
    {"bench", "Measure a model's training step or inference",
     createBenchCommand},
    {"verify-run", "Repeat a logged run and compare the bits",
     createVerifyRunCommand},
};

static void printUsage(llvm::raw_ostream &os) {
  os << "Keel compiles dense neural networks: their training and their "
        "inference.\n\nusage: keel SUBCOMMAND [FLAGS] ...\n\n";
  for (const CommandInfo &info : kCommands)
    os << llvm::formatv("  {0,-10}{1}\n", info.name, info.summary);
  os << "\nkeel SUBCOMMAND --help tells more, keel --version the version.\n";
}

/// Memory that is out is an answer to a model that is too large, no crash.
static void failMemory(void *, const char *reason, bool) {
  llvm::errs() << "error: out of memory: " << reason << '\n';
  std::_Exit(kBadInput);
}

/// Large data is read where it is: its file may get shorter meanwhile.
static void failMapping(int) {
  constexpr llvm::StringLiteral message =
      "error: a data file was cut short while it was in use\n";
  (void)!write(STDERR_FILENO, message.data(), message.size());
  _exit(kBadInput);
}

int keel::keelMain(int argc, char **argv) {
  std::signal(SIGBUS, failMapping);
  llvm::install_bad_alloc_error_handler(failMemory);
  llvm::install_out_of_memory_new_handler();
  llvm::StringRef first = argc > 1 ? argv[1] : "";
  if (first == "--version") {
    llvm::outs() << "keel " << kVersion << '\n';
    return kDone;
  }
  if (first == "--help" || first == "-h" || first == "help") {
    printUsage(llvm::outs());
    return kDone;
  }
  const auto *info = llvm::find_if(
      kCommands, [&](const CommandInfo &c) { return c.name == first; });
  if (info == std::end(kCommands)) {
    if (!first.empty())
      llvm::errs() << "error: unknown subcommand '" << first << "'\n\n";
    printUsage(llvm::errs());
    return kBadCommandLine;
  }
  std::unique_ptr<Command> command = info->create(*info);
  // LLVM registers flags of its own; only Keel's belong in the help.
  cl::HideUnrelatedOptions(command->common.category, command->subcommand);
  // Given a stream, LLVM reports a wrong flag there and does not exit itself.
  if (!cl::ParseCommandLineOptions(argc, argv, "", &llvm::errs()))
    return kBadCommandLine;
  if (command->common.threads < 0)
    return failCommandLine("--threads must not be negative");
  if (int code = command->common.extensions.load())
    return code;
  return command->run();
}
