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
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace keel;

JitModule::JitModule() = default;
JitModule::~JitModule() = default;

/// An LLJIT that compiles with `machine` and resolves what this process has.
static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>>
createJit(std::unique_ptr<llvm::TargetMachine> machine) {
  llvm::DataLayout layout = machine->createDataLayout();
  llvm::orc::JITTargetMachineBuilder builder(machine->getTargetTriple());
  auto jit =
      llvm::orc::LLJITBuilder()
          .setJITTargetMachineBuilder(std::move(builder))
          .setDataLayout(layout)
          .setNumCompileThreads(0)
          .setCompileFunctionCreator(
              [machine = std::shared_ptr<llvm::TargetMachine>(std::move(
                   machine))](llvm::orc::JITTargetMachineBuilder) mutable
                  -> llvm::Expected<
                      std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler>> {
                struct Compiler : llvm::orc::SimpleCompiler {
                  explicit Compiler(
                      std::shared_ptr<llvm::TargetMachine> machine)
                      : SimpleCompiler(*machine), machine(std::move(machine)) {}
                  std::shared_ptr<llvm::TargetMachine> machine;
                };
                return std::make_unique<Compiler>(std::move(machine));
              })
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

/// Looks the model's functions up; those that it does not have stay null.
llvm::Error JitModule::link() {
  keel_model &model = table->model;
  std::string prefix = *model.name ? std::string(model.name) + "_" : "";
  auto find = [&](llvm::StringRef name, auto &function) -> llvm::Error {
    auto symbol = jit->lookup(prefix + name.str());
    if (!symbol)
      return symbol.takeError();
    function = symbol->toPtr<std::remove_reference_t<decltype(function)>>();
    return llvm::Error::success();
  };
  for (llvm::StringRef name : functions) {
    llvm::Error error =
        name == step::kInit        ? find(name, model.init)
        : name == step::kGradStep  ? find(name, model.grad_step)
        : name == step::kApplyStep ? find(name, model.apply_step)
        : name == step::kEval      ? find(name, model.eval)
        : name == step::kFold      ? find(name, model.fold)
        : name == step::kInfer     ? find(name, model.infer)
                                   : find(name, model.learning_rate);
    if (error)
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<JitModule>>
JitModule::create(mlir::ModuleOp module, const JitOptions &options) {
  std::unique_ptr<JitModule> result(new JitModule);
  auto table = ModelTable::create(module);
  if (!table)
    return table.takeError();
  result->table = std::move(*table);

  auto target = options.target ? llvm::Expected<CpuTarget>(*options.target)
                               : CpuTarget::getHost();
  if (!target)
    return target.takeError();
  auto machine = target->createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto context = std::make_unique<llvm::LLVMContext>();
  auto translated = translateToLLVMIR(module, *context, *target, **machine);
  if (!translated)
    return translated.takeError();
  optimize(**translated, **machine);

  std::string prefix =
      *result->model().name ? std::string(result->model().name) + "_" : "";
  for (llvm::StringRef name :
       {step::kInit, step::kGradStep, step::kApplyStep, step::kEval,
        step::kFold, step::kInfer, step::kLearningRate})
    if (const llvm::Function *function =
            (*translated)->getFunction(prefix + name.str());
        function && !function->isDeclaration())
      result->functions.push_back(name);

  auto jit = createJit(std::move(*machine));
  if (!jit)
    return jit.takeError();
  result->jit = std::move(*jit);
  if (llvm::Error error = result->jit->addIRModule(llvm::orc::ThreadSafeModule(
          std::move(*translated), std::move(context))))
    return std::move(error);
  if (llvm::Error error = result->link())
    return std::move(error);
  return std::move(result);
}
