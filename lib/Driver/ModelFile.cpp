//===- ModelFile.cpp - Reading a model file and preparing its model -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelFile.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/InitAll.h"
#include "keel/Runtime/Random.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;

static DialectRegistry makeRegistry(const Extensions &extensions) {
  DialectRegistry registry;
  registerAllDialects(registry);
  extensions.registerDialects(registry);
  return registry;
}

/// Says what to do about an op or attribute of a dialect that is not there.
static void advise(Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
      (StringRef(text).contains("not found for custom op") ||
       StringRef(text).contains("unregistered dialect")))
    diagnostic.attachNote() << "a dialect from outside Keel comes by "
                               "--load-dialect-plugin=SO";
}

ModelFile::ModelFile(const CommonFlags &common)
    : common(common), context(makeRegistry(common.extensions),
                              MLIRContext::Threading::DISABLED) {
  context.printOpOnDiagnostic(false);
  printer = std::make_unique<SourceMgrDiagnosticHandler>(sources, &context,
                                                         llvm::errs());
  filter = std::make_unique<ScopedDiagnosticHandler>(
      &context, [remarks = bool(common.remarks)](Diagnostic &diagnostic) {
        advise(diagnostic);
        bool shown =
            remarks || diagnostic.getSeverity() != DiagnosticSeverity::Remark;
        return failure(shown);
      });
}

ModelFile::~ModelFile() = default;

std::unique_ptr<ModelFile> ModelFile::open(const std::string &path,
                                           const CommonFlags &common) {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/false);
  if (std::error_code error = buffer.getError()) {
    failInput(path, error.message());
    return nullptr;
  }
  return parse(std::move(*buffer), common);
}

std::unique_ptr<ModelFile> ModelFile::parse(StringRef text, StringRef name,
                                            const CommonFlags &common) {
  return parse(llvm::MemoryBuffer::getMemBufferCopy(text, name), common);
}

std::unique_ptr<ModelFile>
ModelFile::parse(std::unique_ptr<llvm::MemoryBuffer> buffer,
                 const CommonFlags &common) {
  std::unique_ptr<ModelFile> file(new ModelFile(common));
  std::string path = buffer->getBufferIdentifier().str();
  file->sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  file->module = parseSourceFile<ModuleOp>(file->sources, &file->context);
  if (!file->module || failed(file->choose(common.model, path)))
    return nullptr;
  file->computeHash();
  // A hook may put another model in the place of the one it is given.
  if (failed(file->runHooks()) || failed(file->choose(common.model, path)))
    return nullptr;
  return file;
}

LogicalResult ModelFile::choose(const std::string &name, StringRef path) {
  auto models = llvm::to_vector(module->getOps<ModelOp>());
  std::string names;
  llvm::raw_string_ostream os(names);
  llvm::interleaveComma(models, os, [&](ModelOp m) { os << m.getSymName(); });
  for (ModelOp candidate : models)
    if (name.empty() ? models.size() == 1 : candidate.getSymName() == name)
      model = candidate;
  if (!model) {
    if (models.empty())
      failInput(path, "holds no keel.model; see docs/GettingStarted.md for "
                      "how to write one, or start from: keel new mlp");
    else if (name.empty())
      failInput(path, "holds several models, name one by --model=: " + names);
    else
      failInput(path, "holds no model '" + name + "', only: " + names);
    return failure();
  }
  for (ModelOp other : models)
    if (other != model)
      other.erase();
  return success();
}

void ModelFile::computeHash() {
  std::string text;
  llvm::raw_string_ostream os(text);
  model->print(os, OpPrintingFlags().enableDebugInfo(false));
  hash = llvm::formatv("{0:x-16}", keel_fnv1a(text.data(), text.size()));
}

LogicalResult ModelFile::runHooks() {
  PassManager pm(&context);
  addHooks(pm, getHooks(), ExtensionPoint::beforeForecast);
  return pm.run(*module);
}

LogicalResult ModelFile::standardize() {
  PassManager pm(&context);
  pm.addNestedPass<ModelOp>(createKeelInsertStandardize());
  return pm.run(*module);
}
