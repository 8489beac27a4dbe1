//===- Jit.cpp - Compiled models in this process --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Execution/Jit.h"
#include "keel/Emission/Emission.h"
#include "keel/Interfaces/Roles.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/ExecutionEngine/Orc/ObjectFileInterface.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace keel;

JitModule::JitModule() = default;
JitModule::~JitModule() = default;

/// An LLJIT that links objects for `machine` and resolves what this process
/// has.
static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>>
createJit(const llvm::TargetMachine &machine) {
  llvm::DataLayout layout = machine.createDataLayout();
  llvm::orc::JITTargetMachineBuilder builder(machine.getTargetTriple());
  auto jit = llvm::orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(builder))
                 .setDataLayout(layout)
                 .setNumCompileThreads(0)
                 .create();
  if (!jit)
    return jit.takeError();
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      layout.getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  return jit;
}

/// Adds the object and looks the functions that it defines up; the others stay
/// null.
llvm::Error JitModule::link(std::unique_ptr<llvm::MemoryBuffer> object) {
  auto interface = llvm::orc::getObjectFileInterface(jit->getExecutionSession(),
                                                     object->getMemBufferRef());
  if (!interface)
    return interface.takeError();
  if (llvm::Error error = jit->addObjectFile(std::move(object)))
    return error;
  keel_model &model = table->model;
  std::string prefix = *model.name ? std::string(model.name) + "_" : "";
  auto find = [&](llvm::StringRef name, auto &function) -> llvm::Error {
    std::string full = prefix + name.str();
    if (!interface->SymbolFlags.contains(jit->mangleAndIntern(full)))
      return llvm::Error::success();
    auto symbol = jit->lookup(full);
    if (!symbol)
      return symbol.takeError();
    function = symbol->toPtr<std::remove_reference_t<decltype(function)>>();
    return llvm::Error::success();
  };
  llvm::Error error = llvm::Error::success();
  auto add = [&](llvm::StringRef name, auto &function) {
    error = llvm::joinErrors(std::move(error), find(name, function));
  };
  add(step::kInit, model.init);
  add(step::kGradStep, model.grad_step);
  add(step::kApplyStep, model.apply_step);
  add(step::kTrainStep, model.train_step);
  add(step::kTelemetryGradStep, table->telemetry.grad_step);
  add(step::kTelemetryApplyStep, table->telemetry.apply_step);
  add(step::kEval, model.eval);
  add(step::kFold, model.fold);
  add(step::kInfer, model.infer);
  add(step::kLearningRate, model.learning_rate);
  return error;
}

llvm::Expected<std::unique_ptr<JitModule>>
JitModule::load(std::unique_ptr<ModelTable> table,
                std::unique_ptr<llvm::MemoryBuffer> object,
                const CpuTarget &target) {
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto jit = createJit(**machine);
  if (!jit)
    return jit.takeError();
  std::unique_ptr<JitModule> result(new JitModule);
  result->table = std::move(table);
  result->jit = std::move(*jit);
  if (llvm::Error error = result->link(std::move(object)))
    return std::move(error);
  return std::move(result);
}

llvm::Expected<std::unique_ptr<JitModule>>
JitModule::create(mlir::ModuleOp module, const JitOptions &options) {
  auto table = ModelTable::create(module);
  if (!table)
    return table.takeError();
  auto target = options.target ? llvm::Expected<CpuTarget>(*options.target)
                               : CpuTarget::getHost();
  if (!target)
    return target.takeError();
  auto object = emitObject(module, *target);
  if (!object)
    return object.takeError();
  return load(std::move(*table),
              std::make_unique<llvm::SmallVectorMemoryBuffer>(
                  std::move(*object), /*RequiresNullTerminator=*/false),
              *target);
}
