//===- Artifact.cpp - The object that others link -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Artifact.h"
#include "EmbeddedCode.h"
#include "EmitMachineCode.h"
#include "keel/Runtime/Embedded.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace keel;

static llvm::Function *getEmbedded(llvm::Module &module, llvm::StringRef name) {
  llvm::Function *function =
      module.getFunction(("keel_embedded_" + name).str());
  assert(function && "lib/Runtime/Embedded has it");
  return function;
}

namespace {

/// Gives a module the functions that its header declares.
class InterfaceBuilder {
public:
  InterfaceBuilder(llvm::Module &module, const ArtifactInterface &interface,
                   llvm::Constant *program)
      : module(module), interface(interface), program(program),
        b(module.getContext()), ptr(b.getPtrTy()), i64(b.getInt64Ty()),
        size(module.getDataLayout().getIntPtrType(module.getContext())) {}

  void run();
  /// Shows `value` by the header's name.
  void publish(llvm::GlobalValue *value, llvm::StringRef name);
  bool isExported(const llvm::GlobalValue &value) const {
    return exported.contains(value.getName());
  }

private:
  using Arguments = std::vector<ArtifactInterface::Argument>;

  /// An embedded function goes by the header's name from here on.
  void rename(llvm::StringRef name) {
    publish(getEmbedded(module, name), name);
  }
  /// Starts a function that returns what the embedded one of its name does.
  llvm::Function *start(llvm::StringRef name,
                        llvm::ArrayRef<llvm::Type *> parameters);
  void finish(llvm::StringRef name, llvm::ArrayRef<llvm::Value *> arguments);
  llvm::Value *gather(llvm::Function *function, unsigned first, size_t count);
  void addCreate();
  void addCall(llvm::StringRef name, size_t numOthers, bool hasResult);

  llvm::Module &module;
  const ArtifactInterface &interface;
  llvm::Constant *program;
  llvm::IRBuilder<> b;
  llvm::PointerType *ptr;
  llvm::Type *i64, *size;
  llvm::StringSet<> exported;
};

} // namespace

void InterfaceBuilder::publish(llvm::GlobalValue *value, llvm::StringRef name) {
  value->setName(interface.prefix + "_" + name);
  value->setLinkage(llvm::GlobalValue::ExternalLinkage);
  value->setVisibility(llvm::GlobalValue::DefaultVisibility);
  value->setDSOLocal(false);
  exported.insert(value->getName());
}

llvm::Function *
InterfaceBuilder::start(llvm::StringRef name,
                        llvm::ArrayRef<llvm::Type *> parameters) {
  auto *type = llvm::FunctionType::get(b.getInt32Ty(), parameters, false);
  auto *function =
      llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage,
                             interface.prefix + "_" + name.str(), module);
  // RISC-V and others hand an int over in a wider register.
  function->addRetAttr(llvm::Attribute::SExt);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  exported.insert(function->getName());
  b.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "", function));
  return function;
}

void InterfaceBuilder::finish(llvm::StringRef name,
                              llvm::ArrayRef<llvm::Value *> arguments) {
  llvm::CallInst *call = b.CreateCall(getEmbedded(module, name), arguments);
  call->addRetAttr(llvm::Attribute::SExt);
  b.CreateRet(call);
}

/// PREFIX_create(memory, bytes, context)
void InterfaceBuilder::addCreate() {
  llvm::Function *function = start("create", {ptr, size, ptr});
  finish("create", {program, function->getArg(0), function->getArg(1),
                    function->getArg(2)});
}

/// An array of the arguments from `first` on.
llvm::Value *InterfaceBuilder::gather(llvm::Function *function, unsigned first,
                                      size_t count) {
  if (count == 0)
    return llvm::ConstantPointerNull::get(ptr);
  llvm::Value *array = b.CreateAlloca(llvm::ArrayType::get(ptr, count));
  for (unsigned i = 0; i < count; ++i)
    b.CreateStore(function->getArg(first + i),
                  b.CreateConstInBoundsGEP1_32(ptr, array, i));
  return array;
}

/// PREFIX_NAME(context, inputs..., others..., [rows], [result])
void InterfaceBuilder::addCall(llvm::StringRef name, size_t numOthers,
                               bool hasResult) {
  size_t numInputs = interface.inputs.size();
  llvm::SmallVector<llvm::Type *> types(1 + numInputs + numOthers, ptr);
  bool hasRows = interface.fixedRows == 0;
  if (hasRows)
    types.push_back(i64);
  if (hasResult)
    types.push_back(ptr);
  llvm::Function *function = start(name, types);
  llvm::SmallVector<llvm::Value *> arguments = {
      function->getArg(0), gather(function, 1, numInputs),
      gather(function, 1 + numInputs, numOthers)};
  unsigned next = 1 + numInputs + numOthers;
  arguments.push_back(hasRows
                          ? static_cast<llvm::Value *>(function->getArg(next++))
                          : b.getInt64(interface.fixedRows));
  if (hasResult)
    arguments.push_back(function->getArg(next));
  finish(name, arguments);
}

