//===- Train.cpp - keel train ---------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "FlightRecorder.h"
#include "TrainRun.h"

using namespace keel;
namespace cl = llvm::cl;

namespace {

struct TrainCommand : Command {
  explicit TrainCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  int check();

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  cl::list<std::string> data{"data", here(), group(),
                             cl::value_desc("[NAME=]FILE"),
                             cl::desc("Training data: .npy, .csv or IDX")};
  cl::list<std::string> labels{"labels", here(), group(),
                               cl::value_desc("[NAME=]FILE"),
                               cl::desc("Its labels, for .npy and IDX")};
  opt<std::string> labelColumn{
      "label-column", here(), group(), cl::value_desc("NAME|INDEX"),
      cl::desc("The column of a .csv that holds the labels (default: the "
               "last)")};
  cl::list<std::string> validationData{"validation-data", here(), group(),
                                       cl::value_desc("[NAME=]FILE"),
                                       cl::desc("Data to validate on")};
  cl::list<std::string> validationLabels{"validation-labels", here(), group(),
                                         cl::value_desc("[NAME=]FILE"),
                                         cl::desc("Its labels")};
  opt<double> validationFraction{
      "validation-fraction",
      here(),
      group(),
      cl::value_desc("F"),
      cl::init(0.0),
      cl::desc("Keep the last F of the shuffled data for validation")};
  opt<int64_t> epochs{
      "epochs",    here(),
      group(),     cl::value_desc("N"),
      cl::init(1), cl::desc("Passes over the data (default: 1)")};
  opt<int64_t> steps{"steps",     here(),
                     group(),     cl::value_desc("N"),
                     cl::init(0), cl::desc("Steps to run, in place of epochs")};
  opt<int64_t> batchSize{
      "batch-size", here(),
      group(),      cl::value_desc("N"),
      cl::init(32), cl::desc("Rows of a step (default: 32)")};
  opt<int64_t> accumulate{
      "accumulate", here(),
      group(),      cl::value_desc("K"),
      cl::init(1),  cl::desc("Batches whose gradients are averaged to a step")};
  opt<uint64_t> seed{"seed",
                     here(),
                     group(),
                     cl::value_desc("S"),
                     cl::init(0),
                     cl::desc("What weights and orders are drawn from "
                              "(default: 0)")};
  opt<bool> standardize{"standardize", here(), group(),
                        cl::desc("Standardize inputs by the training set's "
                                 "mean and variance")};
  opt<bool> shuffle{"shuffle", here(), group(), cl::init(true),
                    cl::desc("A new order every epoch (default: true)")};
  opt<std::string> loss{"loss", here(), group(), cl::value_desc("LOSS"),
                        cl::desc("In place of the model's loss")};
  opt<std::string> optimizer{
      "optimizer", here(), group(), cl::value_desc("OPTIMIZER"),
      cl::desc("In place of the model's optimizer, "
               "such as 'adam<learning_rate = 1.0e-3>'")};
  opt<std::string> schedule{"schedule", here(), group(),
                            cl::value_desc("SCHEDULE"),
                            cl::desc("In place of the optimizer's schedule, "
                                     "such as 'cosine<steps = 1000>'")};
  opt<std::string> clip{"clip", here(), group(), cl::value_desc("CLIP"),
                        cl::desc("In place of the model's clip, such as "
                                 "'clip_by_global_norm<1.0>', or none")};
  opt<std::string> weights{"weights", here(), group(), cl::value_desc("FILE"),
                           cl::desc("Weights to start from")};
  opt<std::string> output{"output", here(), group(), cl::value_desc("FILE"),
                          cl::desc("Where the trained weights go, a "
                                   ".safetensors file")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
  opt<std::string> keep{
      "keep",           here(),
      group(),          cl::value_desc("best|last"),
      cl::init("last"), cl::desc("Which weights the output holds")};
  opt<int64_t> checkpointEvery{
      "checkpoint-every",
      here(),
      group(),
      cl::value_desc("STEPS"),
      cl::init(0),
      cl::desc("Write the output every so many steps; the one before stays "
               "as FILE.previous")};
  opt<std::string> resume{
      "resume", here(), group(), cl::value_desc("FILE"),
      cl::desc("A checkpoint to go on from; --log goes on too")};
  opt<int64_t> earlyStopping{
      "early-stopping",
      here(),
      group(),
      cl::value_desc("EPOCHS"),
      cl::init(0),
      cl::desc("Stop after so many epochs without a better validation loss")};
  opt<std::string> log{"log", here(), group(), cl::value_desc("FILE"),
                       cl::desc("A JSON line for every step and epoch")};
  opt<std::string> replay{
      "replay", here(), group(), cl::value_desc("FILE"),
      cl::desc("Take again the step in FILE, which a run has kept, beside its "
               "output or log, as the first that is not finite, and say where "
               "it fails; all other settings are the run's")};
  opt<int64_t> telemetryEvery{
      "telemetry-every",
      here(),
      group(),
      cl::value_desc("N"),
      cl::init(0),
      cl::desc("Every N steps, log gradient, update and activation sizes of "
               "each layer; needs --log or --report")};
  opt<std::string> report{
      "report", here(), group(), cl::value_desc("FILE.html"),
      cl::desc("Write a page with plots of the run and of each layer's "
               "gradients, measured some 100 times unless --telemetry-every "
               "says how often")};
};

/// What can be said of the flags alone.
int TrainCommand::check() {
  if (data.empty())
    return failCommandLine("keel train needs --data=FILE");
  if (telemetryEvery < 0)
    return failCommandLine("--telemetry-every must not be negative");
  if (telemetryEvery > 0 && log.empty() && report.empty())
    return failCommandLine("--telemetry-every needs --log=FILE or "
                           "--report=FILE");
  if (batchSize < 1 || accumulate < 1 || epochs < 0 || steps < 0)
    return failCommandLine("--batch-size and --accumulate must be at least 1, "
                           "--epochs and --steps must not be negative");
  if (steps > 0 && epochs.getNumOccurrences() > 0)
    return failCommandLine("give --epochs or --steps, not both");
  if (keep != "best" && keep != "last")
    return failCommandLine("--keep must be best or last");
  if (!validationData.empty() && validationFraction != 0.0)
    return failCommandLine(
        "give --validation-data or --validation-fraction, not both");
  if (!(validationFraction >= 0.0 && validationFraction < 1.0))
    return failCommandLine("--validation-fraction must be in [0, 1)");
  if (!weights.empty() && !resume.empty())
    return failCommandLine("give --weights or --resume, not both");
  return kDone;
}

int TrainCommand::run() {
  if (!replay.empty())
    return replayStep(modelPath, replay, common);
  if (int code = check())
    return code;
  TrainRequest request;
  request.model = modelPath;
  request.data = data;
  request.labels = labels;
  request.labelColumn = labelColumn;
  request.validationData = validationData;
  request.validationLabels = validationLabels;
  request.validationFraction = validationFraction;
  request.epochs = epochs;
  request.steps = steps;
  request.batchSize = batchSize;
  request.accumulate = accumulate;
  request.seed = seed;
  request.standardize = standardize;
  request.shuffle = shuffle;
  request.keepBest = keep == "best";
  request.checkpointEvery = checkpointEvery;
  request.earlyStopping = earlyStopping;
  request.loss = loss;
  request.optimizer = optimizer;
  request.schedule = schedule;
  request.clip = clip;
  request.weights = weights;
  request.output = output;
  request.resume = resume;
  request.log = log;
  request.telemetryEvery = telemetryEvery;
  request.report = report;
  return TrainRun(request, common).run();
}

} // namespace

std::unique_ptr<Command> keel::createTrainCommand(const CommandInfo &info) {
  return std::make_unique<TrainCommand>(info);
}
