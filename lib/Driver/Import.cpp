//===- Import.cpp - keel import -------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "InputFiles.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

struct ImportCommand : Command {
  explicit ImportCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL.onnx")};
  opt<std::string> output{
      "output",      here(),
      group(),       cl::value_desc("FILE"),
      cl::init("-"), cl::desc("The model file (default: standard output)")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
  opt<std::string> weights{
      "weights", here(), group(), cl::value_desc("FILE"),
      cl::desc("Where the parameters and states go, as safetensors")};
  cl::list<std::string> inputs{
      "input", here(), group(), cl::value_desc("[NAME=]FILE"),
      cl::desc("An input as .npy: it fixes the sizes and shapes that depend "
               "on it")};
};

int ImportCommand::run() {
  if (!ModelFile::isOnnx(modelPath))
    return failCommandLine("keel import takes a file that ends in .onnx, got " +
                           modelPath);
  KnownInputs known;
  if (failed(known.read(inputs)))
    return kBadInput;
  auto file = ModelFile::open(modelPath, common, known.options);
  if (!file)
    return kBadInput;
  const keel_safetensors *held = file->getHeldWeights();
  if (held && weights.empty())
    return failCommandLine("the model has parameters: say where they go by "
                           "--weights=FILE.safetensors");
  keel_error error = {};
  if (!weights.empty()) {
    const keel_safetensors none = {};
    const keel_safetensors &kept = held ? *held : none;
    if (keel_safetensors_write(weights.c_str(), kept.tensors, kept.num_tensors,
                               nullptr, 0, &error) != 0)
      return keel::failInput(error);
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  OpPrintingFlags flags;
  file->getModel()->print(os, flags.printNameLocAsPrefix());
  os << '\n';
  return writeText(output, text);
}

} // namespace

std::unique_ptr<Command> keel::createImportCommand(const CommandInfo &info) {
  return std::make_unique<ImportCommand>(info);
}
