//===- VerifyRun.cpp - keel verify-run ------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The log's first line says what the run was; it is run again, and each line
// that it logs is compared with the one in the file. A log writes numbers so
// that they read back exactly, so equal numbers are equal bits.
//
//===----------------------------------------------------------------------===//

#include "RunLog.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace keel;
namespace cl = llvm::cl;
namespace json = llvm::json;
using llvm::StringRef;

namespace {

/// Members of the first line that may change: where files are, how long the
/// run was to be.
constexpr StringRef kFree[] = {
    "model_file",  "data",  "labels",          "weights",
    "epochs",      "steps", "validation_data", "validation_labels",
    "label_column"};

/// Compares what a repeated run logs with the log.
class Comparison : public TrainWatcher {
public:
  explicit Comparison(RunLog &log) : log(log) {}

  bool line(StringRef text) override;
  void step(const keel_model &model, const keel_step_record &record) override;

  int64_t steps = 0, epochs = 0;
  bool isAtEnd = false;

private:
  bool compareFirst(const json::Object &now);
  bool differ(StringRef key, const json::Value *was, const json::Value *now);

  RunLog &log;
  bool isFirst = true, isSame = true;
};

bool Comparison::compareFirst(const json::Object &now) {
  isFirst = false;
  std::string problems;
  for (const auto &[key, was] : log.line) {
    const json::Value *value = now.get(key);
    if (!llvm::is_contained(kFree, StringRef(key)) && (!value || *value != was))
      problems += llvm::formatv("\n  {0}: the log has {1}, now {2}",
                                StringRef(key), print(&was), print(value));
  }
  if (problems.empty())
    return true;
  log.fail("the run cannot be repeated: its model, data or settings are not "
           "what they were:" +
           problems);
  return false;
}

bool Comparison::differ(StringRef key, const json::Value *was,
                        const json::Value *now) {
  bool isStep = log.line.get("step");
  const json::Value *which = log.line.get(isStep ? "step" : "epoch");
  log.fail(llvm::formatv("{0} {1} differs: {2} was {3}, is now {4}",
                         isStep ? "step" : "epoch", print(which), key,
                         print(was), print(now)));
  return isSame = false;
}

bool Comparison::line(StringRef text) {
  if (isAtEnd)
    return true;
  if (!isSame)
    return false;
  json::Value parsed = llvm::cantFail(json::parse(text));
  const json::Object &now = *parsed.getAsObject();
  if (isFirst)
    return compareFirst(now);
  if (!log.next()) {
    isAtEnd = true;
    return !log.isBroken();
  }
  for (const auto &[key, was] : log.line) {
    const json::Value *value = now.get(key);
    // A step's hash may stand in the log alone: see step().
    bool isFree = key == "samples_per_second" ||
                  (key == "weights_hash" && !value && log.line.get("step"));
    if (!isFree && (!value || *value != was))
      return differ(key, &was, value);
  }
  ++(log.line.get("step") ? steps : epochs);
  return true;
}

void Comparison::step(const keel_model &model, const keel_step_record &record) {
  const json::Value *was = log.line.get("weights_hash");
  if (isAtEnd || !isSame || !was || !log.line.get("step"))
    return;
  uint64_t hash = keel_weights_hash(&model, record.weights);
  json::Value now = llvm::formatv("{0:x-16}", hash).str();
  if (*was != now)
    differ("weights_hash", was, &now);
}

struct VerifyRunCommand : Command {
  explicit VerifyRunCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  opt<std::string> logPath{cl::Positional, cl::Required, here(), group(),
                           cl::desc("RUN.jsonl")};
};

int VerifyRunCommand::run() {
  RunLog log(logPath);
  TrainRequest request;
  if (log.open() != kDone || log.readRequest(request) != kDone)
    return kBadInput;
  if (common.model.empty())
    common.model = log.line.getString("model").value_or("").str();
  Comparison comparison(log);
  if (int code = TrainRun(request, common, &comparison).run())
    return code;
  if (!comparison.isAtEnd && log.next())
    return log.fail("the repeated run ends before this line");
  if (log.isBroken())
    return kBadInput;
  if (!common.quiet)
    llvm::errs() << llvm::formatv("{0}: {1} steps and {2} epochs repeated, "
                                  "the same bits\n",
                                  logPath.getValue(), comparison.steps,
                                  comparison.epochs);
  return kDone;
}

} // namespace

std::unique_ptr<Command> keel::createVerifyRunCommand(const CommandInfo &info) {
  return std::make_unique<VerifyRunCommand>(info);
}
