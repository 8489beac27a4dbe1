//===- Extensions.cpp - Plug-ins and hooks of the command line ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extensions.h"
#include "Command.h"
#include "keel/InitAll.h"
#include "keel/Runtime/Random.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

Extensions::Extensions(cl::SubCommand &subcommand, cl::OptionCategory &category)
    : dialectFiles("load-dialect-plugin",
                   cl::desc("A library whose dialects models may use"),
                   cl::value_desc("SO"), cl::cat(category),
                   cl::sub(subcommand)),
      passFiles("load-pass-plugin",
                cl::desc("A library whose passes --hook may name"),
                cl::value_desc("SO"), cl::cat(category), cl::sub(subcommand)),
      hookTexts("hook",
                cl::desc("Passes to run at an extension point, such as "
                         "after-clip:canonicalize,cse"),
                cl::value_desc("POINT:PIPELINE"), cl::cat(category),
                cl::sub(subcommand)) {}

int Extensions::load() {
  int code = loadPlugins();
  return code ? code : parseHooks();
}

/// Loads one plug-in and notes its name and the hash of its bytes.
template <typename PluginTy>
static llvm::Expected<PluginTy> loadPlugin(StringRef path, StringRef kind,
                                           std::vector<std::string> &hashes) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (std::error_code error = buffer.getError())
    return llvm::createStringError(error, error.message());
  uint64_t hash =
      keel_fnv1a((*buffer)->getBufferStart(), (*buffer)->getBufferSize());
  std::string text =
      llvm::formatv("{0} {1:x-16}", llvm::sys::path::filename(path), hash);
  if (!llvm::is_contained(hashes, text))
    hashes.push_back(text);
  // A name without a folder would be looked for among the system's libraries.
  SmallString<128> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  llvm::Expected<PluginTy> plugin = PluginTy::load(absolute.str().str());
  if (!plugin)
    return llvm::createStringError(
        "is no " + kind + " plug-in: " + llvm::toString(plugin.takeError()));
  return plugin;
}

int Extensions::loadPlugins() {
  for (const std::string &path : dialectFiles) {
    auto plugin = loadPlugin<DialectPlugin>(path, "dialect", hashes);
    if (!plugin)
      return failInput(path, llvm::toString(plugin.takeError()));
    dialects.push_back(*plugin);
  }
  for (const std::string &path : passFiles) {
    auto plugin = loadPlugin<PassPlugin>(path, "pass", hashes);
    if (!plugin)
      return failInput(path, llvm::toString(plugin.takeError()));
    plugin->registerPassRegistryCallbacks();
  }
  return kDone;
}

int Extensions::parseHooks() {
  if (hookTexts.empty())
    return kDone;
  registerAllPasses();
  for (const std::string &text : hookTexts) {
    FailureOr<Hook> hook =
        Hook::parse(text, [&](unsigned column, const Twine &message) {
          reportFlag("hook", text, column, message);
        });
    if (failed(hook))
      return kBadCommandLine;
    hooks.push_back(*hook);
  }
  return kDone;
}

void Extensions::registerDialects(DialectRegistry &registry) const {
  for (const DialectPlugin &plugin : dialects)
    plugin.registerDialectRegistryCallbacks(registry);
}

std::string Extensions::describeHooks() const {
  return llvm::join(hookTexts, " ");
}

std::string Extensions::describePlugins() const {
  return llvm::join(hashes, ", ");
}