void InterfaceBuilder::run() {
  addCreate();
  addCall("infer", interface.outputs.size(), /*hasResult=*/false);
  for (const char *name :
       {"destroy", "set_parallel_for", "message", "status_text"})
    rename(name);
  if (!interface.constant && !interface.trains)
    rename("share");
  if (interface.trains) {
    addCall("train_step", interface.labels.size(), /*hasResult=*/true);
    addCall("evaluate", interface.labels.size(), /*hasResult=*/true);
    rename("init");
  }
  if (interface.constant || !interface.files)
    return;
  rename("load");
  rename("load_memory");
  if (interface.trains)
    rename("save");
}

/// In the order of keel/Runtime/Embedded.h.
llvm::SmallVector<llvm::Constant *>
keel::addProgram(llvm::Module &module, const ArtifactInterface &interface,
                 const ArtifactOptions &options) {
  llvm::Constant *model = addModelTable(module, *options.model);
  auto *i64 = llvm::Type::getInt64Ty(module.getContext());
  return {model,
          addString(module, options.modelHash),
          llvm::ConstantInt::get(i64, options.standardized),
          llvm::ConstantInt::get(i64, interface.fixedRows),
          llvm::ConstantInt::get(i64, interface.constant),
          addArena(module, options.params, "keel.params"),
          addArena(module, options.states, "keel.states"),
          addArena(module, options.folded, "keel.folded")};
}

/// The embedded functions follow the target as kernels do.
static void retarget(llvm::Module &module, const CpuTarget &target) {
  for (llvm::Function &function : module) {
    function.removeFnAttr("tune-cpu");
    function.removeFnAttr("target-cpu");
    function.removeFnAttr("target-features");
    if (!target.cpu.empty())
      function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
  }
}

/// What init allocates for itself lies in the context instead, which is its
/// first argument.
static void replaceAllocation(llvm::Module &module, llvm::Module &embedded) {
  llvm::Function *allocate = module.getFunction("aligned_alloc");
  if (!allocate)
    return;
  llvm::Function *scratch = getEmbedded(embedded, "scratch");
  llvm::FunctionCallee callee = module.getOrInsertFunction(
      scratch->getName(), scratch->getFunctionType());
  for (llvm::User *user : llvm::make_early_inc_range(allocate->users())) {
    auto *call = llvm::cast<llvm::CallInst>(user);
    llvm::IRBuilder<> b(call);
    llvm::Value *memory = b.CreateCall(callee, call->getFunction()->getArg(0));
    for (llvm::User *use : llvm::make_early_inc_range(call->users()))
      if (auto *free = llvm::dyn_cast<llvm::CallInst>(use);
          free && free->getCalledFunction() &&
          free->getCalledFunction()->getName() == "free")
        free->eraseFromParent();
    call->replaceAllUsesWith(memory);
    call->eraseFromParent();
  }
  allocate->eraseFromParent();
}

static llvm::Error addEmbeddedCode(llvm::Module &module,
                                   const ArtifactInterface &interface,
                                   const ArtifactOptions &options,
                                   const CpuTarget &target) {
  auto embedded = readEmbeddedCode(target.triple, module.getContext());
  if (!embedded)
    return embedded.takeError();
  // Compiled for the same processor family; names of triples differ.
  (*embedded)->setTargetTriple(module.getTargetTriple());
  (*embedded)->setDataLayout(module.getDataLayout());
  retarget(**embedded, target);
  replaceAllocation(module, **embedded);
  llvm::Constant *program = addConstant(
      module,
      llvm::ConstantStruct::getAnon(addProgram(module, interface, options)),
      "keel.program");
  if (llvm::Linker::linkModules(module, std::move(*embedded)))
    return llvm::createStringError("the embedded code cannot be linked");
  InterfaceBuilder builder(module, interface, program);
  builder.publish(module.getNamedGlobal("keel.model"), "model");
  builder.run();
  llvm::internalizeModule(module, [&](const llvm::GlobalValue &value) {
    return builder.isExported(value);
  });
  llvm::ModuleAnalysisManager analyses;
  llvm::GlobalDCEPass().run(module, analyses);
  assert(!llvm::verifyModule(module, &llvm::errs()));
  return llvm::Error::success();
}

llvm::Expected<llvm::SmallVector<char, 0>>
keel::emitArtifact(mlir::ModuleOp module, const CpuTarget &target,
                   const ArtifactOptions &options) {
  const keel_model &model = *options.model;
  if (std::max({model.num_inputs, model.num_outputs, model.num_labels}) >
      KEEL_EMBEDDED_MAX_TENSORS)
    return llvm::createStringError(
        "the model has more than " + llvm::Twine(KEEL_EMBEDDED_MAX_TENSORS) +
        " inputs or outputs, which no object can have");
  auto files = hasWeightsFiles(target.triple);
  if (!files)
    return files.takeError();
  auto compiled = CompiledCode::create(module, target);
  if (!compiled)
    return compiled.takeError();
  ArtifactInterface interface(options, *files);
  if (llvm::Error error =
          addEmbeddedCode(*compiled->module, interface, options, target))
    return std::move(error);
  return compiled->emit(llvm::CodeGenFileType::ObjectFile);
}
