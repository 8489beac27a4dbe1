//===- Error.h - What went wrong, and where -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_ERROR_H
#define KEEL_RUNTIME_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A message and its place. Functions that take a `keel_error *` return 0 when
/// all is well, else nonzero and fill it; it may be null where only the return
/// value matters. Messages start in lower case and end without a period.
typedef struct keel_error {
  char file[512]; ///< empty where no file is to blame
  int64_t line;   ///< from 1; 0 where there is none
  int64_t column; ///< from 1, in bytes; 0 where there is none
  char message[4096];
} keel_error;

/// Fills `error` with a message about `file` (may be null). Returns 1.
int keel_fail(keel_error *error, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// As keel_fail, with a line and a column.
int keel_fail_at(keel_error *error, const char *file, int64_t line,
                 int64_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/// As keel_fail, with the meaning of errno appended: "TEXT: permission denied".
int keel_fail_errno(keel_error *error, const char *file, const char *text);

/// Writes `FILE:LINE:COL: error: MESSAGE`, leaving out what is not known, and
/// returns `buffer`. Cut to `size` bytes with the NUL.
const char *keel_error_format(const keel_error *error, char *buffer,
                              size_t size);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_ERROR_H
