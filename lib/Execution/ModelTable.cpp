//===- ModelTable.cpp - The keel_model of a module ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Execution/ModelTable.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace keel;

static std::optional<keel_dtype> getDtype(Type type) {
  if (type.isF32())
    return KEEL_F32;
  if (type.isF64())
    return KEEL_F64;
  if (type.isInteger(32))
    return KEEL_I32;
  if (type.isInteger(64))
    return KEEL_I64;
  if (type.isInteger(8))
    return KEEL_U8;
  if (type.isInteger(1))
    return KEEL_BOOL;
  return std::nullopt;
}

llvm::Error ModelTable::add(const ArenaLayout::Tensors &tensors,
                            const keel_tensor *&first, int32_t &count) {
  std::vector<keel_tensor> &list = lists.emplace_back();
  for (const ArenaTensor &tensor : tensors) {
    std::optional<keel_dtype> dtype = getDtype(tensor.type.getElementType());
    if (!dtype)
      return llvm::createStringError("'" + tensor.name +
                                     "' has an element type that the runtime "
                                     "does not know");
    std::vector<int64_t> &shape = shapes.emplace_back();
    for (int64_t size : tensor.type.getShape())
      shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    list.push_back({names.emplace_back(tensor.name).c_str(), *dtype,
                    int32_t(shape.size()), shape.data(), tensor.offset});
  }
  first = list.data();
  count = int32_t(list.size());
  return llvm::Error::success();
}

void ModelTable::addLabelInfo(ModuleOp module) {
  auto numbers = module->getAttrOfType<DenseI64ArrayAttr>(kLabelClassesAttr);
  auto kinds = module->getAttrOfType<DenseI32ArrayAttr>(kLabelAccuraciesAttr);
  auto outputs = module->getAttrOfType<ArrayAttr>(kLabelOutputsAttr);
  auto has = [](auto list, size_t i) {
    return list && i < size_t(list.size());
  };
  for (size_t i = 0; i < size_t(model.num_labels); ++i) {
    classes.push_back(has(numbers, i) ? numbers[i] : 0);
    accuracies.push_back(has(kinds, i) ? kinds[i] : KEEL_ACCURACY_NONE);
    outputNames.push_back(
        has(outputs, i)
            ? names.emplace_back(cast<StringAttr>(outputs[i]).str()).c_str()
            : model.labels[i].name);
  }
  model.label_classes = classes.data();
  model.label_accuracies = accuracies.data();
  model.label_outputs = outputNames.data();
}

llvm::Expected<std::unique_ptr<ModelTable>>
ModelTable::create(ModuleOp module) {
  FailureOr<ArenaLayout> layout = ArenaLayout::read(module);
  if (failed(layout))
    return llvm::createStringError("the module has no arena layout");
  std::unique_ptr<ModelTable> table(new ModelTable);
  keel_model &model = table->model;
  if (auto name = module->getAttrOfType<StringAttr>(kModelNameAttr))
    table->name = name.str();
  model.name = table->name.c_str();
  for (auto [tensors, first, count] :
       {std::tuple(&layout->params, &model.params, &model.num_params),
        {&layout->states, &model.states, &model.num_states},
        {&layout->slots, &model.slots, &model.num_slots},
        {&layout->inputs, &model.inputs, &model.num_inputs},
        {&layout->outputs, &model.outputs, &model.num_outputs},
        {&layout->labels, &model.labels, &model.num_labels},
        {&layout->folded, &model.folded, &model.num_folded}})
    if (llvm::Error error = table->add(*tensors, *first, *count))
      return std::move(error);
  model.params_bytes = layout->paramsBytes;
  model.states_bytes = layout->statesBytes;
  model.slots_bytes = layout->slotsBytes;
  model.grads_bytes = layout->gradsBytes;
  model.grads_used = layout->gradsUsed;
  model.pending_offset = layout->pendingOffset;
  model.folded_bytes = layout->foldedBytes;
  model.scratch_bytes = layout->scratchBytes;
  model.max_rows = layout->maxRows;
  for (auto [name, offset] :
       {std::pair(telemetry::kValues, &table->telemetry.values_offset),
        {telemetry::kUpdates, &table->telemetry.updates_offset}})
    if (const ArenaTensor *tensor = ArenaLayout::find(layout->telemetry, name))
      *offset = tensor->offset;
  table->addLabelInfo(module);
  auto getNumber = [&](StringRef name, int64_t missing) -> int64_t {
    if (auto flag = module->getAttrOfType<BoolAttr>(name))
      return flag.getValue();
    auto number = module->getAttrOfType<IntegerAttr>(name);
    return number ? number.getInt() : missing;
  };
  model.min_train_rows = getNumber(kMinTrainRowsAttr, 1);
  model.nonfinite_is_error = int32_t(getNumber(kNonfiniteIsErrorAttr, 0));
  return std::move(table);
}

std::string ModelTable::print(ModuleOp module) {
  OwningOpRef<ModuleOp> shell = ModuleOp::create(module.getLoc());
  for (StringRef name :
       {StringRef(kLayoutAttr), StringRef(kModelNameAttr),
        StringRef(kLabelClassesAttr), StringRef(kLabelAccuraciesAttr),
        StringRef(kLabelOutputsAttr), StringRef(kMinTrainRowsAttr),
        StringRef(kNonfiniteIsErrorAttr)})
    if (Attribute attr = module->getAttr(name))
      (*shell)->setAttr(name, attr);
  std::string text;
  llvm::raw_string_ostream os(text);
  shell->print(os);
  return text;
}

llvm::Expected<std::unique_ptr<ModelTable>>
ModelTable::parse(StringRef text, MLIRContext &context) {
  auto shell = parseSourceString<ModuleOp>(text, &context);
  if (!shell)
    return llvm::createStringError("the model's table cannot be read");
  return create(*shell);
}
