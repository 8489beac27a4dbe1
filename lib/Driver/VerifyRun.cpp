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

#include "TrainRun.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/LineIterator.h"

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

std::string print(const json::Value *value) {
  return value ? llvm::formatv("{0}", *value).str() : "missing";
}

/// The lines of a log, but for a half one at its end.
class Log {
public:
  explicit Log(std::string path) : path(std::move(path)) {}

  int open();
  /// The next line that tells of the run; false at the end, and on an error.
  bool next();
  bool isBroken() const { return broken; }
  int fail(const llvm::Twine &message) const {
    return failInput(path + ":" + llvm::Twine(number), message);
  }

  json::Object line;
  int64_t number = 0;

private:
  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  StringRef rest;
  bool broken = false;
};

int Log::open() {
  auto read = llvm::MemoryBuffer::getFile(path);
  if (!read)
    return failInput(path, read.getError().message());
  buffer = std::move(*read);
  rest = buffer->getBuffer();
  return kDone;
}

bool Log::next() {
  while (rest.contains('\n')) {
    auto [text, after] = rest.split('\n');
    rest = after;
    ++number;
    llvm::Expected<json::Value> value = json::parse(text);
    json::Object *object = value ? value->getAsObject() : nullptr;
    if (!object) {
      llvm::consumeError(value.takeError());
      fail("is no line of a log: expected a JSON object");
      broken = true;
      return false;
    }
    line = std::move(*object);
    if (!line.get("layers")) // telemetry follows from what is compared
      return true;
  }
  return false;
}

/// Compares what a repeated run logs with the log.
class Comparison : public TrainWatcher {
public:
  explicit Comparison(Log &log) : log(log) {}

  bool line(StringRef text) override;
  void step(const keel_model &model, const keel_step_record &record) override;

  int64_t steps = 0, epochs = 0;
  bool isAtEnd = false;

private:
  bool compareFirst(const json::Object &now);
  bool differ(StringRef key, const json::Value *was, const json::Value *now);

  Log &log;
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

std::vector<std::string> getList(const json::Object &line, StringRef key) {
  std::vector<std::string> list;
  llvm::SmallVector<StringRef> parts;
  line.getString(key).value_or("").split(parts, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts)
    list.push_back(part.str());
  return list;
}

/// An attribute's text as a flag takes it.
std::string getFlag(const json::Object &line, StringRef key) {
  StringRef text = line.getString(key).value_or("");
  text.consume_front("#");
  return text == "none" ? std::string() : text.str();
}

/// What the first line says that the run was.
TrainRequest readRequest(const json::Object &line) {
  auto getText = [&](StringRef key) {
    return line.getString(key).value_or("").str();
  };
  TrainRequest request;
  request.model = getText("model_file");
  request.labelColumn = getText("label_column");
  request.data = getList(line, "data");
  request.labels = getList(line, "labels");
  request.validationData = getList(line, "validation_data");
  request.validationLabels = getList(line, "validation_labels");
  request.validationFraction =
      line.getNumber("validation_fraction").value_or(0);
  request.batchSize = line.getInteger("batch_size").value_or(1);
  request.accumulate = line.getInteger("accumulate").value_or(1);
  if (const json::Value *seed = line.get("seed"))
    request.seed = seed->getAsUINT64().value_or(0);
  request.standardize = line.getBoolean("standardize").value_or(false);
  request.shuffle = line.getBoolean("shuffle").value_or(true);
  request.keepBest = line.getString("keep").value_or("") == "best";
  request.earlyStopping = line.getInteger("early_stopping").value_or(0);
  request.loss = getFlag(line, "loss");
  request.optimizer = getFlag(line, "optimizer");
  // The model may have a clip that the run was told to leave out.
  request.clip = getText("clip") == "none" ? "none" : getFlag(line, "clip");
  request.weights = getText("weights");
  return request;
}

struct VerifyRunCommand : Command {
  explicit VerifyRunCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  int check(Log &log);
  int64_t countSteps();

  opt<std::string> logPath{cl::Positional, cl::Required, here(), group(),
                           cl::desc("RUN.jsonl")};
};

/// Whether the first line is that of a run that can be repeated.
int VerifyRunCommand::check(Log &log) {
  if (!log.next()) {
    if (log.isBroken())
      return kBadInput;
    return failInput(logPath, "holds no whole line, expected a run's log");
  }
  for (StringRef key : {"model_file", "model_hash", "data", "batch_size",
                        "seed", "data_hash", "optimizer", "loss"})
    if (!log.line.get(key))
      return log.fail("is not the first line of a run's log: it has no \"" +
                      key + "\"");
  if (const json::Value *step = log.line.get("resumed_at_step"))
    return log.fail("the log begins after step " + print(step) +
                    ", where the run was resumed; only a log from the first "
                    "step on can be repeated");
  return kDone;
}

/// The last step that the log tells of; -1 if it is broken.
int64_t VerifyRunCommand::countSteps() {
  Log log(logPath);
  if (log.open() != kDone)
    return -1;
  int64_t steps = 0;
  while (log.next())
    if (log.number > 1)
      steps = std::max(steps, log.line.getInteger("step").value_or(0));
  return log.isBroken() ? -1 : steps;
}

int VerifyRunCommand::run() {
  Log log(logPath);
  if (log.open() != kDone || check(log) != kDone)
    return kBadInput;
  TrainRequest request = readRequest(log.line);
  request.steps = countSteps();
  if (request.steps < 0)
    return kBadInput;
  if (request.steps == 0)
    return failInput(logPath, "tells of no step to repeat");
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
