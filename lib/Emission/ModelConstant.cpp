//===- ModelConstant.cpp - A keel_model as a constant ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmbeddedCode.h"
#include "keel/Interfaces/Roles.h"
#include "keel/Runtime/Model.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"

using namespace keel;

llvm::GlobalVariable *keel::addConstant(llvm::Module &module,
                                        llvm::Constant *value,
                                        llvm::StringRef name) {
  auto *variable =
      new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                               llvm::GlobalValue::InternalLinkage, value, name);
  return variable;
}

llvm::Constant *keel::addString(llvm::Module &module, llvm::StringRef text) {
  llvm::GlobalVariable *variable = addConstant(
      module, llvm::ConstantDataArray::getString(module.getContext(), text),
      "keel.text");
  variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return variable;
}

llvm::Constant *keel::getNull(llvm::Module &module) {
  return llvm::ConstantPointerNull::get(
      llvm::PointerType::get(module.getContext(), 0));
}

llvm::Constant *keel::addArena(llvm::Module &module, llvm::ArrayRef<char> bytes,
                               llvm::StringRef name) {
  if (bytes.empty())
    return getNull(module);
  llvm::GlobalVariable *variable =
      addConstant(module,
                  llvm::ConstantDataArray::getRaw(
                      llvm::StringRef(bytes.data(), bytes.size()), bytes.size(),
                      llvm::Type::getInt8Ty(module.getContext())),
                  name);
  variable->setAlignment(llvm::Align(KEEL_ARENA_ALIGNMENT));
  return variable;
}

namespace {

/// Makes the constants of one model.
class TableBuilder {
public:
  TableBuilder(llvm::Module &module, const keel_model &model)
      : module(module), model(model), context(module.getContext()),
        i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)) {}

  llvm::Constant *build();

private:
  llvm::Constant *get32(int64_t value) {
    return llvm::ConstantInt::getSigned(i32, value);
  }
  llvm::Constant *get64(int64_t value) {
    return llvm::ConstantInt::getSigned(i64, value);
  }
  /// A list of constants of one type; null where it is empty.
  llvm::Constant *addList(llvm::ArrayRef<llvm::Constant *> list);
  llvm::Constant *addTensors(const keel_tensor *tensors, int32_t count);
  llvm::Constant *takeFunction(llvm::StringRef name);

  llvm::Module &module;
  const keel_model &model;
  llvm::LLVMContext &context;
  llvm::Type *i32, *i64;
};

} // namespace

llvm::Constant *TableBuilder::addList(llvm::ArrayRef<llvm::Constant *> list) {
  if (list.empty())
    return getNull(module);
  auto *type = llvm::ArrayType::get(list.front()->getType(), list.size());
  return addConstant(module, llvm::ConstantArray::get(type, list), "keel.list");
}

llvm::Constant *TableBuilder::addTensors(const keel_tensor *tensors,
                                         int32_t count) {
  llvm::SmallVector<llvm::Constant *> list;
  for (const keel_tensor &tensor : llvm::ArrayRef(tensors, count)) {
    llvm::SmallVector<llvm::Constant *> shape;
    for (int64_t size : llvm::ArrayRef(tensor.shape, tensor.rank))
      shape.push_back(get64(size));
    list.push_back(llvm::ConstantStruct::getAnon(
        {addString(module, tensor.name), get32(tensor.dtype),
         get32(tensor.rank), addList(shape), get64(tensor.offset)}));
  }
  return addList(list);
}

/// The step's function of that name, null where the module has none. Its name
/// becomes one that no other object sees.
llvm::Constant *TableBuilder::takeFunction(llvm::StringRef name) {
  std::string prefix = *model.name ? std::string(model.name) + "_" : "";
  llvm::Function *function = module.getFunction(prefix + name.str());
  if (!function || function->isDeclaration())
    return getNull(module);
  function->setName("keel.kernel." + name);
  function->setLinkage(llvm::GlobalValue::InternalLinkage);
  return function;
}

/// In the order of keel/Runtime/Model.h, which is checked below.
llvm::Constant *TableBuilder::build() {
  llvm::SmallVector<llvm::Constant *> classes, accuracies, outputs;
  for (int32_t i = 0; i < model.num_labels; ++i) {
    classes.push_back(get64(model.label_classes[i]));
    accuracies.push_back(get32(model.label_accuracies[i]));
    outputs.push_back(addString(module, model.label_outputs[i]));
  }
  llvm::Constant *fields[] = {addString(module, model.name),
                              addTensors(model.params, model.num_params),
                              addTensors(model.states, model.num_states),
                              addTensors(model.slots, model.num_slots),
                              addTensors(model.inputs, model.num_inputs),
                              addTensors(model.outputs, model.num_outputs),
                              addTensors(model.labels, model.num_labels),
                              addList(classes),
                              addList(accuracies),
                              addList(outputs),
                              addTensors(model.folded, model.num_folded),
                              get32(model.num_params),
                              get32(model.num_states),
                              get32(model.num_slots),
                              get32(model.num_inputs),
                              get32(model.num_outputs),
                              get32(model.num_labels),
                              get32(model.num_folded),
                              get64(model.params_bytes),
                              get64(model.states_bytes),
                              get64(model.slots_bytes),
                              get64(model.grads_bytes),
                              get64(model.grads_used),
                              get64(model.pending_offset),
                              get64(model.folded_bytes),
                              get64(model.scratch_bytes),
                              get64(model.max_rows),
                              get64(model.min_train_rows),
                              get32(model.nonfinite_is_error),
                              takeFunction(step::kInit),
                              takeFunction(step::kGradStep),
                              takeFunction(step::kApplyStep),
                              takeFunction(step::kTrainStep),
                              takeFunction(step::kEval),
                              takeFunction(step::kFold),
                              takeFunction(step::kInfer),
                              takeFunction(step::kLearningRate)};
  llvm::Constant *table = llvm::ConstantStruct::getAnon(fields);
  assert((module.getDataLayout().getPointerSize() != sizeof(void *) ||
          module.getDataLayout().getTypeAllocSize(table->getType()) ==
              sizeof(keel_model)) &&
         "the table must be that of keel/Runtime/Model.h");
  return addConstant(module, table, "keel.model");
}

llvm::Constant *keel::addModelTable(llvm::Module &module,
                                    const keel_model &model) {
  return TableBuilder(module, model).build();
}
