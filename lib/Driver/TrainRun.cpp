//===- TrainRun.cpp - One run of training ---------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainRun.h"
#include "FlightRecorder.h"
#include "Overrides.h"
#include "RunHistory.h"
#include "Weights.h"
#include "keel/Runtime/Random.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;

/// Applies what flags and earlier weights say of the model.
int TrainRun::prepare(ModelFile &file) {
  Overrides overrides{request.loss, request.optimizer, request.schedule,
                      request.clip};
  if (failed(overrides.apply(file.getModel())))
    return kBadCommandLine;
  isStandardized = request.standardize;
  bool resumes = !request.resume.empty();
  const std::string &earlier = resumes ? request.resume : request.weights;
  if (earlier.empty())
    return kDone;
  FailureOr<WeightsInfo> info = resumes ? WeightsInfo::readCheckpoint(earlier)
                                        : WeightsInfo::read(earlier);
  if (failed(info))
    return kBadInput;
  isStandardized |= info->standardized;
  classNames = info->classNames;
  return kDone;
}

std::vector<std::pair<std::string, std::string>>
keel::describeSettings(ModelFile &file) {
  auto print = [](Attribute attr) {
    std::string text;
    llvm::raw_string_ostream(text) << attr;
    return text;
  };
  ModelOp model = file.getModel();
  const Extensions &extensions = file.getFlags().extensions;
  std::string hooks = extensions.describeHooks(),
              plugins = extensions.describePlugins();
  std::vector<std::pair<std::string, std::string>> settings = {
      {"loss", print(model.getLossAttr())},
      {"optimizer", print(model.getOptimizerAttr())},
      {"clip", model.getClip() ? print(model.getClipAttr()) : "none"}};
  if (!hooks.empty())
    settings.emplace_back("hooks", hooks);
  if (!plugins.empty())
    settings.emplace_back("plugins", plugins);
  return settings;
}

keel_train_options TrainRun::makeOptions(const ModelFile &file) {
  auto orNull = [](const std::string &text) {
    return text.empty() ? nullptr : text.c_str();
  };
  keel_train_options options;
  keel_train_options_init(&options);
  options.validation_fraction = request.validationFraction;
  options.epochs = request.epochs;
  options.steps = request.steps;
  options.batch_size = request.batchSize;
  options.accumulate = request.accumulate;
  options.seed = request.seed;
  options.shuffle = request.shuffle;
  options.standardize = isStandardized;
  options.keep_best = request.keepBest;
  options.early_stopping = request.earlyStopping;
  options.checkpoint_every = request.checkpointEvery;
  options.weights = orNull(request.weights);
  if (request.weights.empty() && request.resume.empty() &&
      file.getHeldWeights()) {
    options.weights = request.model.c_str();
    options.held = file.getHeldWeights();
  }
  options.resume = orNull(request.resume);
  options.output = orNull(request.output);
  options.log = orNull(request.log);
  options.quiet = common.quiet || watcher;
  return options;
}

void TrainRun::reportEnd(const keel_train_report &report) {
  if (common.quiet)
    return;
  llvm::errs() << llvm::formatv("{0} steps, {1:f1} s, loss {2:f4}",
                                report.steps, report.seconds,
                                report.train_loss);
  if (report.has_validation)
    llvm::errs() << llvm::formatv(", validation loss {0:f4}",
                                  report.validation_loss);
  if (report.has_validation && !std::isnan(report.validation_accuracy))
    llvm::errs() << llvm::formatv(", validation accuracy {0:f4}",
                                  report.validation_accuracy);
  llvm::errs() << '\n';
  if (!request.output.empty())
    llvm::errs() << "weights: " << request.output << '\n';
  if (!request.log.empty())
    llvm::errs() << "log: " << request.log << '\n';
}

/// Rows one call takes: a batch, and more where a last row is merged into it.
int64_t TrainRun::getMaxRows(const keel_dataset &dataset, int64_t minRows) {
  int64_t rows = keel_training_rows(dataset.rows, request.validationFraction);
  return std::max<int64_t>(
      1, keel_max_batch_rows(rows, request.batchSize, minRows));
}

/// Where the run's files are, with hashes of those that the settings do not
/// tell apart.
int TrainRun::describePaths() {
  auto addAll = [&](StringRef key, const std::vector<std::string> &files) {
    if (!files.empty())
      paths.add(key, llvm::join(files, "\n"));
  };
  paths.add("model_file", request.model);
  addAll("data", request.data);
  addAll("labels", request.labels);
  addAll("validation_data", request.validationData);
  addAll("validation_labels", request.validationLabels);
  if (!request.labelColumn.empty())
    paths.add("label_column", request.labelColumn);
  if (request.weights.empty())
    return kDone;
  auto buffer = llvm::MemoryBuffer::getFile(request.weights);
  if (!buffer)
    return failInput(request.weights, buffer.getError().message());
  StringRef bytes = (*buffer)->getBuffer();
  paths.add("weights", request.weights);
  paths.add("weights_file_hash",
            llvm::utohexstr(keel_hash_words(0, bytes.data(), bytes.size()),
                            /*LowerCase=*/true));
  return kDone;
}

