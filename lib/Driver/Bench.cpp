//===- Bench.cpp - keel bench ---------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "RandomValues.h"
#include "keel/Execution/Session.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <chrono>

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

/// Steps before and during measuring, however long they take.
constexpr size_t kWarmUpSteps = 3, kLeastSteps = 11;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What was measured, times in seconds, each step's in rising order.
struct Measurement {
  double compile = 0.0;
  std::vector<double> steps;
  int threads = 0;
  int64_t skipped = 0;

  double getQuantile(double part) const {
    return steps[size_t(part * double(steps.size() - 1))];
  }
};

struct BenchCommand : Command {
  explicit BenchCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  int check(const keel_model &model);
  void fill(const keel_model &model, BatchBuffers &batch);
  void measure(const keel_model &model, Measurement &result);
  void printJson(const keel_model &model, const Measurement &result);
  void printText(const keel_model &model, const Measurement &result);

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> mode{"mode",
                        here(),
                        group(),
                        cl::value_desc("infer|train"),
                        cl::init("infer"),
                        cl::desc("What to measure: folded inference, or the "
                                 "whole training step (default: infer)")};
  opt<int64_t> batchSize{"batch-size",
                         here(),
                         group(),
                         cl::value_desc("B"),
                         cl::init(64),
                         cl::desc("Rows of a step (default: "
                                  "64)")};
  opt<double> minTime{"min-time",
                      here(),
                      group(),
                      cl::value_desc("S"),
                      cl::init(1.0),
                      cl::desc("Measure for at least S seconds "
                               "(default: 1)")};
  opt<uint64_t> seed{"seed",
                     here(),
                     group(),
                     cl::value_desc("S"),
                     cl::init(0),
                     cl::desc("What weights, inputs and labels are drawn from "
                              "(default: 0)")};
  opt<bool> json{"json", here(), group(),
                 cl::desc("Print one JSON object, with the arenas' bytes")};
};

/// What can be said of the model's table before anything is compiled.
int BenchCommand::check(const keel_model &model) {
  int64_t least = mode == "train" ? model.min_train_rows : 1;
  if (batchSize < least)
    return keel::failInput(modelPath,
                           llvm::formatv("training takes at least {0} rows at "
                                         "a time, got --batch-size={1}",
                                         least, batchSize.getValue()));
  for (const keel_tensor &input : ArrayRef(model.inputs, model.num_inputs))
    if (input.rank > 0 && input.shape[0] >= 0 && input.shape[0] != batchSize)
      return keel::failInput(
          modelPath,
          llvm::formatv("input '{0}' takes {1} rows at a time, got "
                        "--batch-size={2}",
                        input.name, input.shape[0], batchSize.getValue()));
  return kDone;
}

/// Normal inputs; labels of the classes and ranges that the loss is for. Whole
/// numbers among the inputs are 0 or 1.
void BenchCommand::fill(const keel_model &model, BatchBuffers &batch) {
  auto draw = [&](const keel_tensor &tensor, void *data, int64_t classes,
                  bool isSign) {
    Stream stream(tensor.name, seed);
    for (int64_t i = 0, e = countElements(tensor, batchSize); i < e; ++i)
      storeElement(data, tensor.dtype, i,
                   classes > 0 ? std::floor(stream.uniform(i) * double(classes))
                   : isSign || !isReal(tensor.dtype) ? stream.uniform(i) < 0.5
                                                     : stream.normal(i));
  };
  for (int32_t i = 0; i < model.num_inputs; ++i)
    draw(model.inputs[i], batch.inputs[i], /*classes=*/0, /*isSign=*/false);
  for (int32_t i = 0; i < model.num_labels; ++i)
    draw(model.labels[i], batch.labels[i], model.label_classes[i],
         model.label_accuracies[i] == KEEL_ACCURACY_SIGN);
}

void BenchCommand::measure(const keel_model &model, Measurement &result) {
  Session session(model, batchSize, common.threads);
  BatchBuffers batch(model, batchSize);
  fill(model, batch);
  session.initialize(int64_t(seed));
  session.fold();
  auto step = [&] {
    Clock::time_point start = Clock::now();
    if (mode == "train")
      session.train(batch);
    else
      session.infer(batch);
    return secondsSince(start);
  };
  double warmUp = std::min(0.3, minTime / 4);
  Clock::time_point start = Clock::now();
  for (size_t i = 0; i < kWarmUpSteps || secondsSince(start) < warmUp; ++i)
    step();
  start = Clock::now();
  while (result.steps.size() < kLeastSteps || secondsSince(start) < minTime)
    result.steps.push_back(step());
  llvm::sort(result.steps);
  result.threads = session.getThreads();
  result.skipped = session.getSkippedSteps();
}

void BenchCommand::printJson(const keel_model &model,
                             const Measurement &result) {
  llvm::json::OStream os(llvm::outs());
  os.object([&] {
    os.attribute("model", model.name);
    os.attribute("mode", mode.getValue());
    os.attribute("batch_size", batchSize.getValue());
    os.attribute("threads", result.threads);
    os.attribute("median_us", result.getQuantile(0.5) * 1e6);
    os.attribute("min_us", result.steps.front() * 1e6);
    os.attribute("p90_us", result.getQuantile(0.9) * 1e6);
    os.attribute("iterations", int64_t(result.steps.size()));
    os.attribute("samples_per_second",
                 double(batchSize) / result.getQuantile(0.5));
    os.attribute("skipped_steps", result.skipped);
    os.attribute("compile_ms", result.compile * 1e3);
    os.attributeObject("arena_bytes", [&] {
      for (auto [name, bytes] : listArenas(model))
        os.attribute(name, bytes);
    });
  });
  llvm::outs() << '\n';
}

void BenchCommand::printText(const keel_model &model,
                             const Measurement &result) {
  llvm::outs() << llvm::formatv(
      "{0}, {1} rows, {2} thread{3}: median {4:f1} us, least {5:f1}, 90% "
      "within {6:f1} ({7} steps)\ncompiled in {8:f0} ms, arenas of {9} bytes\n",
      mode == "train" ? "training step" : "inference", batchSize.getValue(),
      result.threads, result.threads == 1 ? "" : "s",
      result.getQuantile(0.5) * 1e6, result.steps.front() * 1e6,
      result.getQuantile(0.9) * 1e6, result.steps.size(), result.compile * 1e3,
      listArenas(model).back().second);
}

int BenchCommand::run() {
  if (mode != "infer" && mode != "train")
    return failCommandLine("--mode must be infer or train, got '" + mode + "'");
  if (batchSize < 1)
    return failCommandLine("--batch-size must be at least 1");
  if (!(minTime >= 0.0) || std::isinf(minTime))
    return failCommandLine("--min-time must be a number of seconds");
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  // Initial weights are drawn in both modes.
  StringRef functions = mode == "train" ? "train" : "run";
  auto table = describeModel(*file, functions);
  if (!table)
    return kBadInput;
  if (int code = check(table->model))
    return code;
  Measurement result;
  Clock::time_point start = Clock::now();
  auto jit = compileModel(*file, functions, batchSize, {.cache = false});
  if (!jit)
    return kBadInput;
  result.compile = secondsSince(start);
  measure(jit->model(), result);
  if (result.skipped > 0 && !common.quiet)
    llvm::errs() << "warning: " << result.skipped
                 << " steps had a gradient that is not finite and updated "
                    "nothing\n";
  json ? printJson(jit->model(), result) : printText(jit->model(), result);
  return kDone;
}

} // namespace

std::unique_ptr<Command> keel::createBenchCommand(const CommandInfo &info) {
  return std::make_unique<BenchCommand>(info);
}
