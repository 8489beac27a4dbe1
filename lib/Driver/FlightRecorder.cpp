//===- FlightRecorder.cpp - Tells of the first step that is not finite ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FlightRecorder.h"
#include "Overrides.h"
#include "RunLog.h"
#include "Weights.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <cstring>

using namespace mlir;
using namespace keel;
namespace json = llvm::json;

std::string keel::getNonfinitePath(StringRef output, StringRef log) {
  StringRef beside = output.empty() ? log : output;
  if (beside.empty())
    return "";
  if (!beside.consume_back(".safetensors"))
    beside.consume_back(".jsonl");
  return (beside + ".nonfinite.safetensors").str();
}

void FlightRecorder::nonfinite(const keel_nonfinite_step &step) {
  Replay replay(file, options.context, maxRows);
  if (failed(replay.compile()))
    return;
  RecordedStep recorded{
      step.weights,       step.batch,
      step.step,          step.rows,
      options.batch_size, options.seed,
      step.loss,          {step.losses, step.losses + step.num_losses}};
  replay.run(recorded);
  replay.report(recorded, llvm::errs(), /*isWhole=*/false);
  if (step.path)
    llvm::errs() << "kept in " << step.path << ": keel train " << file.getPath()
                 << " --replay=" << step.path << " takes the step again\n";
}

namespace {

/// More rows than a step has: a file that says so is damaged.
constexpr int64_t kMostRows = 1 << 24;

/// The file of a step that was not finite.
class StepFile {
public:
  explicit StepFile(const std::string &path) : path(path) {}
  ~StepFile() { keel_safetensors_close(&file); }

  LogicalResult open();
  /// Applies to the model what the run's flags were.
  LogicalResult apply(ModelFile &model);
  LogicalResult readBatch(const keel_model &model);
  const keel_safetensors &get() const { return file; }

  int64_t step = 0, rows = 0, batchSize = 0, maxRows = 0;
  uint64_t seed = 0, lossBits = 0;
  std::vector<double> losses;
  keel_batch batch = {}; ///< once it is read

private:
  LogicalResult fail(const Twine &message) const {
    keel::failInput(path, message);
    return failure();
  }
  StringRef get(const char *key) const {
    const char *text = keel_safetensors_metadata(&file, key);
    return text ? text : "";
  }
  FailureOr<void *> read(const keel_tensor &tensor, const char *kind);
  LogicalResult checkClasses(const keel_tensor &tensor, int64_t classes,
                             const void *label) const;

  const std::string &path;
  keel_safetensors file = {};
  std::vector<ArenaMemory> memory;
  std::vector<void *> inputs, labels;
};

} // namespace

LogicalResult StepFile::open() {
  keel_error error = {};
  if (keel_safetensors_open(path.c_str(), &file, &error) != 0) {
    keel::failInput(error);
    return failure();
  }
  if (get("kind") != "nonfinite step")
    return fail("holds no step to replay, expected what keel train writes at "
                "the first one that is not finite");
  for (auto [key, number] : {std::pair("step", &step),
                             {"rows", &rows},
                             {"batch_size", &batchSize},
                             {"max_rows", &maxRows}})
    if (get(key).getAsInteger(10, *number) || *number < 1)
      return fail("the metadata \"" + Twine(key) + "\" is no positive number");
  if (batchSize > kMostRows || maxRows > batchSize + 1)
    return fail("the metadata \"max_rows\" is " + Twine(maxRows) +
                ", expected at most one more than \"batch_size\", which is " +
                Twine(batchSize) + ", at most " + Twine(kMostRows));
  if (get("seed").getAsInteger(10, seed) ||
      get("loss_bits").getAsInteger(16, lossBits))
    return fail("the metadata \"seed\" or \"loss_bits\" is no number");
  SmallVector<StringRef> parts;
  get("losses").split(parts, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts)
    losses.push_back(std::strtod(part.str().c_str(), nullptr));
  return success();
}

LogicalResult StepFile::apply(ModelFile &model) {
  if (model.getHash() != get("model_hash"))
    return fail("the step is of another model: its hash is " +
                get("model_hash") + ", that of " + model.getPath() + " is " +
                model.getHash());
  llvm::Expected<json::Value> settings = parseJson(get("settings"));
  const json::Object *object = settings ? settings->getAsObject() : nullptr;
  if (!object) {
    llvm::consumeError(settings.takeError());
    return fail("the metadata \"settings\" is no JSON object");
  }
  auto getFlag = [&](StringRef key) {
    StringRef text = object->getString(key).value_or("");
    text.consume_front("#");
    return text.str();
  };
  Overrides overrides{getFlag("loss"), getFlag("optimizer"), "",
                      getFlag("clip")};
  if (failed(overrides.apply(model.getModel())))
    return failure();
  if (object->getBoolean("standardize").value_or(false))
    return model.standardize();
  return success();
}

