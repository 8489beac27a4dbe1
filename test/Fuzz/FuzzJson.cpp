//===- FuzzJson.cpp - JSON, as headers, settings and log lines are --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"
#include "keel/Runtime/Json.h"

using namespace keel::fuzz;

/// The text of a value, from what was parsed of it.
static void print(const keel_json &json, int64_t index, keel_text *text) {
  const keel_json_value &value = json.values[index];
  static const char *const words[] = {"null", "false", "true"};
  switch (value.kind) {
  case KEEL_JSON_NUMBER:
    keel_json_append_number(text, value.number);
    return;
  case KEEL_JSON_STRING:
    keel_json_append_string(text, value.string);
    return;
  case KEEL_JSON_ARRAY:
  case KEEL_JSON_OBJECT:
    break;
  default:
    keel_text_append(text, "%s", words[value.kind]);
    return;
  }
  bool isObject = value.kind == KEEL_JSON_OBJECT;
  keel_text_append(text, isObject ? "{" : "[");
  int32_t count = 0;
  for (int64_t i = value.child; i >= 0; i = json.values[i].next) {
    if (count++)
      keel_text_append(text, ",");
    if (isObject) {
      require(keel_json_get(&json, &value, json.values[i].key) ==
              &json.values[i]);
      keel_json_append_string(text, json.values[i].key);
      keel_text_append(text, ":");
    }
    print(json, i, text);
  }
  require(count == value.count);
  keel_text_append(text, isObject ? "}" : "]");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  keel_json json;
  keel_error error = {};
  int failed = keel_json_parse(reinterpret_cast<const char *>(data),
                               int64_t(size), "input", &json, &error);
  requireMessage(failed, error);
  if (failed) {
    require(error.line > 0 || error.message[0]);
    return 0;
  }
  keel_text first = {}, second = {};
  print(json, 0, &first);
  keel_json_free(&json);
  require(keel_json_parse(first.data, first.length, "copy", &json, &error) ==
          0);
  print(json, 0, &second);
  require(!std::strcmp(first.data, second.data));
  keel_json_free(&json);
  keel_text_free(&first);
  keel_text_free(&second);
  return 0;
}
