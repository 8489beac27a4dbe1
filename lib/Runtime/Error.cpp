//===- Error.cpp - What went wrong, and where -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// Messages quote file contents: what would steer a terminal becomes `?`.
static void sanitize(char *text) {
  for (; *text; ++text)
    if (((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f)
      *text = '?';
}

static int fill(keel_error *error, const char *file, int64_t line,
                int64_t column, const char *format, va_list arguments) {
  if (!error)
    return 1;
  snprintf(error->file, sizeof(error->file), "%s", file ? file : "");
  error->line = line;
  error->column = column;
  vsnprintf(error->message, sizeof(error->message), format, arguments);
  sanitize(error->message);
  return 1;
}

int keel_fail(keel_error *error, const char *file, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int result = fill(error, file, 0, 0, format, arguments);
  va_end(arguments);
  return result;
}

int keel_fail_at(keel_error *error, const char *file, int64_t line,
                 int64_t column, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int result = fill(error, file, line, column, format, arguments);
  va_end(arguments);
  return result;
}

int keel_fail_errno(keel_error *error, const char *file, const char *text) {
  const char *reason = strerror(errno);
  return keel_fail(error, file, "%s: %c%s", text, tolower(reason[0]),
                   reason[0] ? reason + 1 : "");
}

const char *keel_error_format(const keel_error *error, char *buffer,
                              size_t size) {
  char place[64] = "";
  if (error->file[0] && error->line > 0 && error->column > 0)
    snprintf(place, sizeof(place), ":%lld:%lld", (long long)error->line,
             (long long)error->column);
  else if (error->file[0] && error->line > 0)
    snprintf(place, sizeof(place), ":%lld", (long long)error->line);
  snprintf(buffer, size, "%s%s%serror: %s", error->file, place,
           error->file[0] ? ": " : "", error->message);
  return buffer;
}
