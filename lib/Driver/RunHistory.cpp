//===- RunHistory.cpp - What a run's page shows of it ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunHistory.h"
#include "RunLog.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace keel;
namespace json = llvm::json;
using llvm::StringRef;

static double getNumber(const json::Object &object, StringRef key) {
  return object.getNumber(key).value_or(NAN);
}

/// One line of a log.
void RunHistory::add(const json::Object &line) {
  auto step = line.getInteger("step");
  if (const json::Array *layers = line.getArray("layers")) {
    Sample sample{step.value_or(0), {}};
    for (const json::Value &value : *layers)
      if (const json::Object *layer = value.getAsObject())
        sample.layers.push_back(
            {getNumber(*layer, "gradient_rms"), getNumber(*layer, "update_rms"),
             getNumber(*layer, "weight_rms"),
             getNumber(*layer, "activation_rms"),
             getNumber(*layer, "saturated"), getNumber(*layer, "dead")});
    if (sample.layers.size() == numLayers)
      samples.push_back(std::move(sample));
  } else if (step) {
    steps.push_back({*step, getNumber(line, "loss"),
                     getNumber(line, "learning_rate"),
                     getNumber(line, "gradient_norm"),
                     line.getBoolean("clipped").value_or(false),
                     line.getBoolean("nonfinite").value_or(false)});
  } else if (auto epoch = line.getInteger("epoch")) {
    epochs.push_back({*epoch, steps.empty() ? 0 : steps.back().step,
                      getNumber(line, "train_loss"),
                      getNumber(line, "validation_loss"),
                      getNumber(line, "validation_accuracy")});
  }
}

/// Steps come by `step`, without a detour over text.
bool RunHistory::line(StringRef line) {
  if (line.starts_with("{\"step\"") || line.starts_with("{\"model\""))
    return true;
  llvm::Expected<json::Value> value = parseJson(line);
  if (const json::Object *object = value ? value->getAsObject() : nullptr)
    add(*object);
  else
    llvm::consumeError(value.takeError());
  return true;
}

void RunHistory::step(const keel_model &, const keel_step_record &record) {
  auto orNone = [](double value) { return std::isfinite(value) ? value : NAN; };
  steps.push_back({record.step, orNone(record.loss),
                   orNone(record.learning_rate), orNone(record.gradient_norm),
                   record.clipped != 0,
                   record.nonfinite != 0 || !std::isfinite(record.loss)});
  if (!record.layers)
    return;
  Sample sample{record.step, {}};
  for (size_t i = 0; i < numLayers; ++i) {
    const keel_layer_record &layer = record.layers[i];
    auto get = [&](double value) {
      return value == -1.0 ? NAN : orNone(value);
    };
    sample.layers.push_back({get(layer.gradient_rms), get(layer.update_rms),
                             get(layer.weight_rms), get(layer.activation_rms),
                             get(layer.saturated), get(layer.dead)});
  }
  samples.push_back(std::move(sample));
}

void RunHistory::readEarlier(const std::string &log) {
  auto buffer = llvm::MemoryBuffer::getFile(log);
  if (!buffer)
    return;
  RunHistory earlier(numLayers);
  int64_t first = steps.empty() ? INT64_MAX : steps.front().step;
  for (llvm::line_iterator it(**buffer); !it.is_at_end(); ++it) {
    llvm::Expected<json::Value> value = parseJson(*it);
    const json::Object *object = value ? value->getAsObject() : nullptr;
    if (!object) {
      llvm::consumeError(value.takeError());
      continue;
    }
    if (object->getInteger("step").value_or(0) >= first)
      break;
    if (!object->get("model_hash"))
      earlier.add(*object);
  }
  auto prepend = [](auto &to, auto &from) {
    to.insert(to.begin(), std::make_move_iterator(from.begin()),
              std::make_move_iterator(from.end()));
  };
  prepend(steps, earlier.steps);
  prepend(epochs, earlier.epochs);
  prepend(samples, earlier.samples);
}
