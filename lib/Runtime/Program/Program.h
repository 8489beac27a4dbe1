//===- Program.h - What the subcommands of a program share ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_PROGRAM_PROGRAM_H
#define KEEL_LIB_RUNTIME_PROGRAM_PROGRAM_H

#include "Flags.h"
#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Program.h"
#include "keel/Runtime/ThreadPool.h"
#include "keel/Runtime/Weights.h"

namespace keel {

/// Rows that one call evaluates or infers, as the driver has it.
constexpr int64_t blockRows = 256;

/// Files of flags of the form `NAME=PATH` or `PATH`.
struct NamedFiles {
  Vec<keel_named_file> list;
  ~NamedFiles() {
    for (const keel_named_file &file : list)
      free((void *)file.name);
  }
};

/// Threads and the context that compiled code finds them by.
struct Threads {
  keel_pool *pool = nullptr;
  keel_context context = {};
  ~Threads() { keel_pool_destroy(pool); }
};

/// What a weights file says beside its tensors.
struct WeightsInfo {
  bool isStandardized = false;
  Scoped<keel_class_names, keel_class_names_free> classes;
};

/// The files that rows come from, as flags name them.
struct DataFlags {
  const Texts &data, &labels;
  const char *labelColumn;
  bool wantLabels;
};

} // namespace keel

extern "C" {

/// Prints a runtime error and returns 1.
int keel_report(const keel_error *error);

int keel_name_files(const keel::Texts *flags, keel::NamedFiles *files);

/// Checks --threads and starts them; the code to exit with.
int keel_start_threads(int64_t count, keel::Threads *threads);

/// The program, or the one that standardizes its inputs; null, with an error
/// printed, where there is none.
const keel_program *keel_choose_program(const keel_program *program,
                                        bool standardizes, const char *path);

/// Reads what a weights file says; where `previous`, of the checkpoint before
/// it if it cannot be read.
int keel_read_weights_info(const char *path, bool previous,
                           keel::WeightsInfo *info);

/// Reads the rows that flags name. `classes` may be null.
int keel_open_rows(const keel_model *model, const keel::DataFlags *flags,
                   const char *const *classes, int32_t num_classes,
                   keel_dataset *dataset);

/// The weights of `path`, or those inside where it is null.
int keel_load_program_weights(const keel_program *program, const char *path,
                              keel_weights *weights);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_PROGRAM_PROGRAM_H
