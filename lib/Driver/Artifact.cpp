//===- Artifact.cpp - What keel compile makes for others to link ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artifact.h"
#include "Command.h"
#include "CompiledModel.h"
#include "TrainRun.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Emission/Link.h"
#include "keel/Execution/Session.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace keel;

ArrayRef<llvm::StringLiteral> ArtifactRun::getKinds() {
  static constexpr llvm::StringLiteral kinds[] = {"obj", "archive", "lib",
                                                  "exe"};
  return kinds;
}

StringRef ArtifactRun::getGraphMode() const {
  if (!trains())
    return isProgram() && !hasWeights ? "run" : "infer";
  return isProgram() && mode == "train" ? "train" : "all";
}

/// A program merges a last single row into the batch before it, where the model
/// needs that.
llvm::Expected<int64_t> ArtifactRun::getMaxRows(std::optional<int64_t> given) {
  if (!isProgram())
    return given.value_or(64);
  auto described = describeModel(file, getGraphMode());
  if (!described)
    return llvm::createStringError("");
  return given.value_or(256) + described->model.min_train_rows - 1;
}

void ArtifactRun::setWeights(const std::string &path, bool isStandardized) {
  options.standardized = isStandardized;
  weightsPath = path;
  hasWeights = !path.empty() || file.getHeldWeights();
  // Lowering takes the model away.
  if (trains())
    settings = describeSettings(file);
}

/// What infer takes, computed here: the code is the target's, but for the
/// processor that runs it now.
llvm::Error ArtifactRun::fold() {
  auto jit = JitModule::create(file.getModule());
  if (!jit)
    return jit.takeError();
  const keel_model &model = (*jit)->model();
  if (!model.fold)
    return llvm::Error::success();
  ArenaMemory result(model.folded_bytes), scratch(model.scratch_bytes);
  keel_context context = {};
  keel_pool_context(nullptr, &context);
  model.fold(&context, arenas.weights.params, arenas.weights.states,
             result.get(), scratch.get());
  folded.assign(result.get(), result.get() + model.folded_bytes);
  return llvm::Error::success();
}

llvm::Error ArtifactRun::writeFiles(StringRef object, const CpuTarget &target,
                                    const std::string &output) {
  if (emit == "lib")
    return linkLibrary(object, target.triple, output);
  std::string bytes = object.str();
  if (emit == "archive") {
    auto archive =
        makeArchive(object, (llvm::sys::path::stem(output) + ".o").str());
    if (!archive)
      return archive.takeError();
    bytes = std::move(*archive);
  }
  return writeText(output, bytes) ? llvm::createStringError("")
                                  : llvm::Error::success();
}

llvm::Error ArtifactRun::takeWeights() {
  const keel_model &model = table->model;
  options.hasWeights = hasWeights;
  if (!hasWeights)
    return llvm::Error::success();
  if (failed(weightsPath.empty() ? arenas.take(model, file)
                                 : arenas.load(model, weightsPath)))
    return llvm::createStringError("");
  if (!trains() && !isProgram())
    if (llvm::Error error = fold())
      return error;
  auto view = [](const void *arena, int64_t bytes) {
    return ArrayRef(static_cast<const char *>(arena), bytes);
  };
  options.states = view(arenas.weights.states, model.states_bytes);
  options.folded = folded;
  if (folded.empty())
    options.params = view(arenas.weights.params, model.params_bytes);
  return llvm::Error::success();
}

/// A context has one scratch arena, for initial values too. Where the weights
/// are folded already only infer is called.
llvm::Error ArtifactRun::planScratch() {
  FailureOr<ArenaLayout> layout = ArenaLayout::read(file.getModule());
  if (failed(layout))
    return llvm::createStringError("");
  int64_t &bytes = table->model.scratch_bytes;
  if (auto infer =
          file.getModule()->getAttrOfType<IntegerAttr>(kInferScratchAttr);
      infer && hasWeights && !trains())
    bytes = infer.getInt();
  bytes = std::max(bytes, layout->initScratchBytes);
  return llvm::Error::success();
}

OwningOpRef<ModuleOp> ArtifactRun::makeTwin() {
  if (!isProgram() || options.standardized || hasWeights)
    return {};
  OwningOpRef<ModuleOp> twin(file.getModule().clone());
  // What cannot be standardized is no error until somebody asks for it.
  ScopedDiagnosticHandler quiet(&file.getContext(),
                                [](Diagnostic &) { return success(); });
  PassManager pm(&file.getContext());
  pm.addNestedPass<ModelOp>(createKeelInsertStandardize());
  if (failed(pm.run(*twin)))
    return {};
  return twin;
}

llvm::Error ArtifactRun::writeProgram(ModuleOp twin, const CpuTarget &target,
                                      const std::string &output) {
  ProgramTwin other{twin, options};
  std::unique_ptr<ModelTable> otherTable;
  if (twin) {
    auto created = ModelTable::create(twin);
    if (!created)
      return created.takeError();
    otherTable = std::move(*created);
    other.options.model = &otherTable->model;
    other.options.standardized = true;
  }
  auto object =
      emitProgram(file.getModule(), target, options, twin ? &other : nullptr);
  return object ? linkProgram(StringRef(object->data(), object->size()),
                              target.triple, output)
                : object.takeError();
}

llvm::Error ArtifactRun::write(ModuleOp twin, const CpuTarget &target,
                               const std::string &output,
                               const std::string &header) {
  auto created = ModelTable::create(file.getModule());
  if (!created)
    return created.takeError();
  table = std::move(*created);
  options.model = &table->model;
  options.modelHash = file.getHash();
  options.source = isProgram()
                       ? file.getPath()
                       : llvm::sys::path::filename(file.getPath()).str();
  options.trains = trains();
  options.settings = settings;
  if (llvm::Error error = takeWeights())
    return error;
  if (isProgram())
    return writeProgram(twin, target, output);
  if (llvm::Error error = planScratch())
    return error;
  auto files = hasWeightsFiles(target.triple);
  if (!files)
    return files.takeError();
  ArtifactInterface interface(options, *files);
  if (!interface.constant && !interface.trains && !interface.files)
    return llvm::createStringError(
        "objects for '" + target.triple +
        "' cannot read weights files: give the weights by --weights=FILE");
  auto object = emitArtifact(file.getModule(), target, options);
  if (!object)
    return object.takeError();
  if (llvm::Error error =
          writeFiles(StringRef(object->data(), object->size()), target, output))
    return error;
  if (!header.empty() &&
      writeText(header, writeHeader(interface, options, target)))
    return llvm::createStringError("");
  return llvm::Error::success();
}
