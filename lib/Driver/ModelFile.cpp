//===- ModelFile.cpp - Reading a model file and preparing its model -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelFile.h"
#include "InputLimits.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/InitAll.h"
#include "keel/Runtime/Random.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

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
      &context, [this](Diagnostic &diagnostic) { return show(diagnostic); });
}

ModelFile::~ModelFile() = default;

static StringRef stringifySeverity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("all severities are handled");
}

/// Success where nothing is left to be printed: what is not asked for, and what
/// is said of an imported model, which has no lines.
LogicalResult ModelFile::show(Diagnostic &diagnostic) {
  advise(diagnostic);
  if (diagnostic.getSeverity() == DiagnosticSeverity::Remark && !common.remarks)
    return success();
  if (!isOnnx(path) ||
      diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    return failure();
  llvm::errs() << path << ": " << stringifySeverity(diagnostic.getSeverity())
               << ": ";
  if (auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>())
    llvm::errs() << "at '" << name.getName().getValue() << "': ";
  llvm::errs() << diagnostic.str() << '\n';
  return success();
}

std::unique_ptr<ModelFile> ModelFile::open(const std::string &path,
                                           const CommonFlags &common,
                                           const ImportOptions &options) {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/false);
  if (std::error_code error = buffer.getError()) {
    failInput(path, error.message());
    return nullptr;
  }
  std::unique_ptr<ModelFile> file(new ModelFile(common));
  file->path = path;
  LogicalResult read = isOnnx(path) ? file->import(**buffer, options)
                                    : file->read(std::move(*buffer));
  return succeeded(read) && succeeded(file->prepare()) ? std::move(file)
                                                       : nullptr;
}

std::unique_ptr<ModelFile> ModelFile::parse(StringRef text, StringRef name,
                                            const CommonFlags &common) {
  std::unique_ptr<ModelFile> file(new ModelFile(common));
  file->path = name.str();
  LogicalResult read =
      file->read(llvm::MemoryBuffer::getMemBufferCopy(text, name));
  return succeeded(read) && succeeded(file->prepare()) ? std::move(file)
                                                       : nullptr;
}

LogicalResult ModelFile::read(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  module = parseWithinLimits(sources, &context);
  return success(bool(module));
}

LogicalResult ModelFile::import(const llvm::MemoryBuffer &buffer,
                                const ImportOptions &options) {
  StringRef folder = llvm::sys::path::parent_path(path);
  auto imported = importOnnx(buffer.getBuffer(), folder.empty() ? "." : folder,
                             context, options);
  if (!imported) {
    failInput(path, llvm::toString(imported.takeError()));
    return failure();
  }
  module = std::move(imported->module);
  weights = std::move(imported->weights);
  for (const ImportedTensor &tensor : weights) {
    keel_stored_tensor &view = stored.emplace_back(keel_stored_tensor{});
    view.name = tensor.name.c_str();
    view.dtype = tensor.dtype;
    view.type = tensor.dtype == KEEL_F32 ? "F32" : "F64";
    view.rank = int32_t(tensor.shape.size());
    llvm::copy(tensor.shape, view.shape);
    view.data = tensor.bytes.data();
    view.bytes = int64_t(tensor.bytes.size());
  }
  held.tensors = stored.data();
  held.num_tensors = int64_t(stored.size());
  return failure(failed(verify(*module)) || failed(checkLimits(*module)));
}

LogicalResult ModelFile::prepare() {
  if (failed(choose(common.model)))
    return failure();
  computeHash();
  // A hook may put another model in the place of the one it is given.
  return failure(failed(runHooks()) || failed(choose(common.model)));
}

LogicalResult ModelFile::choose(const std::string &name) {
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

StringRef ModelFile::getText() const {
  if (sources.getNumBuffers() == 0)
    return {};
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  return isBytecode(buffer->getMemBufferRef()) ? StringRef()
                                               : buffer->getBuffer();
}

void ModelFile::exchange(OwningOpRef<ModuleOp> &other) {
  std::swap(module, other);
  model = *module->getOps<ModelOp>().begin();
}
