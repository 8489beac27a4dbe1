//===- CsvTest.cpp - Tests of CSV files -----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Csv.h"
#include "Temporary.h"

#include <cmath>

using namespace keel::test;

namespace {

class Csv : public Temporary {
protected:
  ~Csv() override { keel_csv_free(&table); }
  int readCsv(const std::string &text) {
    keel_csv_free(&table);
    return keel_csv_read(write("t.csv", text).c_str(), &options, &table,
                         &error);
  }
  static std::vector<double> values(const keel_array &array) {
    std::vector<double> all;
    for (int64_t i = 0; i < keel_array_elements(&array); ++i)
      all.push_back(keel_array_element(&array, i));
    return all;
  }
  keel_csv_options options = {KEEL_CSV_CLASSES, nullptr, 0, nullptr, 0, 0};
  keel_csv table = {};
};

using Values = std::vector<double>;

TEST_F(Csv, IntegerClassesWithoutAHeader) {
  ASSERT_EQ(readCsv("1,2.5,0\n-3e2, .5 ,2\r\n\n4,5.,1"), 0) << message();
  EXPECT_EQ(table.has_header, 0);
  EXPECT_EQ(table.features.shape[0], 3);
  EXPECT_EQ(table.features.shape[1], 2);
  EXPECT_EQ(values(table.features), (Values{1, 2.5, -300, 0.5, 4, 5}));
  EXPECT_EQ(table.labels.dtype, KEEL_I32);
  EXPECT_EQ(values(table.labels), (Values{0, 2, 1}));
  EXPECT_EQ(table.num_class_names, 0);
  EXPECT_EQ(table.lines[2], 4);
}

TEST_F(Csv, IntegersAreNumberedWhereTheyAreNotIndices) {
  options.classes = 3;
  ASSERT_EQ(readCsv("1,3\n1,-1\n1,7\n1,3\n"), 0) << message();
  EXPECT_EQ(values(table.labels), (Values{1, 0, 2, 1}));
  ASSERT_EQ(table.num_class_names, 3);
  EXPECT_STREQ(table.class_names[0], "-1");
  EXPECT_STREQ(table.class_names[2], "7");
  ASSERT_EQ(readCsv("1,2\n1,0\n"), 0) << message();
  EXPECT_EQ(values(table.labels), (Values{2, 0})) << "indices stay";
  EXPECT_EQ(table.num_class_names, 0);
  ASSERT_EQ(readCsv("1,1\n1,2\n1,3\n1,4\n"), 0) << message();
  EXPECT_EQ(values(table.labels), (Values{1, 2, 3, 4})) << "too many";
  EXPECT_EQ(table.num_class_names, 0);
  ASSERT_EQ(readCsv("1,1\n1,3\n"), 0) << message();
  EXPECT_EQ(values(table.labels), (Values{1, 3})) << "too few";
  EXPECT_EQ(table.num_class_names, 0);
}

TEST_F(Csv, TextClassesByFirstAppearance) {
  ASSERT_EQ(
      readCsv(
          "\xef\xbb\xbfw,h,kind\n1,2,dog\n3,4,\"the \"\"cat\"\"\"\n5,6,dog\n"),
      0)
      << message();
  EXPECT_EQ(table.has_header, 1);
  EXPECT_EQ(values(table.labels), (Values{0, 1, 0}));
  ASSERT_EQ(table.num_class_names, 2);
  EXPECT_STREQ(table.class_names[0], "dog");
  EXPECT_STREQ(table.class_names[1], "the \"cat\"");
}

TEST_F(Csv, LabelColumnByNameAndIndex) {
  options.label_column = "b";
  ASSERT_EQ(readCsv("a,b,c\n1,0,3\n4,1,6\n"), 0) << message();
  EXPECT_EQ(values(table.features), (Values{1, 3, 4, 6}));
  EXPECT_EQ(values(table.labels), (Values{0, 1}));
  options.label_column = "0";
  ASSERT_EQ(readCsv("7,1,2\n8,3,4\n"), 0) << message();
  EXPECT_EQ(values(table.labels), (Values{7, 8}));
  options.label_column = "-2";
  ASSERT_EQ(readCsv("7,1,2\n8,3,4\n"), 0);
  EXPECT_EQ(values(table.labels), (Values{1, 3}));
  options.label_column = "nope";
  EXPECT_NE(readCsv("a,b,c\n1,0,3\n"), 0);
  EXPECT_EQ(
      message(),
      "t.csv:1:1: error: there is no label column 'nope' among 3 columns");
}

TEST_F(Csv, LabelColumnBeyondAnyFile) {
  options.label_column = "9223372036854775807";
  EXPECT_NE(readCsv("a,b\n1,0\n"), 0);
  EXPECT_EQ(message(), "t.csv:1:1: error: there is no label column "
                       "'9223372036854775807' among 2 columns");
}

TEST_F(Csv, HeaderOfNumbersOverNumericLabels) {
  ASSERT_EQ(readCsv("0,1,label\n5,6,1\n"), 0) << message();
  EXPECT_EQ(table.has_header, 1);
  EXPECT_EQ(table.features.shape[0], 1);
}

TEST_F(Csv, ValuesForRegression) {
  options.labels = KEEL_CSV_VALUES;
  options.label_count = 2;
  ASSERT_EQ(readCsv("1,2,3.5\n4,5,6\n"), 0);
  EXPECT_EQ(table.labels.dtype, KEEL_F64);
  EXPECT_EQ(values(table.labels), (Values{2, 3.5, 5, 6}));
  EXPECT_EQ(values(table.features), (Values{1, 4}));
}

TEST_F(Csv, KnownClassesKeepTheirNumbers) {
  const char *names[] = {"cat", "dog"};
  options.class_names = names;
  options.num_class_names = 2;
  ASSERT_EQ(readCsv("1,dog\n2,cat\n"), 0);
  EXPECT_EQ(values(table.labels), (Values{1, 0}));
  EXPECT_NE(readCsv("1,dog\n2,cow\n"), 0);
  EXPECT_EQ(message(),
            "t.csv:2:3: error: expected one of the classes the model "
            "was trained on, got 'cow'");
}

TEST_F(Csv, ManyClasses) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "0,class" + std::to_string(i) + "\n";
  ASSERT_EQ(readCsv(text + text), 0);
  EXPECT_EQ(table.num_class_names, 5000);
  EXPECT_EQ(keel_array_element(&table.labels, 4999), 4999);
  EXPECT_EQ(keel_array_element(&table.labels, 9999), 4999);
}

