//===- Train.cpp - A program's subcommand train ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../TensorTable.h"
#include "Program.h"
#include "keel/Runtime/Random.h"
#include "keel/Runtime/Trainer.h"

#include <math.h>

using namespace keel;

namespace {

struct TrainFlags {
  Texts data, labels, validationData, validationLabels;
  const char *labelColumn = nullptr, *weights = nullptr, *output = nullptr;
  const char *keep = "last", *resume = nullptr, *log = nullptr;
  double validationFraction = 0.0;
  int64_t epochs = 1, steps = 0, batchSize = 32, accumulate = 1;
  int64_t checkpointEvery = 0, earlyStopping = 0, threads = 0;
  uint64_t seed = 0;
  bool standardize = false, shuffle = true, quiet = false, hasEpochs = false;
};

/// One run, from flags to report.
struct Training {
  const keel_program *program;
  const TrainFlags &flags;
  keel_model model;
  WeightsInfo info;
  Scoped<keel_dataset, keel_dataset_free> data, validation;
  Threads threads;
  Vec<keel_stored_tensor> inside;
  keel_safetensors held = {};
  Vec<keel_key_value> paths;
  Scoped<keel_text, keel_text_free> joined[4];
  char weightsHash[24];

  Training(const keel_program *program, const TrainFlags &flags)
      : program(program), flags(flags), model(*program->compiled.model) {}

  int open();
  int describePaths();
  int holdWeights();
  keel_train_options makeOptions();
  void report(const keel_train_report &report);
  int run();
};

} // namespace

int Training::open() {
  const char *earlier = flags.resume ? flags.resume : flags.weights;
  if (earlier &&
      keel_read_weights_info(earlier, flags.resume != nullptr, &info))
    return 1;
  program =
      keel_choose_program(program, flags.standardize || info.isStandardized,
                          info.isStandardized ? earlier : nullptr);
  if (!program)
    return 1;
  model = *program->compiled.model;
  DataFlags files = {flags.data, flags.labels, flags.labelColumn, true};
  if (keel_open_rows(&model, &files, info.classes->names, info.classes->count,
                     data.get()))
    return 1;
  // Validation goes by blocks of a batch, as it does in the driver.
  int64_t rows = keel_training_rows(data->rows, flags.validationFraction);
  int64_t largest = maximum(
      1, keel_max_batch_rows(rows, flags.batchSize, model.min_train_rows));
  if (largest > model.max_rows) {
    fprintf(stderr,
            "error: a batch has up to %lld rows, this program was compiled for "
            "at most %lld: compile it with --batch-size=%lld\n",
            (long long)largest, (long long)model.max_rows,
            (long long)flags.batchSize);
    return 1;
  }
  model.max_rows = largest;
  if (!flags.validationData.size)
    return 0;
  // Classes are numbered as the training data has them.
  DataFlags others = {flags.validationData, flags.validationLabels,
                      flags.labelColumn, true};
  return keel_open_rows(&model, &others, data->class_names,
                        data->num_class_names, validation.get());
}

/// Where the run's files are, and a hash of the weights', for the log.
int Training::describePaths() {
  const Texts *lists[] = {&flags.data, &flags.labels, &flags.validationData,
                          &flags.validationLabels};
  const char *keys[] = {"data", "labels", "validation_data",
                        "validation_labels"};
  bool good = paths.push({"model_file", program->source});
  for (int i = 0; i < 4; ++i) {
    for (int64_t k = 0; k < lists[i]->size; ++k)
      keel_text_append(joined[i].get(), "%s%s", k ? "\n" : "", (*lists[i])[k]);
    if (lists[i]->size)
      good &= !joined[i]->failed && paths.push({keys[i], joined[i]->data});
  }
  if (flags.labelColumn)
    good &= paths.push({"label_column", flags.labelColumn});
  if (!flags.weights)
    return good ? 0 : 1;
  Vec<char> bytes;
  keel_error error = {};
  if (keel_read_file(flags.weights, &bytes, &error))
    return keel_report(&error);
  snprintf(weightsHash, sizeof weightsHash, "%llx",
           (unsigned long long)keel_hash_words(0, bytes.data, bytes.size));
  good &= paths.push({"weights", flags.weights}) &&
          paths.push({"weights_file_hash", weightsHash});
  return good ? 0 : 1;
}

static int byName(const void *a, const void *b) {
  return strcmp(((const keel_stored_tensor *)a)->name,
                ((const keel_stored_tensor *)b)->name);
}

/// The weights inside as a file in memory.
int Training::holdWeights() {
  const keel_embedded &compiled = program->compiled;
  if (keel_append_tensors(&inside, model.params, model.num_params,
                          compiled.params) ||
      keel_append_tensors(&inside, model.states, model.num_states,
                          compiled.states)) {
    fputs("error: out of memory\n", stderr);
    return 1;
  }
  qsort(inside.data, (size_t)inside.size, sizeof *inside.data, byName);
  held.tensors = inside.data;
  held.num_tensors = inside.size;
  return 0;
}

keel_train_options Training::makeOptions() {
  keel_train_options options;
  keel_train_options_init(&options);
  options.context = &threads.context;
  options.data = data.get();
  options.validation = flags.validationData.size ? validation.get() : nullptr;
  options.validation_fraction = flags.validationFraction;
  options.epochs = flags.epochs;
  options.steps = flags.steps;
  options.batch_size = flags.batchSize;
  options.accumulate = flags.accumulate;
  options.seed = flags.seed;
  options.shuffle = flags.shuffle;
  options.standardize = program->compiled.standardized != 0;
  options.keep_best = !strcmp(flags.keep, "best");
  options.early_stopping = flags.earlyStopping;
  options.checkpoint_every = flags.checkpointEvery;
  options.weights = flags.weights;
  if (!flags.weights && !flags.resume && program->compiled.params) {
    options.weights = program->source;
    options.held = &held;
  }
  options.resume = flags.resume;
  options.output = flags.output;
  options.log = flags.log;
  options.model_hash = program->compiled.model_hash;
  options.settings = program->settings;
  options.num_settings = (int32_t)program->num_settings;
  options.log_settings = paths.data;
  options.num_log_settings = (int32_t)paths.size;
  options.quiet = flags.quiet;
  return options;
}

