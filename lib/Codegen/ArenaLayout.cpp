//===- ArenaLayout.cpp - Where a model's tensors lie in its arenas --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/ArenaLayout.h"
#include "keel/Codegen/StepSignature.h"
#include "keel/Interfaces/Roles.h"
#include "keel/Runtime/Model.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace keel;

namespace {

/// Collects the tensors of each role over the functions of a step.
struct RoleCollector {
  /// Names in order of first appearance.
  using Found = llvm::MapVector<StringRef, RankedTensorType>;
  llvm::StringMap<Found> byRole;

  LogicalResult add(func::FuncOp func, DictionaryAttr attrs, Type type) {
    auto role = attrs ? attrs.getAs<StringAttr>(kRoleAttr) : StringAttr();
    auto tensorType = dyn_cast<RankedTensorType>(type);
    if (!role || !tensorType)
      return success();
    auto name = attrs.getAs<StringAttr>(kNameAttr);
    if (!name)
      return role == role::kLoss || role == role::kCorrect ||
                     role == role::kNorm || role == role::kFlags
                 ? success()
                 : func.emitError("a tensor of role '")
                       << role.getValue() << "' has no name";
    auto [it, inserted] = byRole[role].insert({name, tensorType});
    if (!inserted && it->second != tensorType)
      return func.emitError("'")
             << name.getValue() << "' of role '" << role.getValue()
             << "' has type " << tensorType << " here and " << it->second
             << " elsewhere";
    return success();
  }

  LogicalResult add(func::FuncOp func) {
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      if (failed(add(func, func.getArgAttrDict(i), type)))
        return failure();
    for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
      if (failed(add(func, func.getResultAttrDict(i), type)))
        return failure();
    return success();
  }
};

/// Appends tensors to an arena.
struct ArenaBuilder {
  const ArenaLayout &layout;
  int64_t end = 0;

  void append(ArenaLayout::Tensors &tensors, StringRef name,
              RankedTensorType type) {
    tensors.push_back({name.str(), type, end});
    end = llvm::alignTo(end + layout.getBytes(type), KEEL_ARENA_ALIGNMENT);
  }
};

} // namespace

/// Lays slots out in blocks of the trained parameters' layout: the slot
/// "optimizer/momentum/w" lies in block "optimizer/momentum" where w lies in
/// the params. Other slots follow the blocks.
static void layOutSlots(ArenaLayout &layout,
                        const RoleCollector::Found &slots) {
  llvm::MapVector<StringRef, int64_t> blocks;
  SmallVector<std::pair<StringRef, RankedTensorType>> others;
  int64_t blockBytes = layout.pendingOffset;
  for (auto [name, type] : slots) {
    auto split = name.find('/', name.find('/') + 1);
    const ArenaTensor *param =
        split == StringRef::npos
            ? nullptr
            : ArenaLayout::find(layout.params, name.drop_front(split + 1));
    if (!param || param->type != type || param->offset >= layout.gradsUsed) {
      others.push_back({name, type});
      continue;
    }
    int64_t block =
        blocks.insert({name.take_front(split), int64_t(blocks.size())})
            .first->second;
    layout.slots.push_back(
        {name.str(), type, block * blockBytes + param->offset});
  }
  ArenaBuilder builder{layout, int64_t(blocks.size()) * blockBytes};
  for (auto [name, type] : others)
    builder.append(layout.slots, name, type);
  layout.slotsBytes = builder.end;
}

FailureOr<ArenaLayout> ArenaLayout::compute(ModuleOp module, int64_t maxRows) {
  RoleCollector collector;
  for (StringRef name :
       {step::kInit, step::kGradStep, step::kApplyStep, step::kTrainStep,
        step::kEval, step::kFold, step::kInfer, step::kTelemetryGradStep,
        step::kTelemetryApplyStep})
    if (auto func = module.lookupSymbol<func::FuncOp>(name))
      if (failed(collector.add(func)))
        return failure();

  ArenaLayout layout;
  layout.maxRows = maxRows;
  const auto &grads = collector.byRole[role::kGrad];
  ArenaBuilder params{layout};
  for (bool trained : {true, false}) {
    for (auto [name, type] : collector.byRole[role::kParam])
      if (grads.contains(name) == trained)
        params.append(layout.params, name, type);
    if (trained)
      layout.gradsUsed = layout.pendingOffset = params.end;
  }
  layout.paramsBytes = params.end;
  ArenaBuilder states{layout};
  for (auto [name, type] : collector.byRole[role::kState])
    states.append(layout.states, name, type);
  layout.statesBytes = states.end;
  ArenaBuilder grown{layout, layout.pendingOffset + layout.statesBytes};
  for (auto [name, type] : collector.byRole[role::kTelemetry])
    grown.append(layout.telemetry, name, type);
  layout.tailOffset = layout.gradsBytes = grown.end;
  ArenaBuilder folded{layout};
  for (auto [name, type] : collector.byRole[role::kFolded])
    folded.append(layout.folded, name, type);
  layout.foldedBytes = folded.end;
  layOutSlots(layout, collector.byRole[role::kSlot]);

  auto list = [&](StringRef role, Tensors &tensors) {
    for (auto [name, type] : collector.byRole[role])
      tensors.push_back({name.str(), type, 0});
  };
  list(role::kInput, layout.inputs);
  list(role::kOutput, layout.outputs);
  list(role::kLabel, layout.labels);
  return layout;
}

