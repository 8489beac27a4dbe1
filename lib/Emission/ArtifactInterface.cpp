//===- ArtifactInterface.cpp - The C names of a model ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Artifact.h"
#include "keel/Runtime/Embedded.h"
#include "keel/Runtime/Whole.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace keel;
using llvm::StringRef;

/// Words that C or C++ keep to themselves, and those that every function has.
static bool isTaken(StringRef name) {
  static const llvm::StringSet<> words = [] {
    llvm::StringSet<> set;
    llvm::SmallVector<StringRef> list;
    StringRef(
        "alignas alignof and and_eq asm auto bitand bitor bool break case "
        "catch char class compl concept const const_cast consteval constexpr "
        "constinit continue co_await co_return co_yield decltype default "
        "delete do double dynamic_cast else enum explicit export extern false "
        "float for friend goto if inline int long mutable namespace new "
        "noexcept not not_eq nullptr operator or or_eq private protected "
        "public register reinterpret_cast requires restrict return short "
        "signed sizeof static static_assert static_cast struct switch template "
        "this thread_local throw true try typedef typeid typename union "
        "unsigned using virtual void volatile wchar_t while xor xor_eq "
        "context rows result memory bytes")
        .split(list, ' ');
    for (StringRef word : list)
      set.insert(word);
    return set;
  }();
  return words.contains(name);
}

/// `name` as C has it.
static std::string makeIdentifier(StringRef name, StringRef otherwise) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty())
    result = otherwise.str();
  if (llvm::isDigit(result.front()) || result.front() == '_')
    result = otherwise.str() + (result.front() == '_' ? "" : "_") + result;
  return result;
}

/// Names of arguments, no two of which are the same; those of constants are
/// theirs in capitals.
static void addArguments(const keel_tensor *tensors, int32_t count,
                         StringRef kind, llvm::StringSet<> &used,
                         std::vector<ArtifactInterface::Argument> &arguments) {
  for (const keel_tensor &tensor : llvm::ArrayRef(tensors, count)) {
    std::string name = makeIdentifier(tensor.name, kind);
    if (isTaken(name) || used.contains(StringRef(name).upper()))
      name += ("_" + kind).str();
    std::string unique = name;
    for (int i = 2; !used.insert(StringRef(unique).upper()).second; ++i)
      unique = name + "_" + std::to_string(i);
    arguments.push_back({unique, &tensor});
  }
}

/// The rows of a call where they are not an argument.
static int64_t getFixedRows(const keel_model &model) {
  if (keel_model_is_whole(&model))
    return 1;
  const keel_tensor *tensor = model.num_inputs ? model.inputs : model.outputs;
  int64_t rows = tensor->rank ? tensor->shape[0] : 1;
  return rows < 0 ? 0 : rows;
}

ArtifactInterface::ArtifactInterface(const ArtifactOptions &options, bool files)
    : model(*options.model), prefix(makeIdentifier(model.name, "model")),
      upper(StringRef(prefix).upper()), trains(options.trains),
      constant(!trains && (options.hasWeights ||
                           model.num_params + model.num_states == 0)),
      hasWeights(options.hasWeights), files(files),
      fixedRows(getFixedRows(model)),
      contextBytes(keel_embedded_get_layout(&model, constant).end) {
  llvm::StringSet<> used;
  addArguments(model.inputs, model.num_inputs, "input", used, inputs);
  addArguments(model.outputs, model.num_outputs, "output", used, outputs);
  addArguments(model.labels, model.num_labels, "label", used, labels);
}
