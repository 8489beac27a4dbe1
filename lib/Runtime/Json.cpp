//===- Json.cpp - A strict JSON reader ------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Json.h"
#include "Support.h"

#include <math.h>

using namespace keel;

namespace {

constexpr int deepest = 64;

int byString(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct Parser {
  const char *text, *p, *end;
  const char *file;
  keel_error *error;
  Vec<keel_json_value> values;
  Vec<char> strings; ///< reserved once: decoded text is never longer

  int fail(const char *what) {
    int64_t line = 1;
    const char *start = text;
    for (const char *c = text; c < p; ++c)
      if (*c == '\n') {
        ++line;
        start = c + 1;
      }
    return keel_fail_at(error, file, line, p - start + 1, "%s", what);
  }
  void skip() {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
      ++p;
  }
  bool eat(char c) {
    if (p == end || *p != c)
      return false;
    ++p;
    return true;
  }
  bool digits() {
    const char *first = p;
    while (p < end && *p >= '0' && *p <= '9')
      ++p;
    return p != first;
  }

  bool hex(uint32_t *unit) {
    if (end - p < 4)
      return false;
    *unit = 0;
    for (int i = 0; i < 4; ++i, ++p) {
      char c = *p, lower = (char)(c | 0x20);
      if (c >= '0' && c <= '9')
        *unit = *unit << 4 | (uint32_t)(c - '0');
      else if (lower >= 'a' && lower <= 'f')
        *unit = *unit << 4 | (uint32_t)(lower - 'a' + 10);
      else
        return false;
    }
    return true;
  }

  void encode(uint32_t c) {
    auto put = [&](uint32_t byte) {
      strings.data[strings.size++] = (char)byte;
    };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6);
      put(0x80 | (c & 63));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12);
      put(0x80 | (c >> 6 & 63));
      put(0x80 | (c & 63));
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 63));
      put(0x80 | (c >> 6 & 63));
      put(0x80 | (c & 63));
    }
  }

  /// After a backslash.
  int escape() {
    static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *name = p < end && *p ? strchr(names, *p) : nullptr;
    if (name) {
      ++p;
      strings.data[strings.size++] = means[name - names];
      return 0;
    }
    uint32_t unit, low;
    if (!eat('u') || !hex(&unit))
      return fail("unknown escape in a string");
    if (unit >= 0xd800 && unit < 0xdc00) {
      if (!eat('\\') || !eat('u') || !hex(&low) || low < 0xdc00 || low > 0xdfff)
        return fail("half a surrogate pair in a string");
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    } else if (unit >= 0xdc00 && unit < 0xe000) {
      return fail("half a surrogate pair in a string");
    }
    if (unit == 0)
      return fail("a string holds a NUL character");
    encode(unit);
    return 0;
  }

  int string(const char **result) {
    if (!eat('"'))
      return fail("expected a string");
    *result = strings.data + strings.size;
    while (true) {
      if (p == end)
        return fail("a string does not end");
      if (eat('"'))
        break;
      if ((unsigned char)*p < 0x20)
        return fail("a control character in a string");
      if (!eat('\\'))
        strings.data[strings.size++] = *p++;
      else if (escape())
        return 1;
    }
    strings.data[strings.size++] = '\0';
    return 0;
  }

  int number(keel_json_value *value) {
    const char *first = p;
    eat('-');
    if (!eat('0') && !digits())
      return fail("expected a value");
    if (eat('.') && !digits())
      return fail("expected a digit after the point");
    if (p < end && (*p == 'e' || *p == 'E')) {
      ++p;
      if (!eat('+'))
        eat('-');
      if (!digits())
        return fail("expected a digit in the exponent");
    }
    // The text may end right after the number: parse a terminated copy.
    char buffer[512];
    size_t length = (size_t)(p - first);
    if (length >= sizeof(buffer))
      return fail("a number of more than 511 characters");
    memcpy(buffer, first, length);
    buffer[length] = '\0';
    if (!keel_parse_number(buffer, buffer + length, &value->number))
      return fail("expected a number");
    value->kind = KEEL_JSON_NUMBER;
    if (value->number >= 0 && value->number < 0x1p53 &&
        value->number == floor(value->number))
      value->integer = (int64_t)value->number;
    return 0;
  }

  int literal(const char *word, int32_t kind, keel_json_value *value) {
    size_t length = strlen(word);
    if ((size_t)(end - p) < length || memcmp(p, word, length) != 0)
      return fail("expected a value");
    p += length;
    value->kind = kind;
    return 0;
  }

  int checkKeys(int64_t object) {
    int64_t count = values[object].count;
    if (count < 2)
      return 0;
    Vec<const char *> keys;
    if (!keys.reserve(count))
      return keel_fail_memory(error, file, count * 8);
    for (int64_t i = values[object].child; i >= 0; i = values[i].next)
      keys.push(values[i].key);
    qsort((void *)keys.data, (size_t)count, sizeof(char *), byString);
    for (int64_t i = 1; i < count; ++i)
      if (!strcmp(keys[i - 1], keys[i]))
        return keel_fail(error, file, "the key \"%.200s\" stands twice",
                         keys[i]);
    return 0;
  }

  /// The members of an object or the elements of an array, after its bracket.
  int members(int64_t parent, bool object, int depth) {
    char close = object ? '}' : ']';
    int64_t last = -1;
    skip();
    if (eat(close))
      return 0;
    while (true) {
      skip();
      const char *key = nullptr;
      if (object) {
        if (string(&key))
          return 1;
        skip();
        if (!eat(':'))
          return fail("expected ':'");
      }
      int64_t index = values.size;
      if (value(key, depth))
        return 1;
      (last < 0 ? values[parent].child : values[last].next) = index;
      last = index;
      ++values[parent].count;
      skip();
      if (eat(close))
        return object ? checkKeys(parent) : 0;
      if (!eat(','))
        return fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
    }
  }

  int value(const char *key, int depth) {
    if (depth > deepest)
      return fail("more than 64 levels of nesting");
    skip();
    int64_t index = values.size;
    if (!values.push({KEEL_JSON_NULL, 0, -1, -1, key, nullptr, 0.0, -1}))
      return keel_fail_memory(error, file, index * 64);
    keel_json_value *made = &values[index];
    switch (p < end ? *p : '\0') {
    case '{':
    case '[': {
      bool object = *p++ == '{';
      made->kind = object ? KEEL_JSON_OBJECT : KEEL_JSON_ARRAY;
      return members(index, object, depth + 1);
    }
    case '"':
      made->kind = KEEL_JSON_STRING;
      return string(&made->string);
    case 't':
      return literal("true", KEEL_JSON_TRUE, made);
    case 'f':
      return literal("false", KEEL_JSON_FALSE, made);
    case 'n':
      return literal("null", KEEL_JSON_NULL, made);
    default:
      return number(made);
    }
  }
};

} // namespace

int keel_json_parse(const char *text, int64_t length, const char *file,
                    keel_json *json, keel_error *error) {
  *json = {};
  Parser parser = {text, text, text + length, file, error, {}, {}};
  if (!parser.strings.reserve(length + 1))
    return keel_fail_memory(error, file, length);
  if (parser.value(nullptr, 0))
    return 1;
  parser.skip();
  if (parser.p != parser.end)
    return parser.fail("expected the end of the text");
  json->count = parser.values.size;
  json->values = parser.values.release();
  json->strings = parser.strings.release();
  return 0;
}

void keel_json_free(keel_json *json) {
  free(json->values);
  free(json->strings);
  *json = {};
}

const keel_json_value *keel_json_get(const keel_json *json,
                                     const keel_json_value *object,
                                     const char *key) {
  if (!object || object->kind != KEEL_JSON_OBJECT)
    return nullptr;
  for (int64_t i = object->child; i >= 0; i = json->values[i].next)
    if (!strcmp(json->values[i].key, key))
      return &json->values[i];
  return nullptr;
}
