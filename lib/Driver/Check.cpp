//===- Check.cpp - keel check ---------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckReport.h"
#include "Command.h"
#include "Measure.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

struct CheckCommand : Command {
  explicit CheckCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  int chooseBatchSize(ModelOp model);
  DataFiles getDataFiles(ModelOp model) const;

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<int64_t> batchSize{
      "batch-size", here(),
      group(),      cl::value_desc("B"),
      cl::init(64), cl::desc("Rows of a training step (default: 64)")};
  cl::list<std::string> data{"data", here(), group(),
                             cl::value_desc("[NAME=]FILE"),
                             cl::desc("Measure a batch of this data beside the "
                                      "forecast: .npy, .csv or IDX")};
  cl::list<std::string> labels{"labels", here(), group(),
                               cl::value_desc("[NAME=]FILE"),
                               cl::desc("Its labels, for .npy and IDX; only "
                                        "their form is looked at")};
  opt<std::string> labelColumn{
      "label-column", here(), group(), cl::value_desc("NAME|INDEX"),
      cl::desc("The column of a .csv that holds the labels (default: the "
               "last)")};
  opt<uint64_t> seed{"seed",
                     here(),
                     group(),
                     cl::value_desc("S"),
                     cl::init(0),
                     cl::desc("What measured weights are drawn from (default: "
                              "0)")};
  opt<bool> json{"json", here(), group(), cl::desc("Print one JSON object")};
  opt<std::string> page{"report", here(), group(), cl::value_desc("FILE.html"),
                        cl::desc("Write a page with plots")};
  opt<bool> werror{"werror", here(), group(),
                   cl::desc("Exit with 1 where there is a warning")};
};

/// A static batch is the model's own.
int CheckCommand::chooseBatchSize(ModelOp model) {
  for (BlockArgument input : model.getArguments()) {
    int64_t rows = cast<RankedTensorType>(input.getType()).getDimSize(0);
    if (ShapedType::isDynamic(rows))
      continue;
    if (batchSize.getNumOccurrences() > 0 && batchSize != rows)
      return failInput(
          modelPath,
          "input '" + model.getInputName(input.getArgNumber()) + "' takes " +
              Twine(rows) +
              " rows at a time, got --batch-size=" + Twine(batchSize));
    batchSize = rows;
  }
  return kDone;
}

/// Labels are left aside, but a .csv of a model with a loss has them.
DataFiles CheckCommand::getDataFiles(ModelOp model) const {
  bool isTable = llvm::all_of(data, [](StringRef file) {
    return file.ends_with(".csv") || file.ends_with(".csv.gz");
  });
  return {std::vector<std::string>(data.begin(), data.end()),
          std::vector<std::string>(labels.begin(), labels.end()), labelColumn,
          !labels.empty() || (isTable && bool(model.getLossAttr()))};
}

int CheckCommand::run() {
  if (batchSize < 1)
    return failCommandLine("--batch-size must be at least 1");
  if (data.empty() && !labels.empty())
    return failCommandLine("--labels needs --data");
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  ModelOp model = file->getModel();
  if (int code = chooseBatchSize(model))
    return code;
  GradientForecast forecast(model, batchSize);
  SmallVector<Finding> findings = findTroubles(forecast);
  Measurement measurement;
  if (!data.empty()) {
    FailureOr<Measurement> measured =
        measureBatch(*file, forecast, getDataFiles(model), seed);
    if (failed(measured))
      return kBadInput;
    measurement = std::move(*measured);
    findUnscaledInputs(model, measurement.inputs, findings);
  }
  for (const Finding &finding : findings)
    emitWarning(finding.op->getLoc()) << finding.message << "; " << finding.fix;
  CheckReport report{forecast, findings, measurement.layers};
  if (!page.empty()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    report.printPage(os);
    if (int code = writeText(page, text))
      return code;
  }
  json ? report.printJson(llvm::outs()) : report.printTable(llvm::outs());
  return werror && !findings.empty() ? kBadInput : kDone;
}

} // namespace

std::unique_ptr<Command> keel::createCheckCommand(const CommandInfo &info) {
  return std::make_unique<CheckCommand>(info);
}
