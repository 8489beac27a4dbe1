//===- Run.cpp - A program's subcommand run -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "keel/Runtime/Csv.h"
#include "keel/Runtime/Evaluate.h"
#include "keel/Runtime/Whole.h"

#include <errno.h>
#include <sys/stat.h>

using namespace keel;

namespace {

struct RunFlags {
  const char *weights = nullptr, *outputDir = nullptr;
  Texts inputs, outputs;
  uint64_t seed = 0;
  int64_t threads = 0;
  bool hasSeed = false, quiet = false;
};

typedef char Path[4096];

/// One run: its flags, and the arrays that it reads and makes.
struct Run {
  const keel_program *program;
  const RunFlags &flags;
  keel_model model;
  NamedFiles wanted;
  Threads threads;
  Scoped<keel_weights, keel_weights_free> weights;
  keel_array *inputs = nullptr, *outputs = nullptr;

  Run(const keel_program *program, const RunFlags &flags)
      : program(program), flags(flags), model(*program->compiled.model) {}
  Run(const Run &) = delete;
  ~Run() {
    for (int32_t i = 0; inputs && i < model.num_inputs; ++i)
      keel_array_free(&inputs[i]);
    for (int32_t i = 0; outputs && i < model.num_outputs; ++i)
      keel_array_free(&outputs[i]);
    free(inputs);
    free(outputs);
  }

  bool getPath(int32_t index, Path &path);
  int checkOutputs();
  int load();
  int runRows();
  int runWhole();
  int write();
  int run();
};

} // namespace

static bool endsWith(const char *text, const char *end) {
  size_t length = strlen(text), size = strlen(end);
  return length >= size && !strcmp(text + length - size, end);
}

/// The file for an output; false where none is asked for.
bool Run::getPath(int32_t index, Path &path) {
  if (flags.outputDir) {
    snprintf(path, sizeof path, "%s/output_%d.npy", flags.outputDir, index);
    return true;
  }
  int32_t next = 0;
  for (const keel_named_file &file : wanted.list)
    if (file.name ? !strcmp(file.name, model.outputs[index].name)
                  : next++ == index) {
      snprintf(path, sizeof path, "%s", file.path);
      return true;
    }
  return false;
}

/// A folder and those above it.
static int makeFolder(const char *path) {
  Path part;
  for (size_t i = 1; i < sizeof part && path[i - 1]; ++i) {
    if (path[i] && path[i] != '/')
      continue;
    snprintf(part, i + 1, "%s", path);
    if (mkdir(part, 0777) && errno != EEXIST) {
      keel_error error = {};
      keel_fail_errno(&error, path, "the folder cannot be made");
      return keel_report(&error);
    }
  }
  return 0;
}

int Run::checkOutputs() {
  if (keel_name_files(&flags.outputs, &wanted))
    return 1;
  Scoped<keel_text, keel_text_free> names;
  int64_t used = 0;
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    Path path;
    bool isWanted = getPath(i, path);
    used += isWanted;
    keel_text_append(names.get(), "%s%s", i ? ", " : "", model.outputs[i].name);
    if (isWanted && !endsWith(path, ".npy") && !endsWith(path, ".csv"))
      return keel_fail_command_line("--output must end in .npy or .csv, got %s",
                                    path);
  }
  if (!flags.outputDir && used != flags.outputs.size)
    return keel_fail_command_line("--output names an output that the model "
                                  "does not have; it has: %s",
                                  names->data ? names->data : "");
  return flags.outputDir ? makeFolder(flags.outputDir) : 0;
}

int Run::load() {
  keel_error error = {};
  bool isInside = program->compiled.params && !flags.hasSeed;
  if (flags.weights || isInside)
    return keel_load_program_weights(program, flags.weights, weights.get());
  if (!model.init || (!flags.hasSeed && model.num_params > 0)) {
    fprintf(stderr, "error: the model has parameters: give --weights=FILE%s\n",
            model.init ? ", or --seed=S for initial ones" : "");
    return 1;
  }
  return keel_init_weights(&model, &threads.context, (int64_t)flags.seed,
                           weights.get(), &error)
             ? keel_report(&error)
             : 0;
}

