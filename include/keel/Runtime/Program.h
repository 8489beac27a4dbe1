//===- Program.h - A compiled model that trains and runs by itself --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of emitted programs, with the flags, files, messages and
// exit codes of `keel train`, `eval` and `run`. An emitted object holds the
// `keel_program`; the rest of the program is the runtime.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_PROGRAM_H
#define KEEL_RUNTIME_PROGRAM_H

#include "keel/Runtime/Embedded.h"
#include "keel/Runtime/Safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct keel_program keel_program;

/// A subcommand, given the arguments behind its name.
typedef int (*keel_subcommand)(const keel_program *program, int argc,
                               char **argv);

struct keel_program {
  keel_embedded compiled;
  /// The same with standardized inputs, for data and weights that want it; null
  /// where there is none.
  const keel_program *standardizing;
  const char *source; ///< the model's file, as `keel compile` was given it
  /// Loss, optimizer and clip, as a checkpoint has them.
  const keel_key_value *settings;
  int64_t num_settings;
  /// Those below, null where the model was compiled without: then no code of
  /// theirs is linked.
  keel_subcommand train, eval, run;
};

int keel_program_train(const keel_program *program, int argc, char **argv);
int keel_program_eval(const keel_program *program, int argc, char **argv);
int keel_program_run(const keel_program *program, int argc, char **argv);

/// The one of an emitted program.
extern const keel_program keel_this_program;

/// Runs the command line and returns the code to exit with: 0 done, 1 the input
/// is wrong, 2 the command line is; 128 and a signal that ended training in
/// order.
int keel_program_main(const keel_program *program, int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_PROGRAM_H