int TrainRun::train(ModelFile &file, int64_t minRows,
                    const keel_dataset &dataset,
                    const keel_dataset *validation) {
  int64_t maxRows = getMaxRows(dataset, minRows);
  // A repeated run measures nothing.
  int64_t every = watcher ? 0 : getTelemetryEvery(dataset, minRows);
  CompileOptions compile;
  compile.telemetry = every > 0;
  auto jit = compileModel(file, "train", maxRows, compile);
  if (!jit)
    return kBadInput;
  Threads threads(common.threads);
  for (const auto &[key, value] : describeSettings(file))
    settings.add(key, value);
  if (int code = describePaths())
    return code;
  auto settingPairs = settings.get(), pathPairs = paths.get();

  keel_train_options options = makeOptions(file);
  options.context = threads.getContext();
  options.data = &dataset;
  options.validation = validation;
  options.model_hash = file.getHash().c_str();
  options.settings = settingPairs.data();
  options.num_settings = int32_t(settingPairs.size());
  options.log_settings = pathPairs.data();
  options.num_log_settings = int32_t(pathPairs.size());
  Layers layers(file.getModel());
  keel_telemetry telemetry = layers.getTelemetry(*jit);
  if (telemetry.grad_step) {
    options.telemetry = &telemetry;
    options.telemetry_every = every;
  }
  if (watcher)
    return execute(jit->model(), options, watcher);
  return record(file, layers, jit->model(), options);
}

/// Trains, and tells of it beyond the log.
int TrainRun::record(ModelFile &file, const Layers &layers,
                     const keel_model &model, keel_train_options &options) {
  std::string kept = getNonfinitePath(request.output, request.log);
  options.nonfinite_path = kept.empty() ? nullptr : kept.c_str();
  FlightRecorder recorder(file, options, model.max_rows);
  SmallVector<TrainWatcher *> watchers = {&recorder};
  RunHistory history(layers.size());
  if (!request.report.empty())
    watchers.push_back(&history);
  int code = execute(model, options, watchers);
  if (request.report.empty() || (history.steps.empty() && code == kBadInput))
    return code;
  if (!request.resume.empty() && !request.log.empty())
    history.readEarlier(request.log);
  std::string text;
  llvm::raw_string_ostream os(text);
  printRunPage(history, layers, file.getModel(), request.batchSize, os);
  int written = writeText(request.report, text);
  if (written == kDone && !common.quiet)
    llvm::errs() << "report: " << request.report << '\n';
  return code == kDone ? written : code;
}

/// Every how many steps telemetry is taken; for a report alone, some hundred
/// times in the run.
int64_t TrainRun::getTelemetryEvery(const keel_dataset &dataset,
                                    int64_t minRows) {
  if (request.telemetryEvery > 0 || request.report.empty())
    return request.telemetryEvery;
  int64_t rows = keel_training_rows(dataset.rows, request.validationFraction);
  int64_t batches = keel_epoch_batches(rows, request.batchSize, minRows);
  int64_t epoch = llvm::divideCeil(batches, request.accumulate);
  int64_t steps = request.steps > 0 ? request.steps : epoch * request.epochs;
  return std::max<int64_t>(1, steps / 100);
}

namespace {

/// The trainer's callbacks, for all who watch.
struct Callbacks {
  SmallVector<TrainWatcher *> watchers;
  const keel_model &model;
  bool isEnded = false;

  static int line(void *user, const char *line) {
    auto &all = *static_cast<Callbacks *>(user);
    for (TrainWatcher *watcher : all.watchers)
      all.isEnded |= !watcher->line(line);
    return all.isEnded;
  }
  static void step(void *user, const keel_step_record *record, keel_text *) {
    auto &all = *static_cast<Callbacks *>(user);
    for (TrainWatcher *watcher : all.watchers)
      watcher->step(all.model, *record);
  }
  static void nonfinite(void *user, const keel_nonfinite_step *step) {
    for (TrainWatcher *watcher : static_cast<Callbacks *>(user)->watchers)
      watcher->nonfinite(*step);
  }
};

} // namespace

int TrainRun::execute(const keel_model &model, keel_train_options &options,
                      ArrayRef<TrainWatcher *> watchers) {
  Callbacks callbacks{SmallVector<TrainWatcher *>(watchers), model};
  options.user = &callbacks;
  options.on_nonfinite = Callbacks::nonfinite;
  if (llvm::any_of(watchers, [](TrainWatcher *w) { return w->wantsSteps(); })) {
    options.on_line = Callbacks::line;
    options.on_step = Callbacks::step;
  }
  keel_train_report report = {};
  keel_error error = {};
  if (keel_train(&model, &options, nullptr, &report, &error) != 0)
    return callbacks.isEnded ? kBadInput : failInput(error);
  if (!watcher)
    reportEnd(report);
  return report.interrupted ? kSignalled + report.interrupted : kDone;
}

int TrainRun::run() {
  auto file = ModelFile::open(request.model, common);
  if (!file)
    return kBadInput;
  if (int code = prepare(*file))
    return code;
  if (isStandardized && failed(file->standardize()))
    return kBadInput;
  auto table = describeModel(*file, "train");
  if (!table)
    return kBadInput;
  std::vector<const char *> names;
  for (const std::string &name : classNames)
    names.push_back(name.c_str());
  Dataset training, validating;
  DataFiles files{request.data, request.labels, request.labelColumn,
                  /*wantLabels=*/true};
  if (failed(files.open(table->model, names, training)))
    return kBadInput;
  int64_t minRows = table->model.min_train_rows;
  if (request.validationData.empty())
    return train(*file, minRows, training, nullptr);
  // Classes are numbered as the training data has them.
  names.assign(training.class_names,
               training.class_names + training.num_class_names);
  DataFiles others{request.validationData, request.validationLabels,
                   request.labelColumn,
                   /*wantLabels=*/true};
  if (failed(others.open(table->model, names, validating)))
    return kBadInput;
  return train(*file, minRows, training, &validating);
}
