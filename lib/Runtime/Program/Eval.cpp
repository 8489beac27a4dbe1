//===- Eval.cpp - A program's subcommand eval -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "keel/Runtime/Evaluate.h"

using namespace keel;

namespace {

struct EvalFlags {
  const char *weights = nullptr, *labelColumn = nullptr;
  Texts data, labels;
  int64_t threads = 0;
  bool json = false, quiet = false;
};

} // namespace

static void print(const keel_evaluation &result, bool json) {
  if (!json) {
    printf("loss %.4f", result.loss);
    if (result.has_accuracy)
      printf(", accuracy %.4f (%lld of %lld right)", result.accuracy,
             (long long)result.correct, (long long)result.predictions);
    printf(", %lld samples\n", (long long)result.samples);
    return;
  }
  Scoped<keel_text, keel_text_free> text;
  keel_text_append(text.get(), "{\"loss\": ");
  keel_json_append_number(text.get(), result.loss);
  keel_text_append(text.get(), ", \"accuracy\": ");
  if (result.has_accuracy)
    keel_json_append_number(text.get(), result.accuracy);
  else
    keel_text_append(text.get(), "null");
  printf("%s, \"samples\": %lld}\n", text->data ? text->data : "",
         (long long)result.samples);
}

static int evaluate(const keel_program *program, const EvalFlags &flags) {
  WeightsInfo info;
  if (flags.weights && keel_read_weights_info(flags.weights, false, &info))
    return 1;
  program = keel_choose_program(program, info.isStandardized, flags.weights);
  if (!program)
    return 1;
  keel_model model = *program->compiled.model;
  Scoped<keel_dataset, keel_dataset_free> dataset;
  DataFlags files = {flags.data, flags.labels, flags.labelColumn, true};
  if (keel_open_rows(&model, &files, info.classes->names, info.classes->count,
                     dataset.get()))
    return 1;
  // The blocks are those of the driver, and so are the sums over them.
  model.max_rows = minimum(model.max_rows, minimum(dataset->rows, blockRows));
  Scoped<keel_weights, keel_weights_free> weights;
  Threads threads;
  if (keel_load_program_weights(program, flags.weights, weights.get()))
    return 1;
  if (int code = keel_start_threads(flags.threads, &threads))
    return code;
  keel_evaluation result = {};
  keel_error error = {};
  if (keel_evaluate(&model, &threads.context, weights.get(), dataset.get(),
                    &result, &error))
    return keel_report(&error);
  print(result, flags.json);
  return 0;
}

int keel_program_eval(const keel_program *program, int argc, char **argv) {
  EvalFlags flags;
  Flag list[] = {
      {"weights", &flags.weights, "FILE", "The trained weights"},
      {"data", &flags.data, "[NAME=]FILE", "Data: .npy, .csv or IDX"},
      {"labels", &flags.labels, "[NAME=]FILE", "Its labels, for .npy and IDX"},
      {"label-column", &flags.labelColumn, "NAME|INDEX",
       "The column of a .csv that holds the labels (default: the last)"},
      {"json", &flags.json, "Print {\"loss\", \"accuracy\", \"samples\"}"},
      {"threads", &flags.threads, "N", "Threads to use (default: the cores)"},
      {"quiet", &flags.quiet, "Print nothing but results and errors"}};
  int parsed = keel_parse_flags("usage: eval [FLAGS]", list,
                                sizeof list / sizeof *list, argc, argv);
  if (parsed)
    return parsed == 1 ? 0 : parsed;
  if (!flags.data.size || (!flags.weights && !program->compiled.params))
    return keel_fail_command_line(
        program->compiled.params ? "eval needs --data=FILE"
                                 : "eval needs --weights=FILE and --data=FILE");
  return evaluate(program, flags);
}
