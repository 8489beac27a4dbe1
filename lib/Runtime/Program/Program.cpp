//===- Program.cpp - A compiled model's subcommands -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "keel/Runtime/Trainer.h"

using namespace keel;

int keel_report(const keel_error *error) {
  char text[sizeof(keel_error) + 64];
  fprintf(stderr, "%s\n", keel_error_format(error, text, sizeof text));
  return 1;
}

int keel_name_files(const Texts *flags, NamedFiles *files) {
  for (int64_t i = 0; i < flags->size; ++i) {
    const char *text = (*flags)[i];
    const char *equals = strchr(text, '=');
    const char *slash = strchr(text, '/');
    bool isNamed = equals && equals[1] && (!slash || slash > equals);
    char *name = isNamed ? strndup(text, (size_t)(equals - text)) : nullptr;
    if ((isNamed && !name) ||
        !files->list.push({name, isNamed ? equals + 1 : text})) {
      fputs("error: out of memory\n", stderr);
      return 1;
    }
  }
  return 0;
}

int keel_start_threads(int64_t count, Threads *threads) {
  if (count < 0 || count > 65536)
    return keel_fail_command_line("--threads must not be negative");
  threads->pool = keel_pool_create((int)count);
  keel_pool_context(threads->pool, &threads->context);
  if (threads->pool)
    return 0;
  fputs("error: the threads cannot be started\n", stderr);
  return 1;
}

const keel_program *keel_choose_program(const keel_program *program,
                                        bool standardizes, const char *path) {
  if (!standardizes || program->compiled.standardized)
    return program;
  keel_error error = {};
  if (!program->standardizing) {
    keel_fail(&error, path,
              path ? "was trained on standardized inputs, this program does "
                     "not standardize them: compile it with --standardize or "
                     "with these weights"
                   : "this program does not standardize inputs: compile it "
                     "with --standardize");
    keel_report(&error);
  }
  return program->standardizing;
}

int keel_read_weights_info(const char *path, bool previous, WeightsInfo *info) {
  Scoped<keel_safetensors, keel_safetensors_close> file;
  keel_error error = {};
  if (keel_safetensors_open(path, file.get(), &error)) {
    char before[4096 + 64];
    snprintf(before, sizeof before, "%s%s", path, KEEL_PREVIOUS);
    if (!previous || keel_safetensors_open(before, file.get(), nullptr))
      return keel_report(&error);
  }
  const char *flag = keel_safetensors_metadata(file.get(), "standardized");
  info->isStandardized = flag && !strcmp(flag, "true");
  return keel_class_names_read(file.get(), path, info->classes.get(), &error)
             ? keel_report(&error)
             : 0;
}

int keel_open_rows(const keel_model *model, const DataFlags *flags,
                   const char *const *classes, int32_t num_classes,
                   keel_dataset *dataset) {
  NamedFiles data, labels;
  if (keel_name_files(&flags->data, &data) ||
      keel_name_files(&flags->labels, &labels))
    return 1;
  keel_dataset_options options = {};
  options.data = data.list.data;
  options.num_data = (int32_t)data.list.size;
  options.labels = labels.list.data;
  options.num_labels = (int32_t)labels.list.size;
  options.want_labels = flags->wantLabels;
  options.label_column = flags->labelColumn;
  options.class_names = classes;
  options.num_class_names = num_classes;
  keel_error error = {};
  return keel_dataset_open(model, &options, dataset, &error)
             ? keel_report(&error)
             : 0;
}

int keel_load_program_weights(const keel_program *program, const char *path,
                              keel_weights *weights) {
  const keel_model *model = program->compiled.model;
  keel_error error = {}, note = {};
  if (keel_weights_create(model, weights, &error))
    return keel_report(&error);
  if (!path) {
    if (program->compiled.params)
      memcpy(weights->params, program->compiled.params,
             (size_t)model->params_bytes);
    if (program->compiled.states)
      memcpy(weights->states, program->compiled.states,
             (size_t)model->states_bytes);
    return 0;
  }
  if (keel_load_weights(model, path, weights, nullptr, &note, &error))
    return keel_report(&error);
  if (note.message[0])
    fprintf(stderr, "%s: note: %s\n", path, note.message);
  return 0;
}

namespace {

struct Subcommand {
  const char *name, *summary;
  keel_subcommand run;
};

} // namespace

int keel_program_main(const keel_program *program, int argc, char **argv) {
  const Subcommand commands[] = {
      {"train", "Train the model on data", program->train},
      {"eval", "Measure its loss and accuracy on data", program->eval},
      {"run", "Compute its outputs", program->run}};
  const char *first = argc > 1 ? argv[1] : "";
  for (const Subcommand &command : commands)
    if (command.run && !strcmp(first, command.name))
      return command.run(program, argc - 2, argv + 2);
  bool isHelp = !strcmp(first, "--help") || !strcmp(first, "-h") ||
                !strcmp(first, "help");
  FILE *to = isHelp ? stdout : stderr;
  for (const Subcommand &command : commands)
    if (!command.run && !strcmp(first, command.name))
      fprintf(to,
              "error: this program was compiled without '%s', see --mode "
              "of keel compile\n\n",
              first);
  const char *slash = strrchr(program->source, '/');
  fprintf(to,
          "Model '%s', compiled by Keel from %s.\n\nusage: %s SUBCOMMAND "
          "[FLAGS] ...\n\n",
          program->compiled.model->name, slash ? slash + 1 : program->source,
          argc ? argv[0] : "program");
  for (const Subcommand &command : commands)
    if (command.run)
      fprintf(to, "  %-10s%s\n", command.name, command.summary);
  fprintf(to, "\nEach tells more by --help.\n");
  return isHelp ? 0 : 2;
}
