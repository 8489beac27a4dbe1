//===- TrainRun.cpp - One run of training ---------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainRun.h"
#include "Overrides.h"
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

int TrainRun::train(ModelFile &file, int64_t maxRows,
                    const keel_dataset &dataset,
                    const keel_dataset *validation) {
  auto jit = compileModel(file, "train", maxRows);
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
  return execute(jit->model(), options);
}

namespace {

/// The trainer's callbacks, for a watcher.
struct Watched {
  TrainWatcher &watcher;
  const keel_model &model;
  bool isEnded = false;

  static int line(void *user, const char *line) {
    auto &watched = *static_cast<Watched *>(user);
    watched.isEnded = !watched.watcher.line(line);
    return watched.isEnded;
  }
  static void step(void *user, const keel_step_record *record, keel_text *) {
    auto &watched = *static_cast<Watched *>(user);
    watched.watcher.step(watched.model, *record);
  }
};

} // namespace

int TrainRun::execute(const keel_model &model,
                      const keel_train_options &given) {
  keel_train_options options = given;
  std::optional<Watched> watched;
  if (watcher) {
    options.on_line = Watched::line;
    options.on_step = Watched::step;
    options.user = &watched.emplace(Watched{*watcher, model});
  }
  keel_train_report report = {};
  keel_error error = {};
  if (keel_train(&model, &options, nullptr, &report, &error) != 0)
    return watched && watched->isEnded ? kBadInput : failInput(error);
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
  int64_t maxRows = getMaxRows(training, table->model.min_train_rows);
  if (request.validationData.empty())
    return train(*file, maxRows, training, nullptr);
  // Classes are numbered as the training data has them.
  names.assign(training.class_names,
               training.class_names + training.num_class_names);
  DataFiles others{request.validationData, request.validationLabels,
                   request.labelColumn,
                   /*wantLabels=*/true};
  if (failed(others.open(table->model, names, validating)))
    return kBadInput;
  return train(*file, maxRows, training, &validating);
}
