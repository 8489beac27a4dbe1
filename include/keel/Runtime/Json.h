//===- Json.h - A strict JSON reader, and text that is JSON ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_JSON_H
#define KEEL_RUNTIME_JSON_H

#include "keel/Runtime/Error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum keel_json_kind {
  KEEL_JSON_NULL,
  KEEL_JSON_FALSE,
  KEEL_JSON_TRUE,
  KEEL_JSON_NUMBER,
  KEEL_JSON_STRING,
  KEEL_JSON_ARRAY,
  KEEL_JSON_OBJECT
} keel_json_kind;

/// One value. Its children are a list: `child` is the first, `next` the one
/// after; both index `keel_json::values`, -1 ends.
typedef struct keel_json_value {
  int32_t kind;  ///< keel_json_kind
  int32_t count; ///< children
  int64_t child, next;
  const char *key;    ///< in an object, else null
  const char *string; ///< of a string, else null
  double number;
  int64_t integer; ///< the number where it is an integer below 2^53, else -1
} keel_json_value;

/// A parsed document; values[0] is its root. All zero is a valid empty one.
typedef struct keel_json {
  keel_json_value *values;
  int64_t count;
  char *strings;
} keel_json;

/// Parses a text of `length` bytes, which need no NUL after them. Errors, at
/// `file`'s line and column: what RFC 8259 forbids, duplicate keys, more than
/// 64 levels, NUL characters in strings.
int keel_json_parse(const char *text, int64_t length, const char *file,
                    keel_json *json, keel_error *error);

/// Frees a document and leaves an empty one.
void keel_json_free(keel_json *json);

/// The member `key` of an object, null where there is none.
const keel_json_value *keel_json_get(const keel_json *json,
                                     const keel_json_value *object,
                                     const char *key);

/// A text that grows; all zero is a valid empty one. When memory is out it
/// stops growing and `failed` is set, to be checked once at the end.
typedef struct keel_text {
  char *data; ///< NUL-terminated once anything was appended
  int64_t length, capacity;
  int32_t failed;
} keel_text;

void keel_text_append(keel_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void keel_text_free(keel_text *text);

/// Appends a string in quotes, escaped.
void keel_json_append_string(keel_text *text, const char *string);

/// Appends a number in the shortest form that reads back as the same double;
/// null for a non-finite one.
void keel_json_append_number(keel_text *text, double number);

/// As keel_json_append_number, so that the same float reads back.
void keel_json_append_float(keel_text *text, float number);

/// Appends `"key": `, after a comma unless it is the first of its object.
void keel_json_append_key(keel_text *text, const char *key);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_JSON_H
