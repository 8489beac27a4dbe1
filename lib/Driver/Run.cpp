//===- Run.cpp - keel run -------------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "InputFiles.h"
#include "Weights.h"
#include "keel/Runtime/Csv.h"
#include "keel/Runtime/Evaluate.h"
#include "keel/Runtime/Whole.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

/// Rows that one call computes.
constexpr int64_t kBlockRows = 256;

struct RunCommand : Command {
  explicit RunCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  LogicalResult load(ModelFile &file, const keel_model &model,
                     WeightArenas &arenas, keel_context *context);
  /// Where the parameters come from: --seed goes before what the file holds.
  bool takesHeld(const ModelFile &file) const {
    return weights.empty() && seed.getNumOccurrences() == 0 &&
           file.getHeldWeights();
  }
  int runRows(ModelFile &file, const keel_model &table);
  int runWhole(ModelFile &file, const keel_model &table);
  template <typename Infer>
  int compute(ModelFile &file, int64_t maxRows, Infer infer);
  int write(const keel_model &model, ArrayRef<keel_array> outputs);
  std::string getPath(const keel_model &model, int32_t index);
  int checkOutputs(const keel_model &model);

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> weights{"weights", here(), group(), cl::value_desc("FILE"),
                           cl::desc("The trained weights")};
  opt<uint64_t> seed{"seed", here(), group(), cl::value_desc("S"),
                     cl::desc("Initial weights drawn from S, in place of "
                              "trained ones")};
  cl::list<std::string> inputs{
      "input", here(), group(), cl::value_desc("[NAME=]FILE"),
      cl::desc("An input, in the model's order unless named")};
  cl::list<std::string> outputs{"output", here(), group(),
                                cl::value_desc("[NAME=]FILE"),
                                cl::desc("Where an output goes: .npy or .csv")};
  cl::alias outputShort{"o", cl::aliasopt(outputs),
                        cl::desc("Alias for --output")};
  opt<std::string> outputDir{
      "output-dir", here(), group(), cl::value_desc("DIR"),
      cl::desc("A folder for output_0.npy, output_1.npy, ...")};
};

/// The file for an output, empty where none is asked for.
std::string RunCommand::getPath(const keel_model &model, int32_t index) {
  if (!outputDir.empty()) {
    SmallString<128> path(outputDir);
    llvm::sys::path::append(path, "output_" + Twine(index) + ".npy");
    return path.str().str();
  }
  int32_t next = 0;
  for (const std::string &text : outputs) {
    auto [name, path] = StringRef(text).split('=');
    bool named = !path.empty() && !name.contains('/');
    if (named ? name == model.outputs[index].name : next++ == index)
      return named ? path.str() : text;
  }
  return "";
}

int RunCommand::checkOutputs(const keel_model &model) {
  std::string names;
  size_t used = 0;
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    std::string path = getPath(model, i);
    names += (i ? ", " : "") + std::string(model.outputs[i].name);
    used += !path.empty();
    StringRef extension = llvm::sys::path::extension(path);
    if (!path.empty() && extension != ".npy" && extension != ".csv")
      return failCommandLine("--output must end in .npy or .csv, got " + path);
  }
  if (outputDir.empty() && used != outputs.size())
    return failCommandLine("--output names an output that the model does not "
                           "have; it has: " +
                           names);
  if (!outputDir.empty() && llvm::sys::fs::create_directories(outputDir))
    return keel::failInput(outputDir, "the folder cannot be made");
  return kDone;
}

int RunCommand::write(const keel_model &model, ArrayRef<keel_array> arrays) {
  for (auto [index, array] : llvm::enumerate(arrays)) {
    std::string path = getPath(model, int32_t(index));
    keel_error error = {};
    if (path.empty())
      continue;
    bool isCsv = llvm::sys::path::extension(path) == ".csv";
    if (isCsv ? keel_csv_write(path.c_str(), &array, &error)
              : keel_npy_write(path.c_str(), &array, &error))
      return failInput(error);
  }
  return kDone;
}

LogicalResult RunCommand::load(ModelFile &file, const keel_model &model,
                               WeightArenas &arenas, keel_context *context) {
  if (!weights.empty())
    return arenas.load(model, weights);
  if (takesHeld(file))
    return arenas.take(model, file);
  if (seed.getNumOccurrences() == 0 && model.num_params > 0) {
    keel::failInput(modelPath,
                    "the model has parameters: give --weights=FILE, or "
                    "--seed=S for initial ones");
    return failure();
  }
  return arenas.initialize(model, context, int64_t(seed));
}

/// Compiles the model and writes what `infer` computes with it.
template <typename Infer>
int RunCommand::compute(ModelFile &file, int64_t maxRows, Infer infer) {
  bool isTrained = !weights.empty() || takesHeld(file);
  auto jit = compileModel(file, isTrained ? "infer" : "run", maxRows);
  Threads threads(common.threads);
  WeightArenas arenas;
  if (!jit || failed(load(file, jit->model(), arenas, threads.getContext())))
    return kBadInput;
  const keel_model &model = jit->model();
  std::vector<keel_array> results(model.num_outputs, keel_array{});
  keel_error error = {};
  int code = infer(model, threads.getContext(), arenas.weights, results.data(),
                   error) != 0
                 ? failInput(error)
                 : write(model, results);
  for (keel_array &array : results)
    keel_array_free(&array);
  return code;
}

int RunCommand::runRows(ModelFile &file, const keel_model &table) {
  Dataset dataset;
  DataFiles files{inputs, {}, "", /*wantLabels=*/false};
  if (failed(files.open(table, {}, dataset)))
    return kBadInput;
  return compute(file, std::min(dataset.rows, kBlockRows),
                 [&](const keel_model &model, keel_context *context,
                     const keel_weights &weights, keel_array *results,
                     keel_error &error) {
                   return keel_infer_rows(&model, context, &weights, &dataset,
                                          results, &error);
                 });
}

int RunCommand::runWhole(ModelFile &file, const keel_model &table) {
  NamedFiles files(inputs);
  Arrays arrays(size_t(table.num_inputs));
  keel_error error = {};
  if (keel_inputs_open(&table, files.data(), files.size(), arrays.data(),
                       &error) != 0)
    return failInput(error);
  return compute(file, /*maxRows=*/1,
                 [&](const keel_model &model, keel_context *context,
                     const keel_weights &weights, keel_array *results,
                     keel_error &error) {
                   return keel_infer_whole(&model, context, &weights,
                                           arrays.data(), results, &error);
                 });
}

int RunCommand::run() {
  if (outputs.empty() == outputDir.empty())
    return failCommandLine("give --output=FILE or --output-dir=DIR");
  KnownInputs known;
  if (ModelFile::isOnnx(modelPath) && failed(known.read(inputs)))
    return kBadInput;
  auto file = ModelFile::open(modelPath, common, known.options);
  if (!file)
    return kBadInput;
  if (inputs.empty() && file->getModel().getNumArguments() > 0)
    return failCommandLine("keel run needs --input=FILE");
  if (!weights.empty()) {
    FailureOr<WeightsInfo> info = WeightsInfo::read(weights);
    if (failed(info) || (info->standardized && failed(file->standardize())))
      return kBadInput;
  }
  auto table = describeModel(*file, "infer");
  if (!table)
    return kBadInput;
  if (int code = checkOutputs(table->model))
    return code;
  return keel_model_is_whole(&table->model) ? runWhole(*file, table->model)
                                            : runRows(*file, table->model);
}

} // namespace

std::unique_ptr<Command> keel::createRunCommand(const CommandInfo &info) {
  return std::make_unique<RunCommand>(info);
}
