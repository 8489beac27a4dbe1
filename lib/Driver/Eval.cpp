//===- Eval.cpp - keel eval -----------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "Overrides.h"
#include "Weights.h"
#include "keel/Runtime/Evaluate.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

/// Rows that one call evaluates.
constexpr int64_t kBlockRows = 256;

struct EvalCommand : Command {
  explicit EvalCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  void print(const keel_evaluation &evaluation);

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> weights{"weights", here(), group(), cl::value_desc("FILE"),
                           cl::desc("The trained weights")};
  cl::list<std::string> data{"data", here(), group(),
                             cl::value_desc("[NAME=]FILE"),
                             cl::desc("Data: .npy, .csv or IDX")};
  cl::list<std::string> labels{"labels", here(), group(),
                               cl::value_desc("[NAME=]FILE"),
                               cl::desc("Its labels, for .npy and IDX")};
  opt<std::string> labelColumn{
      "label-column", here(), group(), cl::value_desc("NAME|INDEX"),
      cl::desc("The column of a .csv that holds the labels (default: the "
               "last)")};
  opt<std::string> loss{"loss", here(), group(), cl::value_desc("LOSS"),
                        cl::desc("In place of the model's loss")};
  opt<bool> json{"json", here(), group(),
                 cl::desc("Print {\"loss\", \"accuracy\", \"samples\"}")};
};

void EvalCommand::print(const keel_evaluation &evaluation) {
  auto number = [](double value) {
    return std::isfinite(value) ? formatReal(value) : std::string("null");
  };
  std::string accuracy =
      evaluation.has_accuracy ? number(evaluation.accuracy) : "null";
  if (json) {
    llvm::outs() << "{\"loss\": " << number(evaluation.loss)
                 << ", \"accuracy\": " << accuracy
                 << ", \"samples\": " << evaluation.samples << "}\n";
    return;
  }
  llvm::outs() << llvm::formatv("loss {0:f4}", evaluation.loss);
  if (evaluation.has_accuracy)
    llvm::outs() << llvm::formatv(", accuracy {0:f4} ({1} of {2} right)",
                                  evaluation.accuracy, evaluation.correct,
                                  evaluation.predictions);
  llvm::outs() << ", " << evaluation.samples << " samples\n";
}

int EvalCommand::run() {
  if (data.empty() || (weights.empty() && !ModelFile::isOnnx(modelPath)))
    return failCommandLine("keel eval needs --weights=FILE and --data=FILE");
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  Overrides overrides;
  overrides.loss = loss;
  if (failed(overrides.apply(file->getModel())))
    return kBadCommandLine;
  FailureOr<WeightsInfo> info =
      weights.empty() ? WeightsInfo() : WeightsInfo::read(weights);
  if (failed(info) || (info->standardized && failed(file->standardize())))
    return kBadInput;
  auto table = describeModel(*file, "eval");
  if (!table)
    return kBadInput;
  Dataset dataset;
  DataFiles files{data, labels, labelColumn, /*wantLabels=*/true};
  if (failed(files.open(table->model, info->getClassNames(), dataset)))
    return kBadInput;
  auto jit = compileModel(*file, "eval", std::min(dataset.rows, kBlockRows));
  WeightArenas arenas;
  if (!jit || failed(weights.empty() ? arenas.take(jit->model(), *file)
                                     : arenas.load(jit->model(), weights)))
    return kBadInput;
  Threads threads(common.threads);
  keel_evaluation evaluation = {};
  keel_error error = {};
  if (keel_evaluate(&jit->model(), threads.getContext(), &arenas.weights,
                    &dataset, &evaluation, &error) != 0)
    return failInput(error);
  print(evaluation);
  return kDone;
}

} // namespace

std::unique_ptr<Command> keel::createEvalCommand(const CommandInfo &info) {
  return std::make_unique<EvalCommand>(info);
}
