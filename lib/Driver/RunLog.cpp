//===- RunLog.cpp - Reading the log of a run ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunLog.h"
#include "keel/Runtime/Json.h"
#include "llvm/Support/FormatVariadic.h"

using namespace keel;
namespace json = llvm::json;
using llvm::StringRef;

std::string keel::print(const json::Value *value) {
  return value ? llvm::formatv("{0}", *value).str() : "missing";
}

int RunLog::open() {
  auto read = llvm::MemoryBuffer::getFile(path);
  if (!read)
    return failInput(path, read.getError().message());
  buffer = std::move(*read);
  rest = buffer->getBuffer();
  return kDone;
}

llvm::Expected<json::Value> keel::parseJson(StringRef text) {
  keel_json parsed = {};
  keel_error error = {};
  int failed =
      keel_json_parse(text.data(), int64_t(text.size()), "", &parsed, &error);
  keel_json_free(&parsed);
  if (failed)
    return llvm::createStringError(error.message);
  return json::parse(text);
}

bool RunLog::next() {
  while (rest.contains('\n')) {
    auto [text, after] = rest.split('\n');
    rest = after;
    ++number;
    std::string problem = "expected a JSON object";
    llvm::Expected<json::Value> value = parseJson(text);
    if (!value) {
      problem = llvm::toString(value.takeError());
    } else if (json::Object *object = value->getAsObject()) {
      line = std::move(*object);
      if (line.get("layers")) // telemetry follows from what is compared
        continue;
      return true;
    }
    fail("is no line of a log: " + problem);
    broken = true;
    return false;
  }
  return false;
}

static std::vector<std::string> getList(const json::Object &line,
                                        StringRef key) {
  std::vector<std::string> list;
  llvm::SmallVector<StringRef> parts;
  line.getString(key).value_or("").split(parts, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts)
    list.push_back(part.str());
  return list;
}

/// An attribute's text as a flag takes it.
static std::string getFlag(const json::Object &line, StringRef key) {
  StringRef text = line.getString(key).value_or("");
  text.consume_front("#");
  return text == "none" ? std::string() : text.str();
}

/// What the first line says that the run was.
static TrainRequest toRequest(const json::Object &line) {
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

/// Whether the first line is that of a run that can be repeated.
int RunLog::check() {
  if (!next()) {
    if (broken)
      return kBadInput;
    return failInput(path, "holds no whole line, expected a run's log");
  }
  for (StringRef key : {"model_file", "model_hash", "data", "batch_size",
                        "seed", "data_hash", "optimizer", "loss"})
    if (!line.get(key))
      return fail("is not the first line of a run's log: it has no \"" + key +
                  "\"");
  if (const json::Value *step = line.get("resumed_at_step"))
    return fail("the log begins after step " + print(step) +
                ", where the run was resumed; only a log from the first "
                "step on can be repeated");
  return kDone;
}

/// The last step that the log tells of; -1 if it is broken.
int64_t RunLog::countSteps() const {
  RunLog ahead(*this);
  int64_t steps = 0;
  while (ahead.next())
    steps = std::max(steps, ahead.line.getInteger("step").value_or(0));
  return ahead.broken ? -1 : steps;
}

int RunLog::readRequest(TrainRequest &request) {
  if (int code = check())
    return code;
  request = toRequest(line);
  request.steps = countSteps();
  if (request.steps < 0)
    return kBadInput;
  if (request.steps == 0)
    return failInput(path, "tells of no step to repeat");
  return kDone;
}
