//===- Flags.cpp - A program's command line -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Flags.h"

#include <errno.h>
#include <stdarg.h>

using namespace keel;

int keel_fail_command_line(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("error: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  return 2;
}

static void printHelp(const char *usage, const Flag *flags, int count) {
  printf("%s\n\n", usage);
  for (int i = 0; i < count; ++i) {
    char text[64];
    if (flags[i].value)
      snprintf(text, sizeof text, "--%s=<%s>", flags[i].name, flags[i].value);
    else
      snprintf(text, sizeof text, "--%s", flags[i].name);
    printf("  %-34s %s\n", text, flags[i].help);
  }
  printf("  %-34s %s\n", "--help", "This text");
}

static Flag *find(Flag *flags, int count, const char *name, size_t length) {
  for (int i = 0; i < count; ++i)
    if (strlen(flags[i].name) == length &&
        !strncmp(flags[i].name, name, length))
      return &flags[i];
  return nullptr;
}

/// Whole numbers, as they are written.
static bool parseInteger(const char *text, int64_t *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 0);
  return end != text && !*end && !errno && *text != ' ';
}

static bool parseCount(const char *text, uint64_t *value) {
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 0);
  return end != text && !*end && !errno && *text != '-' && *text != ' ';
}

static bool parseSwitch(const char *text, bool *value) {
  *value = !text || !strcmp(text, "true") || !strcmp(text, "1");
  return *value || !strcmp(text, "false") || !strcmp(text, "0");
}

static int setFlag(Flag *flag, const char *text) {
  bool good = true;
  switch (flag->kind) {
  case Flag::Text:
    *(const char **)flag->target = text;
    break;
  case Flag::List:
    if (!((Texts *)flag->target)->push(text))
      return keel_fail_command_line("out of memory");
    break;
  case Flag::Integer:
    good = parseInteger(text, (int64_t *)flag->target);
    break;
  case Flag::Count:
    good = parseCount(text, (uint64_t *)flag->target);
    break;
  case Flag::Real:
    good = keel_parse_number(text, text + strlen(text), (double *)flag->target);
    break;
  case Flag::Switch:
    good = parseSwitch(text, (bool *)flag->target);
    break;
  }
  if (!good)
    return keel_fail_command_line(
        "--%s takes a %s, got '%s'", flag->name,
        flag->kind == Flag::Switch ? "true or false" : "number", text);
  if (flag->isSeen && flag->kind != Flag::List)
    return keel_fail_command_line("--%s is given twice", flag->name);
  flag->isSeen = true;
  return 0;
}

static bool isOneOf(const char *const *names, int count, const char *name,
                    size_t length) {
  for (int i = 0; i < count; ++i)
    if (strlen(names[i]) == length && !strncmp(name, names[i], length))
      return true;
  return false;
}

/// What keel's own commands have and a program cannot: it holds no compiler.
static int failUnknown(const char *text, const char *name, size_t length) {
  static const char *const compiled[] = {"loss", "optimizer", "schedule",
                                         "clip"};
  static const char *const measured[] = {"telemetry-every", "report", "replay"};
  if (isOneOf(compiled, 4, name, length))
    return keel_fail_command_line(
        "--%.*s is compiled in: give it to keel compile", (int)length, name);
  if (isOneOf(measured, 3, name, length))
    return keel_fail_command_line("a program has no --%.*s: use keel train",
                                  (int)length, name);
  return keel_fail_command_line("unknown flag '%s'; --help lists the flags",
                                text);
}

int keel_parse_flags(const char *usage, Flag *flags, int count, int argc,
                     char **argv) {
  for (int i = 0; i < argc; ++i) {
    const char *name = argv[i];
    if (*name != '-')
      return keel_fail_command_line(
          "unexpected argument '%s'; --help lists the flags", name);
    name += name[1] == '-' ? 2 : 1;
    if (!strcmp(name, "help") || !strcmp(name, "h")) {
      printHelp(usage, flags, count);
      return 1;
    }
    const char *value = strchr(name, '=');
    size_t length = value ? (size_t)(value - name) : strlen(name);
    bool isShort = length == 1 && *name == 'o';
    Flag *flag = isShort ? find(flags, count, "output", 6)
                         : find(flags, count, name, length);
    if (!flag)
      return failUnknown(argv[i], name, length);
    if (value)
      ++value;
    else if (flag->kind != Flag::Switch && i + 1 < argc)
      value = argv[++i];
    if (!value && flag->kind != Flag::Switch)
      return keel_fail_command_line("--%s needs a value", flag->name);
    if (setFlag(flag, value))
      return 2;
  }
  return 0;
}

bool keel_flag_is_seen(const Flag *flags, int count, const char *name) {
  for (int i = 0; i < count; ++i)
    if (!strcmp(flags[i].name, name))
      return flags[i].isSeen;
  return false;
}
