//===- Flags.h - A program's command line ---------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_PROGRAM_FLAGS_H
#define KEEL_LIB_RUNTIME_PROGRAM_FLAGS_H

#include "../Support.h"

namespace keel {

/// The values of a flag that may be repeated.
typedef Vec<const char *> Texts;

/// One flag and where its value goes: `--name=value` or `--name value`.
struct Flag {
  const char *name;
  const char *value; ///< what the help calls it; null: a switch
  const char *help;
  enum Kind { Text, List, Integer, Count, Real, Switch } kind;
  void *target;
  bool isSeen = false;

  Flag(const char *name, const char **target, const char *value,
       const char *help)
      : name(name), value(value), help(help), kind(Text), target(target) {}
  Flag(const char *name, Texts *target, const char *value, const char *help)
      : name(name), value(value), help(help), kind(List), target(target) {}
  Flag(const char *name, int64_t *target, const char *value, const char *help)
      : name(name), value(value), help(help), kind(Integer), target(target) {}
  Flag(const char *name, uint64_t *target, const char *value, const char *help)
      : name(name), value(value), help(help), kind(Count), target(target) {}
  Flag(const char *name, double *target, const char *value, const char *help)
      : name(name), value(value), help(help), kind(Real), target(target) {}
  Flag(const char *name, bool *target, const char *help)
      : name(name), value(nullptr), help(help), kind(Switch), target(target) {}
};

} // namespace keel

extern "C" {

/// Prints `error: MESSAGE` and returns 2.
int keel_fail_command_line(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/// Reads the arguments behind a subcommand. 0: go on; 1: the help was asked for
/// and printed; 2: an error was printed.
int keel_parse_flags(const char *usage, keel::Flag *flags, int count, int argc,
                     char **argv);

/// Whether the flag of that name was given.
bool keel_flag_is_seen(const keel::Flag *flags, int count, const char *name);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_PROGRAM_FLAGS_H
