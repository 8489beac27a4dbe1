//===- Extensions.h - Plug-ins and hooks of the command line --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_EXTENSIONS_H
#define KEEL_LIB_DRIVER_EXTENSIONS_H

#include "keel/Pipelines/ExtensionPoints.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/Support/CommandLine.h"
#include <string>
#include <vector>

namespace keel {

/// What the command line adds to Keel: dialects, passes, and pipelines at
/// extension points.
class Extensions {
public:
  Extensions(llvm::cl::SubCommand &subcommand,
             llvm::cl::OptionCategory &category);

  /// Loads the plug-ins, then parses the hooks, which may name their passes.
  /// Returns the code to exit with; errors have been printed.
  int load();

  void registerDialects(mlir::DialectRegistry &registry) const;
  llvm::ArrayRef<Hook> getHooks() const { return hooks; }

  /// What of them changes a result, as settings of a run: the hooks' texts,
  /// and each plug-in's name with a hash of its bytes. Empty where there are
  /// none.
  std::string describeHooks() const;
  std::string describePlugins() const;

private:
  int loadPlugins();
  int parseHooks();

  llvm::cl::list<std::string> dialectFiles, passFiles, hookTexts;
  std::vector<mlir::DialectPlugin> dialects;
  std::vector<Hook> hooks;
  std::vector<std::string> hashes;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_EXTENSIONS_H