void Training::report(const keel_train_report &report) {
  if (flags.quiet)
    return;
  fprintf(stderr, "%lld steps, %.1f s, loss %.4f", (long long)report.steps,
          report.seconds, report.train_loss);
  if (report.has_validation)
    fprintf(stderr, ", validation loss %.4f", report.validation_loss);
  if (report.has_validation && !isnan(report.validation_accuracy))
    fprintf(stderr, ", validation accuracy %.4f", report.validation_accuracy);
  fputc('\n', stderr);
  if (flags.output)
    fprintf(stderr, "weights: %s\n", flags.output);
  if (flags.log)
    fprintf(stderr, "log: %s\n", flags.log);
}

int Training::run() {
  if (open())
    return 1;
  if (int code = keel_start_threads(flags.threads, &threads))
    return code;
  if (describePaths() || (program->compiled.params && holdWeights()))
    return 1;
  keel_train_options options = makeOptions();
  keel_train_report result = {};
  keel_error error = {};
  if (keel_train(&model, &options, nullptr, &result, &error))
    return keel_report(&error);
  report(result);
  return result.interrupted ? 128 + result.interrupted : 0;
}

/// What can be said of the flags alone, as the driver says it.
static int check(const TrainFlags &flags) {
  if (!flags.data.size)
    return keel_fail_command_line("train needs --data=FILE");
  if (flags.batchSize < 1 || flags.accumulate < 1 || flags.epochs < 0 ||
      flags.steps < 0)
    return keel_fail_command_line(
        "--batch-size and --accumulate must be at least 1, --epochs and "
        "--steps must not be negative");
  if (flags.steps > 0 && flags.hasEpochs)
    return keel_fail_command_line("give --epochs or --steps, not both");
  if (strcmp(flags.keep, "best") && strcmp(flags.keep, "last"))
    return keel_fail_command_line("--keep must be best or last");
  if (flags.validationData.size && flags.validationFraction != 0.0)
    return keel_fail_command_line(
        "give --validation-data or --validation-fraction, not both");
  if (!(flags.validationFraction >= 0.0 && flags.validationFraction < 1.0))
    return keel_fail_command_line("--validation-fraction must be in [0, 1)");
  if (flags.weights && flags.resume)
    return keel_fail_command_line("give --weights or --resume, not both");
  return 0;
}

int keel_program_train(const keel_program *program, int argc, char **argv) {
  TrainFlags flags;
  Flag list[] = {
      {"data", &flags.data, "[NAME=]FILE", "Training data: .npy, .csv or IDX"},
      {"labels", &flags.labels, "[NAME=]FILE", "Its labels, for .npy and IDX"},
      {"label-column", &flags.labelColumn, "NAME|INDEX",
       "The column of a .csv that holds the labels (default: the last)"},
      {"validation-data", &flags.validationData, "[NAME=]FILE",
       "Data to validate on"},
      {"validation-labels", &flags.validationLabels, "[NAME=]FILE",
       "Its labels"},
      {"validation-fraction", &flags.validationFraction, "F",
       "Keep the last F of the shuffled data for validation"},
      {"epochs", &flags.epochs, "N", "Passes over the data (default: 1)"},
      {"steps", &flags.steps, "N", "Steps to run, in place of epochs"},
      {"batch-size", &flags.batchSize, "N", "Rows of a step (default: 32)"},
      {"accumulate", &flags.accumulate, "K",
       "Batches whose gradients are averaged to a step"},
      {"seed", &flags.seed, "S",
       "What weights and orders are drawn from (default: 0)"},
      {"standardize", &flags.standardize,
       "Standardize inputs by the training set's mean and variance"},
      {"shuffle", &flags.shuffle, "A new order every epoch (default: true)"},
      {"weights", &flags.weights, "FILE", "Weights to start from"},
      {"output", &flags.output, "FILE",
       "Where the trained weights go, a .safetensors file (also -o)"},
      {"keep", &flags.keep, "best|last", "Which weights the output holds"},
      {"checkpoint-every", &flags.checkpointEvery, "STEPS",
       "Write the output every so many steps; the one before stays as "
       "FILE.previous"},
      {"resume", &flags.resume, "FILE",
       "A checkpoint to go on from; --log goes on too"},
      {"early-stopping", &flags.earlyStopping, "EPOCHS",
       "Stop after so many epochs without a better validation loss"},
      {"log", &flags.log, "FILE", "A JSON line for every step and epoch"},
      {"threads", &flags.threads, "N", "Threads to use (default: the cores)"},
      {"quiet", &flags.quiet, "Print nothing but warnings and errors"}};
  constexpr int count = sizeof list / sizeof *list;
  int parsed = keel_parse_flags(
      "usage: train [FLAGS]\n\nThe loss, the optimizer and clipping are "
      "compiled in.",
      list, count, argc, argv);
  if (parsed)
    return parsed == 1 ? 0 : parsed;
  flags.hasEpochs = keel_flag_is_seen(list, count, "epochs");
  if (int code = check(flags))
    return code;
  return Training(program, flags).run();
}
