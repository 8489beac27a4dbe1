//===- CompiledModel.cpp - A model compiled into this process -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModel.h"
#include "Command.h"
#include "keel/Codegen/ArenaLayout.h"
#include "llvm/Support/Error.h"

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

std::unique_ptr<JitModule> keel::compileModel(ModelFile &file, StringRef mode,
                                              int64_t maxRows, bool fold) {
  auto target = CpuTarget::getHost();
  if (!target) {
    failInput(llvm::toString(target.takeError()));
    return nullptr;
  }
  OwningOpRef<ModuleOp> module(file.getModule().clone());
  GraphOptions graph;
  graph.mode = mode.str();
  graph.fold = fold;
  graph.hooks = file.getHooks().vec();
  CodegenOptions codegen;
  codegen.maxRows = maxRows;
  codegen.setTarget(*target);
  if (failed(lowerToStage(*module, Stage::llvm, graph, codegen)))
    return nullptr;
  JitOptions options;
  options.target = &*target;
  auto jit = JitModule::create(*module, options);
  if (jit)
    return std::move(*jit);
  failInput(llvm::toString(jit.takeError()));
  return nullptr;
}

Threads::Threads(int count) : pool(keel_pool_create(count)) {
  keel_pool_context(pool, &context);
}

Threads::~Threads() { keel_pool_destroy(pool); }

/// `NAME=PATH` or `PATH`, the name null where there is none.
static keel_named_file splitName(const std::string &text,
                                 std::vector<std::string> &storage) {
  auto [name, path] = StringRef(text).split('=');
  bool named = !path.empty() && !name.contains('/');
  storage.push_back(named ? name.str() : "");
  storage.push_back(named ? path.str() : text);
  return {named ? storage[storage.size() - 2].c_str() : nullptr,
          storage.back().c_str()};
}

LogicalResult DataFiles::open(const keel_model &model,
                              ArrayRef<const char *> classNames,
                              keel_dataset &dataset) const {
  std::vector<std::string> storage;
  storage.reserve(2 * (data.size() + labels.size()));
  std::vector<keel_named_file> dataFiles, labelFiles;
  for (const std::string &text : data)
    dataFiles.push_back(splitName(text, storage));
  for (const std::string &text : labels)
    labelFiles.push_back(splitName(text, storage));
  keel_dataset_options options = {};
  options.data = dataFiles.data();
  options.num_data = int32_t(dataFiles.size());
  options.labels = labelFiles.data();
  options.num_labels = int32_t(labelFiles.size());
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
