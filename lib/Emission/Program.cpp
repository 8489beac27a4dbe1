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

/// A keel_program, in the order of keel/Runtime/Program.h.
static void addProgramTable(llvm::Module &module,
                            const ArtifactOptions &options) {
  ArtifactInterface interface(options, /*files=*/true);
  llvm::SmallVector<llvm::Constant *> settings;
  for (const auto &[key, value] : options.settings)
    settings.push_back(llvm::ConstantStruct::getAnon(
        {addString(module, key), addString(module, value)}));
  auto *compiled =
      llvm::ConstantStruct::getAnon(addProgram(module, interface, options));
  bool infers = module.getFunction("keel.kernel.infer") != nullptr;
  bool evaluates = module.getFunction("keel.kernel.eval") != nullptr;
  llvm::Constant *list = getNull(module);
  if (!settings.empty())
    list = addConstant(
        module,
        llvm::ConstantArray::get(
            llvm::ArrayType::get(settings.front()->getType(), settings.size()),
            settings),
        "keel.settings");
  llvm::Constant *fields[] = {
      compiled,
      addString(module, options.source),
      list,
      llvm::ConstantInt::get(llvm::Type::getInt64Ty(module.getContext()),
                             settings.size()),
      getSubcommand(module, "train", options.trains),
      getSubcommand(module, "eval", evaluates),
      getSubcommand(module, "run", infers)};
  llvm::Constant *table = llvm::ConstantStruct::getAnon(fields);
  assert(module.getDataLayout().getTypeAllocSize(table->getType()) ==
             sizeof(keel_program) &&
         "the table must be that of keel/Runtime/Program.h");
  addConstant(module, table, "keel_this_program")
      ->setLinkage(llvm::GlobalValue::ExternalLinkage);
}

llvm::Expected<llvm::SmallVector<char, 0>>
keel::emitProgram(mlir::ModuleOp module, const CpuTarget &target,
                  const ArtifactOptions &options) {
  auto compiled = CompiledCode::create(module, target);
  if (!compiled)
    return compiled.takeError();
  addProgramTable(*compiled->module, options);
  return compiled->emit(llvm::CodeGenFileType::ObjectFile);
}