/// Bytes of a row of the batch.
static int64_t getRowBytes(const keel_tensor &tensor) {
  int64_t bytes = countElements(tensor, 1) * keel_dtype_size(tensor.dtype);
  bool isFixed = tensor.rank > 0 && tensor.shape[0] > 0;
  return isFixed ? bytes / tensor.shape[0] : bytes;
}

FailureOr<void *> StepFile::read(const keel_tensor &tensor, const char *kind) {
  std::string name = std::string(kind) + tensor.name;
  const keel_stored_tensor *stored = keel_safetensors_find(&file, name.c_str());
  if (!stored || stored->dtype != tensor.dtype || stored->bytes % rows ||
      stored->bytes / rows != getRowBytes(tensor))
    return fail("'" + name + "' is missing, or not " + Twine(rows) +
                " rows of " + Twine(getRowBytes(tensor)) + " bytes");
  memory.emplace_back(stored->bytes); // aligned, as compiled code has it
  std::memcpy(memory.back().get(), stored->data, size_t(stored->bytes));
  return memory.back().get();
}

/// Compiled code does not check them.
LogicalResult StepFile::checkClasses(const keel_tensor &tensor, int64_t classes,
                                     const void *label) const {
  const auto *values = static_cast<const int32_t *>(label);
  int64_t count = rows * getRowBytes(tensor) / int64_t(sizeof(int32_t));
  for (int64_t i = 0; classes > 0 && i < count; ++i)
    if (values[i] < 0 || values[i] >= classes)
      return fail("'batch/label/" + Twine(tensor.name) + "' has the class " +
                  Twine(values[i]) + ", expected one below " + Twine(classes));
  return success();
}

LogicalResult StepFile::readBatch(const keel_model &model) {
  for (const keel_tensor &tensor :
       ArrayRef(model.inputs, size_t(model.num_inputs))) {
    FailureOr<void *> input = read(tensor, "batch/input/");
    if (failed(input))
      return failure();
    inputs.push_back(*input);
  }
  for (int32_t i = 0; i < model.num_labels; ++i) {
    FailureOr<void *> label = read(model.labels[i], "batch/label/");
    if (failed(label) ||
        failed(checkClasses(model.labels[i], model.label_classes[i], *label)))
      return failure();
    labels.push_back(*label);
  }
  batch = {inputs.data(), labels.data(), model.num_inputs, model.num_labels};
  return success();
}

int keel::replayStep(const std::string &modelPath, const std::string &path,
                     const CommonFlags &common) {
  StepFile stepFile(path);
  auto file = ModelFile::open(modelPath, common);
  if (!file || failed(stepFile.open()) || failed(stepFile.apply(*file)))
    return kBadInput;
  Threads threads(common.threads);
  Replay replay(*file, threads.getContext(), stepFile.maxRows);
  if (failed(replay.compile()))
    return kBadInput;
  const keel_model &model = replay.getModel();
  if (keel_max_batch_rows(stepFile.rows, stepFile.batchSize,
                          model.min_train_rows) > stepFile.maxRows)
    return failInput(path, "a micro-batch has more rows than \"max_rows\"");
  WeightArenas arenas;
  keel_error error = {};
  if (keel_weights_create(&model, &arenas.weights, &error) != 0 ||
      keel_take_weights(&model, path.c_str(), &stepFile.get(), &arenas.weights,
                        nullptr, nullptr, &error) != 0)
    return failInput(error);
  if (failed(stepFile.readBatch(model)))
    return kBadInput;
  RecordedStep step{&arenas.weights,
                    &stepFile.batch,
                    stepFile.step,
                    stepFile.rows,
                    stepFile.batchSize,
                    stepFile.seed,
                    llvm::bit_cast<double>(stepFile.lossBits),
                    stepFile.losses};
  replay.run(step);
  replay.report(step, llvm::outs(), /*isWhole=*/true);
  uint64_t bits = llvm::bit_cast<uint64_t>(replay.getLoss());
  bool isSame = bits == stepFile.lossBits;
  llvm::outs() << llvm::formatv("loss {0:x-16}, {1}\n", bits,
                                isSame ? "the same bits as in the run"
                                       : "other bits than in the run");
  return isSame ? kDone : kBadInput;
}
