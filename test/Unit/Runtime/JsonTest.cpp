//===- JsonTest.cpp - Tests of JSON ---------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Json.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace {

class Json : public ::testing::Test {
protected:
  ~Json() override {
    keel_json_free(&json);
    keel_text_free(&text);
  }
  int parse(const std::string &source) {
    keel_json_free(&json);
    // A copy without a NUL after it: reading beyond the end is seen.
    char *copy = (char *)malloc(source.size() + 1);
    memcpy(copy, source.data(), source.size());
    copy = (char *)realloc(copy, source.size() ? source.size() : 1);
    int failed =
        keel_json_parse(copy, (int64_t)source.size(), "j", &json, &error);
    free(copy);
    return failed;
  }
  std::string written(double number) {
    keel_text_free(&text);
    keel_json_append_number(&text, number);
    return text.data;
  }
  keel_json json = {};
  keel_text text = {};
  keel_error error = {};
};

TEST_F(Json, ReadsEveryKind) {
  ASSERT_EQ(parse(" {\"a\": [1, -2.5e1, true, false, null], \"b\": {}, "
                  "\"c\": \"x\\n\\u00e9\\ud83d\\ude00\\\"\"} "),
            0);
  const keel_json_value *root = &json.values[0];
  ASSERT_EQ(root->kind, KEEL_JSON_OBJECT);
  EXPECT_EQ(root->count, 3);
  const keel_json_value *list = keel_json_get(&json, root, "a");
  ASSERT_EQ(list->count, 5);
  const keel_json_value *first = &json.values[list->child];
  EXPECT_EQ(first->integer, 1);
  const keel_json_value *second = &json.values[first->next];
  EXPECT_EQ(second->number, -25.0);
  EXPECT_EQ(second->integer, -1);
  EXPECT_EQ(json.values[second->next].kind, KEEL_JSON_TRUE);
  EXPECT_STREQ(keel_json_get(&json, root, "c")->string,
               "x\n\xc3\xa9\xf0\x9f\x98\x80\"");
  EXPECT_EQ(keel_json_get(&json, root, "d"), nullptr);
}

TEST_F(Json, RefusesWhatIsNotJson) {
  for (const char *source : {"",
                             "{",
                             "[1,]",
                             "{\"a\":1,}",
                             "{a:1}",
                             "01",
                             "1.",
                             ".5",
                             "+1",
                             "1e",
                             "nul",
                             "\"a",
                             "\"\n\"",
                             "\"\\x\"",
                             "\"\\ud800\"",
                             "\"\\u0000\"",
                             "[1] 2",
                             "{\"a\":1 \"b\":2}",
                             "NaN",
                             "-",
                             "{\"a\":1,\"a\":2}",
                             "'a'",
                             "\"\\u12\""})
    EXPECT_NE(parse(source), 0) << source;
  EXPECT_NE(parse("{\n \"a\": x}"), 0);
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(error.column, 7);
}

TEST_F(Json, DepthIsBounded) {
  EXPECT_EQ(parse(std::string(60, '[') + std::string(60, ']')), 0);
  EXPECT_NE(parse(std::string(1000000, '[')), 0);
}

TEST_F(Json, NumbersAreShortestAndReadBack) {
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(1.0), "1");
  EXPECT_EQ(written(1.0 / 3.0), "0.3333333333333333");
  EXPECT_EQ(written(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(written(1e300), "1e+300");
  EXPECT_EQ(written(NAN), "null");
  EXPECT_EQ(written(-INFINITY), "null");
  double number = 1e-310;
  for (int i = 0; i < 1000; ++i, number = number * -4.7 + number / 3.0) {
    if (!std::isfinite(number))
      break;
    ASSERT_EQ(parse(written(number)), 0);
    ASSERT_EQ(json.values[0].number, number);
  }
}

TEST_F(Json, FloatsAreShortestAndReadBack) {
  for (auto [number, expected] : {std::pair<float, const char *>{0.1f, "0.1"},
                                  {1.0f / 3.0f, "0.33333334"},
                                  {16777216.0f, "16777216"},
                                  {3.4028235e38f, "3.4028235e+38"},
                                  {1e-45f, "1.4013e-45"},
                                  {NAN, "null"}}) {
    keel_text_free(&text);
    keel_json_append_float(&text, number);
    EXPECT_STREQ(text.data, expected);
    if (std::isfinite(number)) {
      EXPECT_EQ(strtof(text.data, nullptr), number);
    }
  }
}

TEST_F(Json, StringsAreEscaped) {
  keel_text_append(&text, "{");
  keel_json_append_key(&text, "a\"b");
  keel_json_append_string(&text, "\\ \n \t \x01 \xc3\xa9");
  keel_json_append_key(&text, "c");
  keel_json_append_number(&text, 2);
  keel_text_append(&text, "}");
  EXPECT_STREQ(text.data,
               "{\"a\\\"b\": \"\\\\ \\n \\t \\u0001 \xc3\xa9\", \"c\": 2}");
  ASSERT_EQ(parse(text.data), 0);
  EXPECT_STREQ(keel_json_get(&json, &json.values[0], "a\"b")->string,
               "\\ \n \t \x01 \xc3\xa9");
}

} // namespace
