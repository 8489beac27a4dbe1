//===- Export.cpp - keel export -------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "Weights.h"
#include "keel/Execution/Session.h"
#include "keel/Export/ONNX/ExportONNX.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

struct ExportCommand : Command {
  explicit ExportCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  LogicalResult load(ModelFile &file, const keel_model &model,
                     WeightArenas &arenas);

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> weights{"weights", here(), group(), cl::value_desc("FILE"),
                           cl::desc("The trained weights")};
  opt<std::string> output{"output", here(), group(), cl::value_desc("FILE"),
                          cl::desc("The ONNX file")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
};

LogicalResult ExportCommand::load(ModelFile &file, const keel_model &model,
                                  WeightArenas &arenas) {
  if (!weights.empty())
    return arenas.load(model, weights);
  if (file.getHeldWeights() || model.num_params + model.num_states == 0)
    return arenas.take(model, file);
  keel::failInput(modelPath, "the model has parameters: give --weights=FILE");
  return failure();
}

/// The bytes of a parameter or state; all that the model has are there.
StringRef findBytes(const keel_model &model, const keel_weights &weights,
                    StringRef name) {
  for (auto [tensors, arena] :
       {std::pair(ArrayRef(model.params, model.num_params), weights.params),
        {ArrayRef(model.states, model.num_states), weights.states}})
    for (const keel_tensor &tensor : tensors)
      if (name == tensor.name)
        return {static_cast<const char *>(arena) + tensor.offset,
                size_t(countElements(tensor, /*rows=*/1) *
                       keel_dtype_size(tensor.dtype))};
  return "";
}

int ExportCommand::run() {
  if (output.empty())
    return failCommandLine("keel export needs --output=FILE.onnx");
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  if (!weights.empty()) {
    FailureOr<WeightsInfo> info = WeightsInfo::read(weights);
    if (failed(info) || (info->standardized && failed(file->standardize())))
      return kBadInput;
  }
  auto table = describeModel(*file, "infer");
  WeightArenas arenas;
  if (!table || failed(load(*file, table->model, arenas)))
    return kBadInput;
  FailureOr<std::string> bytes =
      exportOnnx(file->getModel(), [&](StringRef name) {
        return findBytes(table->model, arenas.weights, name);
      });
  return failed(bytes) ? kBadInput : writeText(output, *bytes);
}

} // namespace

std::unique_ptr<Command> keel::createExportCommand(const CommandInfo &info) {
  return std::make_unique<ExportCommand>(info);
}
