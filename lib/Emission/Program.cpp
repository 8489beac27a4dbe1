//===- Program.cpp - The object of a program ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Program.h"
#include "EmbeddedCode.h"
#include "EmitMachineCode.h"
#include "keel/Emission/Artifact.h"
#include "llvm/IR/Constants.h"
#include "llvm/Linker/Linker.h"

using namespace keel;

/// The runtime's subcommand, which is linked only where it is named.
static llvm::Constant *getSubcommand(llvm::Module &module, llvm::StringRef name,
                                     bool isThere) {
  if (!isThere)
    return getNull(module);
  auto *ptr = llvm::PointerType::get(module.getContext(), 0);
  auto *i32 = llvm::Type::getInt32Ty(module.getContext());
  return llvm::cast<llvm::Constant>(
      module
          .getOrInsertFunction(("keel_program_" + name).str(), i32, ptr, i32,
                               ptr)
          .getCallee());
}

static constexpr llvm::StringLiteral kThis = "keel_this_program",
                                     kStandardizing =
                                         "keel_standardizing_program";

/// The settings of a program as a list.
static llvm::Constant *addSettings(llvm::Module &module,
                                   const ArtifactOptions &options) {
  llvm::SmallVector<llvm::Constant *> settings;
  for (const auto &[key, value] : options.settings)
    settings.push_back(llvm::ConstantStruct::getAnon(
        {addString(module, key), addString(module, value)}));
  if (settings.empty())
    return getNull(module);
  auto *type =
      llvm::ArrayType::get(settings.front()->getType(), settings.size());
  return addConstant(module, llvm::ConstantArray::get(type, settings),
                     "keel.settings");
}

/// A keel_program, in the order of keel/Runtime/Program.h.
static void addProgramTable(llvm::Module &module,
                            const ArtifactOptions &options,
                            llvm::Constant *standardizing,
                            llvm::StringRef name) {
  ArtifactInterface interface(options, /*files=*/true);
  auto *compiled =
      llvm::ConstantStruct::getAnon(addProgram(module, interface, options));
  bool infers = module.getFunction("keel.kernel.infer") != nullptr;
  bool evaluates = module.getFunction("keel.kernel.eval") != nullptr;
  llvm::Constant *fields[] = {
      compiled,
      standardizing,
      addString(module, options.source),
      addSettings(module, options),
      llvm::ConstantInt::get(llvm::Type::getInt64Ty(module.getContext()),
                             options.settings.size()),
      getSubcommand(module, "train", options.trains),
      getSubcommand(module, "eval", evaluates),
      getSubcommand(module, "run", infers)};
  llvm::Constant *table = llvm::ConstantStruct::getAnon(fields);
  assert(module.getDataLayout().getTypeAllocSize(table->getType()) ==
             sizeof(keel_program) &&
         "the table must be that of keel/Runtime/Program.h");
  addConstant(module, table, name)
      ->setLinkage(llvm::GlobalValue::ExternalLinkage);
}

/// Links the twin that standardizes: its table, and what that points to, all of
/// which is local to either.
static llvm::Error linkTwin(CompiledCode &code, const CpuTarget &target,
                            const ProgramTwin &twin) {
  auto translated =
      translateToLLVMIR(twin.module, *code.context, target, *code.machine);
  if (!translated)
    return translated.takeError();
  optimize(**translated, *code.machine);
  addProgramTable(**translated, twin.options, getNull(**translated),
                  kStandardizing);
  if (llvm::Linker::linkModules(*code.module, std::move(*translated)))
    return llvm::createStringError("the standardizing model cannot be linked");
  return llvm::Error::success();
}

llvm::Expected<llvm::SmallVector<char, 0>>
keel::emitProgram(mlir::ModuleOp module, const CpuTarget &target,
                  const ArtifactOptions &options, const ProgramTwin *twin) {
  auto compiled = CompiledCode::create(module, target);
  if (!compiled)
    return compiled.takeError();
  llvm::Module &code = *compiled->module;
  llvm::Constant *standardizing = getNull(code);
  if (twin) // declared here, defined by the twin
    standardizing = new llvm::GlobalVariable(
        code, llvm::Type::getInt8Ty(code.getContext()), /*isConstant=*/true,
        llvm::GlobalValue::ExternalLinkage, nullptr, kStandardizing);
  addProgramTable(code, options, standardizing, kThis);
  if (twin)
    if (llvm::Error error = linkTwin(*compiled, target, *twin))
      return std::move(error);
  return compiled->emit(llvm::CodeGenFileType::ObjectFile);
}
