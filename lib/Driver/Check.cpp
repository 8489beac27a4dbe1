//===- Check.cpp - keel check ---------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckReport.h"
#include "Command.h"
#include "ModelFile.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

struct CheckCommand : Command {
  explicit CheckCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<int64_t> batchSize{
      "batch-size", here(),
      group(),      cl::value_desc("B"),
      cl::init(64), cl::desc("Rows of a training step (default: 64)")};
  opt<bool> json{"json", here(), group(), cl::desc("Print one JSON object")};
  opt<bool> werror{"werror", here(), group(),
                   cl::desc("Exit with 1 where there is a warning")};
};

int CheckCommand::run() {
  if (batchSize < 1)
    return failCommandLine("--batch-size must be at least 1");
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  GradientForecast forecast(file->getModel(), batchSize);
  SmallVector<Finding> findings = findTroubles(forecast);
  for (const Finding &finding : findings)
    emitWarning(finding.op->getLoc()) << finding.message << "; " << finding.fix;
  CheckReport report{forecast, findings, {}};
  json ? report.printJson(llvm::outs()) : report.printTable(llvm::outs());
  return werror && !findings.empty() ? kBadInput : kDone;
}

} // namespace

std::unique_ptr<Command> keel::createCheckCommand(const CommandInfo &info) {
  return std::make_unique<CheckCommand>(info);
}
