//===- Support.h - Memory, numbers and files for the runtime --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime does without the C++ standard library, so what it needs of one is
// here. Functions shared between files have C linkage: the archive then asks a
// linker for no C++ symbol.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_SUPPORT_H
#define KEEL_LIB_RUNTIME_SUPPORT_H

#include "keel/Runtime/Error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace keel {

/// A growing array of trivially copyable elements. Growing returns false when
/// memory is out.
template <typename T> struct Vec {
  T *data = nullptr;
  int64_t size = 0;
  int64_t capacity = 0;

  Vec() = default;
  Vec(const Vec &) = delete;
  Vec &operator=(const Vec &) = delete;
  ~Vec() { free(data); }

  T &operator[](int64_t i) { return data[i]; }
  const T &operator[](int64_t i) const { return data[i]; }
  T *begin() { return data; }
  T *end() { return data + size; }

  bool reserve(int64_t wanted) {
    if (wanted <= capacity)
      return true;
    int64_t grown = capacity < 16 ? 16 : capacity + capacity / 2;
    if (grown < wanted)
      grown = wanted;
    if (grown > INT64_MAX / (int64_t)sizeof(T))
      return false;
    T *moved = (T *)realloc(data, (size_t)grown * sizeof(T));
    if (!moved)
      return false;
    data = moved;
    capacity = grown;
    return true;
  }
  bool push(const T &value) {
    if (size == capacity && !reserve(size + 1))
      return false;
    data[size++] = value;
    return true;
  }
  /// Gives the storage away.
  T *release() {
    T *given = data;
    data = nullptr;
    size = capacity = 0;
    return given;
  }
};

/// What a C function that frees is for a scope.
template <typename T, void (*Free)(T *)> struct Scoped {
  T value = {};
  Scoped() = default;
  Scoped(const Scoped &) = delete;
  Scoped &operator=(const Scoped &) = delete;
  ~Scoped() { Free(&value); }
  T *operator->() { return &value; }
  T *get() { return &value; }
};

/// Copies of at most eight bytes from and to anywhere.
template <typename T> T load(const void *from) {
  T value;
  memcpy(&value, from, sizeof(T));
  return value;
}

/// a * b, false where it does not fit or either is negative.
inline bool multiply(int64_t a, int64_t b, int64_t *product) {
  return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, product);
}

inline int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t maximum(int64_t a, int64_t b) { return a > b ? a : b; }

/// A file's bytes where the system keeps them, to be read alone: they come into
/// memory when they are looked at, and may leave it. All zero is a valid empty
/// one.
struct Mapping {
  void *data;
  int64_t size;
};

/// A file that appears whole or not at all.
struct OutputFile {
  FILE *stream = nullptr;
  char path[4096];
  char temporary[4096 + 64];
  bool direct = false; ///< a device or a pipe: nothing to rename
  /// Set, what the path held before stays under its name and this end.
  const char *keep = nullptr;
};

} // namespace keel

extern "C" {

/// Reads all of `path` with a NUL after the last byte (not counted in `size`).
int keel_read_file(const char *path, keel::Vec<char> *contents,
                   keel_error *error);

/// Maps a regular file that is not empty.
int keel_mapping_open(const char *path, keel::Mapping *mapping,
                      keel_error *error);
void keel_mapping_free(keel::Mapping *mapping);
/// Gives back the memory that bytes of a mapping take until they are looked at
/// again: who goes through a large file once needs little of it at a time.
void keel_mapping_forget(const void *begin, int64_t bytes);

/// Bytes of the machine's memory, or the process's limit if that is less.
int64_t keel_get_memory(void);

/// Whether the regular file `path` would take a quarter of the memory that the
/// process may have, or more.
bool keel_is_large_file(const char *path);

/// Opens a temporary file beside `path`.
int keel_output_open(keel::OutputFile *file, const char *path,
                     keel_error *error);
/// Syncs it and renames it to `path`; on failure removes it.
int keel_output_commit(keel::OutputFile *file, keel_error *error);
/// Removes what writers of `path` left that died.
void keel_output_clean(const char *path);
/// Removes it. Does nothing to a committed or unopened file.
void keel_output_discard(keel::OutputFile *file);

/// "out of memory" as an error.
int keel_fail_memory(keel_error *error, const char *file, int64_t bytes);

/// Reads a decimal number that fills [text, end), correctly rounded whatever
/// the locale; spaces around it are allowed. `*end` must be readable. False
/// where it is no number. "nan" and "inf" are numbers.
bool keel_parse_number(const char *text, const char *end, double *value);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_SUPPORT_H