const ArenaTensor *ArenaLayout::find(const Tensors &tensors, StringRef name) {
  const auto *it = llvm::find_if(
      tensors, [&](const ArenaTensor &tensor) { return tensor.name == name; });
  return it == tensors.end() ? nullptr : it;
}

int64_t ArenaLayout::getBytes(ShapedType type) const {
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t size : type.getShape())
    bytes *= ShapedType::isDynamic(size) ? maxRows : size;
  return bytes;
}

/// Whether a list of tensors need not stand in the dictionary.
static bool isOptional(StringRef list) { return list == "telemetry"; }

/// The tensor lists and the numbers of a layout with their names in the
/// dictionary.
template <typename Layout, typename ListFn, typename NumberFn>
static void forEachField(Layout &layout, ListFn list, NumberFn number) {
  list("params", layout.params);
  list("states", layout.states);
  list("slots", layout.slots);
  list("inputs", layout.inputs);
  list("outputs", layout.outputs);
  list("labels", layout.labels);
  list("folded", layout.folded);
  list("telemetry", layout.telemetry);
  number("params_bytes", layout.paramsBytes);
  number("states_bytes", layout.statesBytes);
  number("slots_bytes", layout.slotsBytes);
  number("folded_bytes", layout.foldedBytes);
  number("grads_bytes", layout.gradsBytes);
  number("grads_used", layout.gradsUsed);
  number("pending_offset", layout.pendingOffset);
  number("tail_offset", layout.tailOffset);
  number("scratch_bytes", layout.scratchBytes);
  number("init_scratch_bytes", layout.initScratchBytes);
  number("max_rows", layout.maxRows);
}

void ArenaLayout::write(ModuleOp module) const {
  Builder b(module.getContext());
  SmallVector<NamedAttribute> fields;
  forEachField(
      *this,
      [&](StringRef name, const Tensors &tensors) {
        if (isOptional(name) && tensors.empty())
          return;
        SmallVector<Attribute> list;
        for (const ArenaTensor &tensor : tensors)
          list.push_back(b.getDictionaryAttr(
              {b.getNamedAttr("name", b.getStringAttr(tensor.name)),
               b.getNamedAttr("type", TypeAttr::get(tensor.type)),
               b.getNamedAttr("offset", b.getI64IntegerAttr(tensor.offset))}));
        fields.push_back(b.getNamedAttr(name, b.getArrayAttr(list)));
      },
      [&](StringRef name, int64_t value) {
        fields.push_back(b.getNamedAttr(name, b.getI64IntegerAttr(value)));
      });
  module->setAttr(kLayoutAttr, b.getDictionaryAttr(fields));
}

FailureOr<ArenaLayout> ArenaLayout::read(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>(kLayoutAttr);
  if (!dictionary)
    return module.emitError("expected the module attribute '")
           << kLayoutAttr << "'";
  ArenaLayout layout;
  bool ok = true;
  forEachField(
      layout,
      [&](StringRef name, Tensors &tensors) {
        auto list = dictionary.getAs<ArrayAttr>(name);
        ok &= bool(list) || isOptional(name);
        for (Attribute entry : list ? list.getValue() : ArrayRef<Attribute>()) {
          auto fields = dyn_cast<DictionaryAttr>(entry);
          auto tensorName = fields ? fields.getAs<StringAttr>("name") : nullptr;
          auto type = fields ? fields.getAs<TypeAttr>("type") : nullptr;
          auto offset = fields ? fields.getAs<IntegerAttr>("offset") : nullptr;
          if (!tensorName || !type || !offset ||
              !isa<RankedTensorType>(type.getValue())) {
            ok = false;
            continue;
          }
          tensors.push_back({tensorName.str(),
                             cast<RankedTensorType>(type.getValue()),
                             offset.getInt()});
        }
      },
      [&](StringRef name, int64_t &value) {
        auto number = dictionary.getAs<IntegerAttr>(name);
        ok &= bool(number);
        value = number ? number.getInt() : 0;
      });
  if (!ok)
    return module.emitError("malformed module attribute '")
           << kLayoutAttr << "'";
  return layout;
}
