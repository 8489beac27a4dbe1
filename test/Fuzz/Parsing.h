//===- Parsing.h - A context whose diagnostics go nowhere -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_FUZZ_PARSING_H
#define KEEL_TEST_FUZZ_PARSING_H

#include "Input.h"
#include "keel/InitAll.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

#include <memory>

namespace keel::fuzz {

/// Counts errors: whoever refuses an input says why.
class Context {
public:
  Context()
      : context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED),
        handler(&context, [this](mlir::Diagnostic &diagnostic) {
          errors += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
          return llvm::success();
        }) {}
  mlir::MLIRContext *get() { return &context; }

  /// One for many inputs: to make it takes longer than to read one. A new one
  /// now and then frees what attributes piled up.
  static Context &getShared() {
    static std::unique_ptr<Context> shared;
    static size_t uses = 0;
    if (uses++ % 256 == 0)
      shared = std::make_unique<Context>();
    shared->errors = 0;
    return *shared;
  }

  size_t errors = 0;

private:
  static const mlir::DialectRegistry &makeRegistry() {
    static mlir::DialectRegistry *registry = [] {
      auto *made = new mlir::DialectRegistry;
      registerAllDialects(*made);
      return made;
    }();
    return *registry;
  }

  mlir::MLIRContext context;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace keel::fuzz

#endif // KEEL_TEST_FUZZ_PARSING_H
