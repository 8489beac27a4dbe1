//===- Train.cpp - keel train ---------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "Overrides.h"
#include "Weights.h"
#include "keel/Runtime/Trainer.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

/// Key and value pairs for the trainer, which keeps pointers only.
class Pairs {
public:
  void add(StringRef key, const Twine &value) {
    texts.emplace_back(key.str(), value.str());
  }
  std::vector<keel_key_value> get() const {
    std::vector<keel_key_value> pairs;
    for (const auto &[key, value] : texts)
      pairs.push_back({key.c_str(), value.c_str()});
    return pairs;
  }

private:
  std::vector<std::pair<std::string, std::string>> texts;
};

struct TrainCommand : Command {
  explicit TrainCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  int check();
  int prepare(ModelFile &file);
  void describeSettings(ModelFile &file, Pairs &settings);
  keel_train_options makeOptions(const ModelFile &file);
  int train(ModelFile &file, int64_t maxRows, const keel_dataset &data,
            const keel_dataset *validation);
  void reportEnd(const keel_train_report &report);
  int64_t getMaxRows(const keel_dataset &data, int64_t minRows);

  bool isStandardized = false;
  std::vector<std::string> classNames;

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
                                 "'clip_by_global_norm<1.0>'")};
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
      cl::desc("Write the output every so many steps")};
  opt<std::string> resume{"resume", here(), group(), cl::value_desc("FILE"),
                          cl::desc("A checkpoint to go on from")};
  opt<int64_t> earlyStopping{
      "early-stopping",
      here(),
      group(),
      cl::value_desc("EPOCHS"),
      cl::init(0),
      cl::desc("Stop after so many epochs without a better validation loss")};
  opt<std::string> log{"log", here(), group(), cl::value_desc("FILE"),
                       cl::desc("A JSON line for every step and epoch")};
};

/// What can be said of the flags alone.
int TrainCommand::check() {
  if (data.empty())
    return failCommandLine("keel train needs --data=FILE");
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

/// Applies what flags and earlier weights say of the model.
int TrainCommand::prepare(ModelFile &file) {
  Overrides overrides{loss, optimizer, schedule, clip};
  if (failed(overrides.apply(file.getModel())))
    return kBadCommandLine;
  isStandardized = standardize;
  const std::string &earlier = resume.empty() ? weights : resume;
  if (earlier.empty())
    return kDone;
  FailureOr<WeightsInfo> info = WeightsInfo::read(earlier);
  if (failed(info))
    return kBadInput;
  isStandardized |= info->standardized;
  classNames = info->classNames;
  return kDone;
}

void TrainCommand::describeSettings(ModelFile &file, Pairs &settings) {
  auto print = [](Attribute attr) {
    std::string text;
    llvm::raw_string_ostream(text) << attr;
    return text;
  };
  ModelOp model = file.getModel();
  settings.add("loss", print(model.getLossAttr()));
  settings.add("optimizer", print(model.getOptimizerAttr()));
  settings.add("clip", model.getClip() ? print(model.getClipAttr()) : "none");
  std::string hooks = common.extensions.describeHooks(),
              plugins = common.extensions.describePlugins();
  if (!hooks.empty())
    settings.add("hooks", hooks);
  if (!plugins.empty())
    settings.add("plugins", plugins);
}

keel_train_options TrainCommand::makeOptions(const ModelFile &file) {
  auto orNull = [](const std::string &text) {
    return text.empty() ? nullptr : text.c_str();
  };
  keel_train_options options;
  keel_train_options_init(&options);
  options.validation_fraction = validationFraction;
  options.epochs = epochs;
  options.steps = steps;
  options.batch_size = batchSize;
  options.accumulate = accumulate;
  options.seed = seed;
  options.shuffle = shuffle;
  options.standardize = isStandardized;
  options.keep_best = keep == "best";
  options.early_stopping = earlyStopping;
  options.checkpoint_every = checkpointEvery;
  options.weights = orNull(weights);
  if (weights.empty() && resume.empty() && file.getHeldWeights()) {
    options.weights = modelPath.c_str();
    options.held = file.getHeldWeights();
  }
  options.resume = orNull(resume);
  options.output = orNull(output);
  options.log = orNull(log);
  options.quiet = common.quiet;
  return options;
}

void TrainCommand::reportEnd(const keel_train_report &report) {
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
  if (!output.empty())
    llvm::errs() << "weights: " << output << '\n';
  if (!log.empty())
    llvm::errs() << "log: " << log << '\n';
}

/// Rows one call takes: a batch, and more where a last row is merged into it.
int64_t TrainCommand::getMaxRows(const keel_dataset &dataset, int64_t minRows) {
  int64_t rows = keel_training_rows(dataset.rows, validationFraction);
  return std::max<int64_t>(1, keel_max_batch_rows(rows, batchSize, minRows));
}

int TrainCommand::train(ModelFile &file, int64_t maxRows,
                        const keel_dataset &dataset,
                        const keel_dataset *validation) {
  auto jit = compileModel(file, "train", maxRows);
  if (!jit)
    return kBadInput;
  Threads threads(common.threads);
  Pairs settings, paths;
  describeSettings(file, settings);
  paths.add("model_file", modelPath);
  paths.add("data", llvm::join(data, " "));
  if (!labels.empty())
    paths.add("labels", llvm::join(labels, " "));
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
  keel_train_report report = {};
  keel_error error = {};
  if (keel_train(&jit->model(), &options, nullptr, &report, &error) != 0)
    return failInput(error);
  reportEnd(report);
  return kDone;
}

int TrainCommand::run() {
  if (int code = check())
    return code;
  auto file = ModelFile::open(modelPath, common);
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
  DataFiles files{data, labels, labelColumn, /*wantLabels=*/true};
  if (failed(files.open(table->model, names, training)))
    return kBadInput;
  int64_t maxRows = getMaxRows(training, table->model.min_train_rows);
  if (validationData.empty())
    return train(*file, maxRows, training, nullptr);
  // Classes are numbered as the training data has them.
  names.assign(training.class_names,
               training.class_names + training.num_class_names);
  DataFiles others{validationData, validationLabels, labelColumn,
                   /*wantLabels=*/true};
  if (failed(others.open(table->model, names, validating)))
    return kBadInput;
  return train(*file, maxRows, training, &validating);
}

} // namespace

std::unique_ptr<Command> keel::createTrainCommand(const CommandInfo &info) {
  return std::make_unique<TrainCommand>(info);
}
