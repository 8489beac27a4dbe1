//===- Text.cpp - Text that grows, and JSON in it -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "keel/Runtime/Json.h"

#include <math.h>
#include <stdarg.h>

using namespace keel;

static bool grow(keel_text *text, int64_t more) {
  if (text->failed)
    return false;
  int64_t wanted = text->length + more + 1;
  if (wanted <= text->capacity)
    return true;
  int64_t capacity = maximum(wanted, maximum(256, text->capacity * 2));
  char *moved = (char *)realloc(text->data, (size_t)capacity);
  if (!moved) {
    text->failed = 1;
    return false;
  }
  text->data = moved;
  text->capacity = capacity;
  return true;
}

static void appendBytes(keel_text *text, const char *bytes, int64_t count) {
  if (!grow(text, count))
    return;
  memcpy(text->data + text->length, bytes, (size_t)count);
  text->length += count;
  text->data[text->length] = '\0';
}

void keel_text_append(keel_text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  if (length < 0 || !grow(text, length))
    return;
  va_start(arguments, format);
  vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  text->length += length;
}

void keel_text_free(keel_text *text) {
  free(text->data);
  *text = {};
}

void keel_json_append_string(keel_text *text, const char *string) {
  appendBytes(text, "\"", 1);
  for (const char *p = string; *p; ++p) {
    unsigned char c = (unsigned char)*p;
    if (c == '"' || c == '\\')
      keel_text_append(text, "\\%c", c);
    else if (c == '\n')
      appendBytes(text, "\\n", 2);
    else if (c == '\t')
      appendBytes(text, "\\t", 2);
    else if (c < 0x20)
      keel_text_append(text, "\\u%04x", c);
    else
      appendBytes(text, p, 1);
  }
  appendBytes(text, "\"", 1);
}

/// Of the precisions least ... most the first that `reads` back. The least is
/// one whose decimals are all told apart by the type: %g drops trailing zeros,
/// so if it reads back, it is the shortest too (but for subnormal numbers).
template <typename Reads>
static void appendShortest(keel_text *text, double number, int least, int most,
                           Reads reads) {
  if (!isfinite(number)) {
    appendBytes(text, "null", 4);
    return;
  }
  char buffer[40];
  for (int precision = least; precision <= most; ++precision) {
    int length = snprintf(buffer, sizeof(buffer), "%.*g", precision, number);
    for (char *p = buffer; *p; ++p)
      if (*p == ',') // a locale's decimal point
        *p = '.';
    double back;
    if (keel_parse_number(buffer, buffer + length, &back) && reads(back))
      break;
  }
  appendBytes(text, buffer, (int64_t)strlen(buffer));
}

void keel_json_append_number(keel_text *text, double number) {
  appendShortest(text, number, 15, 17,
                 [=](double back) { return back == number; });
}

void keel_json_append_float(keel_text *text, float number) {
  appendShortest(text, number, 6, 9,
                 [=](double back) { return (float)back == number; });
}

void keel_json_append_key(keel_text *text, const char *key) {
  if (text->length && text->data[text->length - 1] != '{')
    appendBytes(text, ", ", 2);
  keel_json_append_string(text, key);
  appendBytes(text, ": ", 2);
}