TEST_F(Csv, ErrorsAtTheirPlace) {
  const std::pair<const char *, const char *> cases[] = {
      {"", "t.csv: error: is empty, expected rows of numbers"},
      {"\n\n", "t.csv: error: is empty, expected rows of numbers"},
      {"a,b,c\n", "t.csv: error: has a header but no rows"},
      {"1,2,0\n3,0\n",
       "t.csv:2:1: error: the row has 2 fields, the first row has 3"},
      {"1,2,0\n3,x4,0\n", "t.csv:2:3: error: expected a number, got 'x4'"},
      {"1,2,0\n3,,0\n", "t.csv:2:3: error: expected a number, got ''"},
      {"1,2,0\n3,nan,0\n",
       "t.csv:2:3: error: expected a finite number, got 'nan'"},
      {"1,2,0\n1e999,3,0\n",
       "t.csv:2:1: error: expected a finite number, got '1e999'"},
      {"1,2,0\n3,0x10,0\n", "t.csv:2:3: error: expected a number, got '0x10'"},
      {"1,2,0\n3,4,0.5\n",
       "t.csv:2:5: error: expected an integer class, got '0.5'"},
      {"1,2,0\n3,4,\n", "t.csv:2:5: error: expected a class, got ''"},
      {"1,2,0\n\"3,4,0\n", "t.csv:2:1: error: a quoted field does not end"},
      {"1,2,0\n\"3\"4,4,0\n",
       "t.csv:2:4: error: expected a comma after a quoted field"},
      {"\"a\nb\",c,d\n1,2,0\nx,2,0\n",
       "t.csv:4:1: error: expected a number, got 'x'"}};
  for (auto [text, expected] : cases) {
    EXPECT_NE(readCsv(text), 0) << text;
    EXPECT_EQ(message(), expected);
  }
}

TEST_F(Csv, NumbersAreCorrectlyRounded) {
  options.labels = KEEL_CSV_NO_LABELS;
  const char *const texts[] = {"0.1",
                               "123456789012345678901234567890",
                               "1e22",
                               "1e23",
                               "8.5e-23",
                               "9007199254740993",
                               "2.2250738585072011e-308",
                               "4.9e-324",
                               "0.000001",
                               "1.7976931348623157e308",
                               "3.14159265358979323846",
                               "-0",
                               "+7",
                               "123456.789e-5",
                               "99999999999999999999",
                               "0.30000000000000004"};
  for (const char *text : texts) {
    ASSERT_EQ(readCsv(std::string(text) + "\n"), 0) << text;
    EXPECT_EQ(keel_array_element(&table.features, 0), strtod(text, nullptr))
        << text;
    EXPECT_EQ(std::signbit(keel_array_element(&table.features, 0)),
              *text == '-');
  }
}

TEST_F(Csv, DamagedFilesDoNotCrash) {
  std::string text = "a,\"b\"\"q\",kind\n1,2,\"x\"\n-3.5e1,4,y\n";
  size_t failed = damage("d.csv", text, [&](const std::string &path) {
    keel_csv_free(&table);
    return keel_csv_read(path.c_str(), &options, &table, &error);
  });
  // A table without its last rows is still one; one that stops in the header
  // or in a row before its last cell is not.
  EXPECT_GT(failed, 15u);
}

TEST_F(Csv, WritesWhatItReads) {
  keel_array array;
  int64_t shape[2] = {2, 2};
  ASSERT_EQ(keel_array_create(&array, KEEL_F64, 2, shape, &error), 0);
  const double numbers[4] = {0.1, -1e-9, 1.0 / 3.0, 5};
  memcpy(array.data, numbers, sizeof(numbers));
  ASSERT_EQ(keel_csv_write(path("w.csv").c_str(), &array, &error), 0);
  keel_array_free(&array);
  EXPECT_EQ(read(path("w.csv")), "0.1,-1e-09\n0.3333333333333333,5\n");
  options.labels = KEEL_CSV_NO_LABELS;
  ASSERT_EQ(keel_csv_read(path("w.csv").c_str(), &options, &table, &error), 0);
  EXPECT_EQ(values(table.features), Values(numbers, numbers + 4));
}

} // namespace
