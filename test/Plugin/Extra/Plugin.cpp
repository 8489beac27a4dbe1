//===- Plugin.cpp - What the library tells the tools that load it ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extra.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;
using namespace extra;

namespace extra {
#define GEN_PASS_REGISTRATION
#include "Passes.h.inc"
} // namespace extra

// Where a tool does not know Keel, such as mlir-opt, this brings its dialect.
extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Extra", "0.1",
          [](DialectRegistry *registry) {
            registry->insert<keel::KeelDialect, ExtraDialect>();
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Extra", "0.1",
          [] { extra::registerExtraPasses(); }};
}
