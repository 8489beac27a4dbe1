//===- CompiledModel.cpp - A model compiled into this process -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModel.h"
#include "Command.h"
#include "InputFiles.h"
#include "InputLimits.h"
#include "keel/Codegen/ArenaLayout.h"
#include "keel/Emission/Emission.h"
#include "keel/Execution/CodeCache.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace mlir;
using namespace keel;

int keel::failInput(const keel_error &error) {
  char text[sizeof(keel_error) + 64];
  llvm::errs() << keel_error_format(&error, text, sizeof text) << '\n';
  return kBadInput;
}

std::unique_ptr<ModelTable> keel::describeModel(ModelFile &file,
                                                StringRef mode) {
  OwningOpRef<ModuleOp> module(file.getModule().clone());
  // Compiling says again what passes remark or warn of here.
  ScopedDiagnosticHandler quiet(module->getContext(), [](Diagnostic &d) {
    return success(d.getSeverity() != DiagnosticSeverity::Error);
  });
  GraphOptions graph;
  graph.mode = mode.str();
  graph.fold = false;
  graph.hooks = file.getHooks().vec();
  CodegenOptions codegen;
  if (failed(lowerToStage(*module, Stage::graph, graph, codegen)))
    return nullptr;
  FailureOr<ArenaLayout> layout = ArenaLayout::compute(*module, /*maxRows=*/1);
  if (failed(layout))
    return nullptr;
  layout->write(*module);
  auto table = ModelTable::create(*module);
  if (table)
    return std::move(*table);
  failInput(llvm::toString(table.takeError()));
  return nullptr;
}

namespace {

/// One model on its way into this process.
class Compilation {
public:
  Compilation(ModelFile &file, CpuTarget target, StringRef mode,
              int64_t maxRows, const CompileOptions &options)
      : file(file), target(std::move(target)), module(file.getModule().clone()),
        useCache(options.cache) {
    graph.mode = mode.str();
    graph.fold = options.fold;
    graph.telemetry = options.telemetry;
    graph.hooks = file.getHooks().vec();
    codegen.maxRows = maxRows;
    codegen.setTarget(this->target);
    codegen.checkBounds = file.getFlags().checkBounds.getValue();
  }

  llvm::Expected<std::unique_ptr<JitModule>> run();

private:
  bool mayCache() const;
  std::string getKey();
  std::unique_ptr<JitModule> load(const CodeCache &cache, StringRef key) const;
  void note(const Twine &message) const {
    if (file.getFlags().remarks)
      llvm::errs() << "note: " << message << '\n';
  }

  ModelFile &file;
  CpuTarget target;
  OwningOpRef<ModuleOp> module;
  GraphOptions graph;
  CodegenOptions codegen;
  bool useCache;
};

} // namespace

/// A hook behind stage graph does more than its key could tell: it may print,
/// or read files.
bool Compilation::mayCache() const {
  return useCache && !file.getFlags().noCache &&
         llvm::all_of(graph.hooks, [](const Hook &hook) {
           return hook.getPoint() <= ExtensionPoint::beforeLowering;
         });
}

/// The key of the module at stage graph. Empty where nothing may be kept.
std::string Compilation::getKey() {
  std::string build = CodeCache::getBuildId();
  if (build.empty() || !mayCache())
    return "";
  std::string text, options;
  llvm::raw_string_ostream textStream(text), optionStream(options);
  module->print(textStream);
  codegen.print(optionStream);
  return CodeKey()
      .add(build)
      .add(LLVM_VERSION_STRING)
      .add(file.getFlags().extensions.describePlugins())
      .add(target.triple)
      .add(target.cpu)
      .add(target.features)
      .add(options)
      .add(text)
      .get();
}

/// The code of an earlier run, null where there is none that can be used.
std::unique_ptr<JitModule> Compilation::load(const CodeCache &cache,
                                             StringRef key) const {
  std::optional<CachedCode> code = cache.load(key);
  if (!code)
    return nullptr;
  auto table = ModelTable::parse(code->table, file.getContext());
  auto jit = table ? JitModule::load(std::move(*table), std::move(code->object),
                                     target)
                   : table.takeError();
  if (jit)
    return std::move(*jit);
  llvm::consumeError(jit.takeError());
  return nullptr;
}

/// Errors without a message have been printed.
llvm::Expected<std::unique_ptr<JitModule>> Compilation::run() {
  if (failed(lowerToStage(*module, Stage::graph, graph, codegen)))
    return llvm::createStringError("");
  std::string folder = CodeCache::getDefaultFolder();
  std::string key = folder.empty() ? "" : getKey();
  CodeCache cache(folder);
  if (!key.empty())
    if (auto jit = load(cache, key)) {
      note("compiled code is taken from " + cache.getPath(key));
      return std::move(jit);
    }
  if (failed(lowerToStage(*module, Stage::llvm, graph, codegen, Stage::graph)))
    return llvm::createStringError("");
  auto table = ModelTable::create(*module);
  if (!table)
    return table.takeError();
  auto object = emitObject(*module, target);
  if (!object)
    return object.takeError();
  if (!key.empty() && cache.store(key, ModelTable::print(*module),
                                  StringRef(object->data(), object->size())))
    note("compiled code is kept in " + cache.getPath(key));
  return JitModule::load(std::move(*table),
                         std::make_unique<llvm::SmallVectorMemoryBuffer>(
                             std::move(*object),
                             /*RequiresNullTerminator=*/false),
                         target);
}

std::unique_ptr<JitModule> keel::compileModel(ModelFile &file, StringRef mode,
                                              int64_t maxRows,
                                              const CompileOptions &options) {
  if (failed(checkRows(file.getModel(), maxRows)))
    return nullptr;
  auto target = CpuTarget::getHost();
  if (!target) {
    failInput(llvm::toString(target.takeError()));
    return nullptr;
  }
  auto jit = Compilation(file, *target, mode, maxRows, options).run();
  if (jit)
    return std::move(*jit);
  std::string message = llvm::toString(jit.takeError());
  if (!message.empty())
    failInput(message);
  return nullptr;
}

Threads::Threads(int count) : pool(keel_pool_create(count)) {
  keel_pool_context(pool, &context);
}

Threads::~Threads() { keel_pool_destroy(pool); }

LogicalResult DataFiles::open(const keel_model &model,
                              ArrayRef<const char *> classNames,
                              keel_dataset &dataset) const {
  NamedFiles dataFiles(data), labelFiles(labels);
  keel_dataset_options options = {};
  options.data = dataFiles.data();
  options.num_data = dataFiles.size();
  options.labels = labelFiles.data();
  options.num_labels = labelFiles.size();
  options.want_labels = wantLabels;
  options.label_column = labelColumn.empty() ? nullptr : labelColumn.c_str();
  options.class_names = classNames.data();
  options.num_class_names = int32_t(classNames.size());
  keel_error error = {};
  if (keel_dataset_open(&model, &options, &dataset, &error) == 0)
    return success();
  failInput(error);
  return failure();
}