int Run::runRows() {
  Scoped<keel_dataset, keel_dataset_free> dataset;
  Texts none;
  DataFlags files = {flags.inputs, none, nullptr, false};
  keel_error error = {};
  if (keel_open_rows(&model, &files, nullptr, 0, dataset.get()) || load())
    return 1;
  model.max_rows = minimum(model.max_rows, minimum(dataset->rows, blockRows));
  return keel_infer_rows(&model, &threads.context, weights.get(), dataset.get(),
                         outputs, &error)
             ? keel_report(&error)
             : 0;
}

int Run::runWhole() {
  NamedFiles files;
  keel_error error = {};
  if (keel_name_files(&flags.inputs, &files))
    return 1;
  if (keel_inputs_open(&model, files.list.data, (int32_t)files.list.size,
                       inputs, &error))
    return keel_report(&error);
  if (load())
    return 1;
  return keel_infer_whole(&model, &threads.context, weights.get(), inputs,
                          outputs, &error)
             ? keel_report(&error)
             : 0;
}

int Run::write() {
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    Path path;
    keel_error error = {};
    if (!getPath(i, path))
      continue;
    if (endsWith(path, ".csv") ? keel_csv_write(path, &outputs[i], &error)
                               : keel_npy_write(path, &outputs[i], &error))
      return keel_report(&error);
  }
  return 0;
}

int Run::run() {
  if (int code = checkOutputs())
    return code;
  if (int code = keel_start_threads(flags.threads, &threads))
    return code;
  inputs = (keel_array *)calloc((size_t)model.num_inputs + 1, sizeof *inputs);
  outputs =
      (keel_array *)calloc((size_t)model.num_outputs + 1, sizeof *outputs);
  if (!inputs || !outputs) {
    fputs("error: out of memory\n", stderr);
    return 1;
  }
  int code = keel_model_is_whole(&model) ? runWhole() : runRows();
  return code ? code : write();
}

int keel_program_run(const keel_program *program, int argc, char **argv) {
  RunFlags flags;
  Flag list[] = {
      {"weights", &flags.weights, "FILE", "The trained weights"},
      {"seed", &flags.seed, "S",
       "Initial weights drawn from S, in place of trained ones"},
      {"input", &flags.inputs, "[NAME=]FILE",
       "An input, in the model's order unless named"},
      {"output", &flags.outputs, "[NAME=]FILE",
       "Where an output goes: .npy or .csv (also -o)"},
      {"output-dir", &flags.outputDir, "DIR",
       "A folder for output_0.npy, output_1.npy, ..."},
      {"threads", &flags.threads, "N", "Threads to use (default: the cores)"},
      {"quiet", &flags.quiet, "Print nothing but errors"}};
  constexpr int count = sizeof list / sizeof *list;
  int parsed = keel_parse_flags("usage: run [FLAGS]", list, count, argc, argv);
  if (parsed)
    return parsed == 1 ? 0 : parsed;
  flags.hasSeed = keel_flag_is_seen(list, count, "seed");
  if (!flags.outputs.size == !flags.outputDir)
    return keel_fail_command_line("give --output=FILE or --output-dir=DIR");
  if (flags.weights && flags.hasSeed)
    return keel_fail_command_line("give --weights or --seed, not both");
  if (!flags.inputs.size && program->compiled.model->num_inputs > 0)
    return keel_fail_command_line("run needs --input=FILE");
  WeightsInfo info;
  if (flags.weights && keel_read_weights_info(flags.weights, false, &info))
    return 1;
  program = keel_choose_program(program, info.isStandardized, flags.weights);
  return program ? Run(program, flags).run() : 1;
}
