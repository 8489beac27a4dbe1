//===- DatasetTest.cpp - Tests of matching data to a model ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Dataset.h"
#include "Temporary.h"
#include "TinyModel.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>

#include <sys/resource.h>
#include <unistd.h>

using namespace keel::test;

namespace {

class Dataset : public Temporary {
protected:
  ~Dataset() override { keel_dataset_free(&data); }

  int open(const std::string &file, const std::string &labels = "",
           bool want = true) {
    keel_dataset_free(&data);
    keel_named_file dataFile = {nullptr, file.c_str()};
    keel_named_file labelFile = {nullptr, labels.c_str()};
    options.data = &dataFile;
    options.num_data = 1;
    options.labels = &labelFile;
    options.num_labels = !labels.empty();
    options.want_labels = want;
    return keel_dataset_open(&model, &options, &data, &error);
  }
  template <typename T>
  std::string npy(const std::string &name, int32_t dtype,
                  std::vector<int64_t> shape, std::vector<T> values) {
    keel_array array;
    EXPECT_EQ(keel_array_create(&array, dtype, (int32_t)shape.size(),
                                shape.data(), &error),
              0);
    std::copy(values.begin(), values.end(), (T *)array.data);
    EXPECT_EQ(keel_npy_write(path(name).c_str(), &array, &error), 0);
    keel_array_free(&array);
    return path(name);
  }
  const float *inputs() const { return (const float *)data.inputs[0].data; }
  const int32_t *labels() const { return (const int32_t *)data.labels[0].data; }

  keel_model model = Classifier::model();
  keel_dataset_options options = {};
  keel_dataset data = {};
};

TEST_F(Dataset, NpyReshapesAndConverts) {
  auto x = npy<double>("x.npy", KEEL_F64, {2, 1, 2, 1}, {1, 2, 3, 4.5});
  auto y = npy<int64_t>("y.npy", KEEL_I64, {2, 1}, {2, 0});
  ASSERT_EQ(open(x, y), 0) << message();
  EXPECT_EQ(data.rows, 2);
  EXPECT_EQ(inputs()[3], 4.5f);
  EXPECT_EQ(labels()[0], 2);
  auto f = npy<float>("f.npy", KEEL_F32, {2}, {1, 2});
  EXPECT_EQ(open(x, f), 0) << message();
}

TEST_F(Dataset, OnlyIdxBytesAreScaled) {
  auto bytes = npy<uint8_t>("x.npy", KEEL_U8, {1, 2}, {51, 255});
  auto y = npy<uint8_t>("y.npy", KEEL_U8, {1}, {1});
  ASSERT_EQ(open(bytes, y), 0) << message();
  EXPECT_EQ(inputs()[1], 255.0f);
  std::string idx = std::string("\0\0\x08\2\0\0\0\1\0\0\0\2", 12) + "\x33\xff";
  std::string classes = std::string("\0\0\x08\1\0\0\0\1\2", 9);
  ASSERT_EQ(open(write("x-ubyte", idx), write("y-ubyte", classes)), 0)
      << message();
  EXPECT_EQ(inputs()[0], 51.0f / 255.0f);
  EXPECT_EQ(inputs()[1], 1.0f);
  EXPECT_EQ(labels()[0], 2);
}

/// A file of zeros, which take no room, and a last element.
template <typename T>
std::string sparse(const std::string &path, const char *kind, int64_t rows,
                   T last) {
  std::string header = std::string("{'descr': '") + kind +
                       "', 'fortran_order': False, 'shape': (" +
                       std::to_string(rows) + ", 2), }";
  header.resize(117, ' ');
  std::ofstream file(path, std::ios::binary);
  file << std::string("\x93NUMPY\1\0\x76\0", 10) << header << "\n";
  file.seekp(128 + (2 * rows - 1) * (int64_t)sizeof(T));
  file.write((const char *)&last, sizeof(T));
  return path;
}

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
static constexpr bool canLimitMemory = false; // shadow memory counts
#else
static constexpr bool canLimitMemory = true;
#endif

/// Of what the process may have, a quarter or more is not copied.
TEST_F(Dataset, LargeFilesStayWhereTheyAre) {
  if (!canLimitMemory)
    GTEST_SKIP() << "a sanitizer needs much memory";
  constexpr int64_t rows = 8 << 20;
  std::string floats = sparse(path("f.npy"), "<f4", rows, 3.0f);
  std::string doubles = sparse(path("d.npy"), "<f8", rows, 3.0);
  std::string bad = sparse(path("b.npy"), "<f4", rows, (float)NAN);
  ASSERT_EQ(open(floats, "", false), 0) << message();
  EXPECT_EQ(data.inputs[0].mapping, nullptr);
  keel_dataset_free(&data);
  auto check = [&](const std::string &file, bool stays) {
    rlimit limit = {160 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_DATA, &limit);
    if (open(file, "", false) != 0)
      std::cerr << message();
    else if (data.rows == rows && inputs()[2 * rows - 1] == 3.0f &&
             (data.inputs[0].mapping != nullptr) == stays)
      std::cerr << "as expected";
    keel_dataset_free(&data);
    std::exit(0);
  };
  EXPECT_EXIT(check(floats, true), testing::ExitedWithCode(0), "as expected");
  // Conversion takes as much as the result.
  EXPECT_EXIT(check(doubles, false), testing::ExitedWithCode(0), "as expected");
  EXPECT_EXIT(check(bad, true), testing::ExitedWithCode(0),
              "b.npy: error: row 8388607 .from 0.: the value nan in column 1 "
              "is not finite");
}

/// Bytes of files that the process has in memory.
static int64_t getResidentFiles() {
  std::ifstream statm("/proc/self/statm");
  int64_t all = 0, resident = 0, shared = 0;
  statm >> all >> resident >> shared;
  return shared * sysconf(_SC_PAGESIZE);
}

/// 96 MB, looked at in opening, in batches, in any order, and all of it once.
TEST_F(Dataset, GoingThroughALargeFileTakesLittleMemory) {
  if (!canLimitMemory)
    GTEST_SKIP() << "a sanitizer needs much memory";
  constexpr int64_t rows = 12 << 20, batchRows = 1 << 20;
  std::string floats = sparse(path("f.npy"), "<f4", rows, 3.0f);
  auto check = [&] {
    rlimit limit = {160 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_DATA, &limit);
    int64_t before = getResidentFiles();
    if (open(floats, "", false) != 0 || !data.inputs[0].mapping)
      std::cerr << "not mapped";
    if (getResidentFiles() - before > 16 << 20)
      std::cerr << "opening keeps it in memory";
    keel_batch batch = {};
    keel_batch_create(&data, batchRows, &batch, &error);
    for (int64_t row = 0; row < rows; row += batchRows)
      keel_batch_gather(&data, nullptr, row, batchRows, &batch);
    if (getResidentFiles() - before > 16 << 20)
      std::cerr << "batches keep it in memory";
    std::vector<int64_t> permutation(batchRows);
    for (int64_t row = 0; row < batchRows; ++row)
      permutation[row] = rows - 1 - row * (rows / batchRows);
    std::reverse(permutation.begin(), permutation.end());
    keel_batch_gather(&data, permutation.data(), 0, batchRows, &batch);
    if (getResidentFiles() - before > 16 << 20)
      std::cerr << "shuffled batches keep it in memory";
    double mean[2], variance[2];
    keel_dataset_statistics(&data, 0, mean, variance);
    keel_dataset_fingerprint(&data);
    if (getResidentFiles() - before > 16 << 20)
      std::cerr << "statistics keep it in memory";
    if (static_cast<float *>(batch.inputs[0])[2 * batchRows - 1] == 3.0f)
      std::cerr << "all seen";
    keel_batch_free(&batch);
    keel_dataset_free(&data);
    std::exit(0);
  };
  EXPECT_EXIT(check(), testing::ExitedWithCode(0), "^all seen$");
}

TEST_F(Dataset, UnknownNamesGoByContent) {
  ASSERT_EQ(open(write("rows.data", "1,2,0\n3,4,1\n")), 0) << message();
  EXPECT_EQ(data.rows, 2);
}

TEST_F(Dataset, ErrorsSayWhatToDo) {
  auto x = npy<float>("x.npy", KEEL_F32, {2, 2}, {1, 2, 3, 4});
  auto y3 = npy<int32_t>("y3.npy", KEEL_I32, {3}, {0, 1, 2});
  EXPECT_NE(open(x, y3), 0);
  EXPECT_EQ(message(), "y3.npy: error: has 3 rows, x.npy has 2");
  auto bad = npy<int32_t>("bad.npy", KEEL_I32, {2}, {0, 3});
  EXPECT_NE(open(x, bad), 0);
  EXPECT_EQ(message(), "bad.npy: error: row 1 (from 0): the class 3 is not in "
                       "[0, 3): number the classes from 0, or give the model "
                       "an output for each");
  auto hot = npy<int32_t>("hot.npy", KEEL_I32, {2, 3}, {1, 0, 0, 0, 1, 0});
  EXPECT_NE(open(x, hot), 0);
  EXPECT_EQ(message(),
            "hot.npy: error: has 3 values a row, expected one class; "
            "of one-hot rows take the argmax");
  auto half = npy<float>("half.npy", KEEL_F32, {2}, {0.5f, 1});
  EXPECT_NE(open(x, half), 0);
  EXPECT_EQ(message(), "half.npy: error: row 0 (from 0): the value 0.5 in "
                       "column 0 is no integer for i32");
  auto wide = npy<float>("w.npy", KEEL_F32, {1, 3}, {1, 2, 3});
  EXPECT_NE(open(wide, y3), 0);
  EXPECT_EQ(message(), "w.npy: error: has the shape [rows, 3], 'x' takes "
                       "[rows, 2]: 2 elements a row are expected");
  auto nan = npy<float>("nan.npy", KEEL_F32, {2, 2}, {1, 2, 3, NAN});
  EXPECT_NE(open(nan, y3), 0);
  EXPECT_EQ(message(),
            "nan.npy: error: row 1 (from 0): the value nan in column "
            "1 is not finite, remove or replace such rows");
  auto big = npy<double>("big.npy", KEEL_F64, {1, 2}, {1e300, 2});
  EXPECT_NE(open(big, y3), 0);
  EXPECT_EQ(message(), "big.npy: error: row 0 (from 0): the value 1e+300 in "
                       "column 0 is too large for f32");
  auto none = npy<float>("none.npy", KEEL_F32, {0, 2}, {});
  EXPECT_NE(open(none, y3), 0);
  EXPECT_EQ(message(), "none.npy: error: has no rows");
  EXPECT_NE(open(x), 0);
  EXPECT_EQ(message(), "x.npy: error: no labels: add --labels=FILE");
  EXPECT_NE(open(write("c.csv", "1,2,0\n1,2,-1\n")), 0);
  EXPECT_EQ(message(),
            "c.csv:2:5: error: the class -1 is not in [0, 3): number "
            "the classes from 0, or give the model an output for each");
}

TEST_F(Dataset, TargetsOfSignsAreProbabilities) {
  model = Regression::model();
  auto x = npy<float>("x.npy", KEEL_F32, {2, 2}, {1, 2, 3, 4});
  auto above = npy<double>("above.npy", KEEL_F64, {2}, {0.5, 1.25});
  EXPECT_EQ(open(x, above), 0) << message(); // any number for regression
  const int32_t sign = KEEL_ACCURACY_SIGN;
  model.label_accuracies = &sign;
  EXPECT_NE(open(x, above), 0);
  EXPECT_EQ(message(), "above.npy: error: row 1 (from 0): the target 1.25 is "
                       "not in [0, 1], as those of sigmoid_cross_entropy are");
  EXPECT_NE(open(write("c.csv", "1,2,0\n1,2,-0.5\n")), 0);
  EXPECT_EQ(message(), "c.csv:2:5: error: the target -0.5 is not in [0, 1], as "
                       "those of sigmoid_cross_entropy are");
  auto inside = npy<double>("inside.npy", KEEL_F64, {2}, {0, 1});
  EXPECT_EQ(open(x, inside), 0) << message();
}

TEST_F(Dataset, InferenceTakesNoLabels) {
  ASSERT_EQ(open(write("x.csv", "1,2\n3,4\n"), "", false), 0) << message();
  EXPECT_EQ(data.num_labels, 0);
  EXPECT_EQ(inputs()[2], 3.0f);
}

TEST_F(Dataset, LabelsInACsvOfTheirOwn) {
  auto x = write("x.csv", "1,2\n3,4\n5,6\n");
  ASSERT_EQ(open(x, write("y.csv", "dog\ncat\ndog\n")), 0) << message();
  EXPECT_EQ(labels()[1], 1);
  EXPECT_EQ(labels()[2], 0);
  ASSERT_EQ(data.num_class_names, 2);
  EXPECT_STREQ(data.class_names[1], "cat");
  ASSERT_EQ(open(x, write("y.csv", "label\n2\n0\n1\n")), 0) << message();
  EXPECT_EQ(labels()[0], 2);
  EXPECT_NE(open(x, write("y.csv", "1,2\n0,1\n1,1\n")), 0);
  EXPECT_EQ(message(), "y.csv: error: has 2 columns, expected one of classes");
}

TEST_F(Dataset, InferenceOnALabelledTableAsksForItsLabel) {
  auto x = write("x.csv", "1,2,0\n3,4,1\n");
  EXPECT_NE(open(x, "", false), 0);
  EXPECT_EQ(message(),
            "x.csv: error: has one column more than the model's input "
            "'x': if it is the label, name it as the label column");
  options.label_column = "2";
  ASSERT_EQ(open(x, "", false), 0) << message();
  EXPECT_EQ(inputs()[2], 3.0f);
}

TEST_F(Dataset, NamedFilesForSeveralInputs) {
  const int64_t one[] = {-1, 1}, two[] = {-1, 2};
  const keel_tensor tensors[] = {{"a", KEEL_F32, 2, one, 0},
                                 {"b", KEEL_F64, 2, two, 0}};
  model.inputs = tensors;
  model.num_inputs = 2;
  auto a = npy<float>("a.npy", KEEL_F32, {2}, {1, 2});
  auto b = npy<float>("b.npy", KEEL_F32, {2, 2}, {3, 4, 5, 6});
  auto y = npy<int32_t>("y.npy", KEEL_I32, {2}, {0, 1});
  keel_named_file files[2] = {{nullptr, b.c_str()}, {"a", a.c_str()}};
  keel_named_file label = {"y", y.c_str()};
  options.data = files;
  options.num_data = 2;
  options.labels = &label;
  options.num_labels = 1;
  options.want_labels = 1;
  ASSERT_EQ(keel_dataset_open(&model, &options, &data, &error), 0) << message();
  EXPECT_EQ(((double *)data.inputs[1].data)[3], 6.0);
  keel_dataset_free(&data);
  files[1].name = "c";
  EXPECT_NE(keel_dataset_open(&model, &options, &data, &error), 0);
  EXPECT_EQ(message(), "a.npy: error: the model has no input 'c'");
  options.num_data = 1;
  EXPECT_NE(keel_dataset_open(&model, &options, &data, &error), 0);
}

TEST_F(Dataset, EachLabelHasClassesOfItsOwn) {
  const int64_t row[] = {-1}, classes[] = {3, 0, 5};
  const int64_t target[] = {-1, 2};
  const keel_tensor tensors[] = {{"kind", KEEL_I32, 1, row, 0},
                                 {"size", KEEL_F32, 2, target, 0},
                                 {"shade", KEEL_I32, 1, row, 0}};
  const int32_t accuracies[] = {KEEL_ACCURACY_ARGMAX, KEEL_ACCURACY_NONE,
                                KEEL_ACCURACY_ARGMAX};
  const char *const outputs[] = {"kind", "size", "shade logits"};
  model.labels = tensors;
  model.num_labels = 3;
  model.label_classes = classes;
  model.label_accuracies = accuracies;
  model.label_outputs = outputs;
  auto x = write("x.csv", "1,2\n3,4\n");
  auto kind = npy<int32_t>("k.npy", KEEL_I32, {2}, {2, 0});
  auto size = npy<float>("s.npy", KEEL_F32, {2, 2}, {1, -2, 3, 4});
  auto shade = npy<int32_t>("h.npy", KEEL_I32, {2}, {4, 3});
  keel_named_file rows[] = {{nullptr, x.c_str()}};
  // Named files first, the last by its output's name; one takes what is left.
  keel_named_file files[] = {{nullptr, size.c_str()},
                             {"shade logits", shade.c_str()},
                             {"kind", kind.c_str()}};
  options.data = rows;
  options.num_data = 1;
  options.labels = files;
  options.num_labels = 3;
  options.want_labels = 1;
  auto open = [&] {
    keel_dataset_free(&data);
    return keel_dataset_open(&model, &options, &data, &error);
  };
  ASSERT_EQ(open(), 0) << message();
  EXPECT_EQ(((int32_t *)data.labels[0].data)[0], 2);
  EXPECT_EQ(((float *)data.labels[1].data)[1], -2.0f);
  EXPECT_EQ(((int32_t *)data.labels[2].data)[0], 4);

  std::swap(files[1].path, files[2].path);
  EXPECT_NE(open(), 0);
  EXPECT_EQ(message(), "h.npy: error: row 0 (from 0): the class 4 is not in "
                       "[0, 3): number the classes from 0, or give the model "
                       "an output for each");
  std::swap(files[1].path, files[2].path);
  files[0] = {"kind", kind.c_str()};
  options.num_labels = 2;
  EXPECT_NE(open(), 0);
  EXPECT_EQ(message(),
            "x.csv: error: no labels for 'size': add --labels=size=FILE");
  options.num_labels = 0;
  EXPECT_NE(open(), 0);
  EXPECT_EQ(message(), "x.csv: error: a CSV file holds the labels of models "
                       "with one input and one label only: add "
                       "--labels=kind=FILE and one for each other");
  auto words = write("w.csv", "red\nblue\n");
  files[0].path = words.c_str();
  options.num_labels = 1;
  EXPECT_NE(open(), 0);
  EXPECT_EQ(message(),
            "w.csv: error: has classes by name, which are for models "
            "with one label of classes: number those of 'kind' "
            "from 0");
}

TEST_F(Dataset, SplitKeepsEveryRowOnce) {
  std::string text;
  for (int i = 0; i < 11; ++i)
    text += std::to_string(i) + ",0,0\n";
  ASSERT_EQ(open(write("c.csv", text)), 0);
  keel_dataset training, validation;
  ASSERT_EQ(keel_dataset_split(&data, 0.3, 5, &training, &validation, &error),
            0);
  EXPECT_EQ(training.rows, 8);
  EXPECT_EQ(validation.rows, 3);
  EXPECT_EQ(keel_training_rows(11, 0.3), 8);
  std::multiset<float> seen;
  keel_batch batch;
  for (keel_dataset *part : {&training, &validation}) {
    ASSERT_EQ(keel_batch_create(part, part->rows, &batch, &error), 0);
    EXPECT_EQ((uintptr_t)batch.inputs[0] % KEEL_ARENA_ALIGNMENT, 0u);
    keel_batch_gather(part, nullptr, 0, part->rows, &batch);
    for (int64_t i = 0; i < part->rows; ++i)
      seen.insert(((float *)batch.inputs[0])[2 * i]);
    keel_batch_free(&batch);
  }
  EXPECT_EQ(seen, (std::multiset<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_NE(keel_dataset_fingerprint(&training),
            keel_dataset_fingerprint(&data));
  keel_dataset_free(&training);
  keel_dataset_free(&validation);
  EXPECT_NE(keel_dataset_split(&data, 1.0, 5, &training, &validation, &error),
            0);
}

TEST_F(Dataset, StatisticsAreTwoPass) {
  // Far from zero: E[x^2] - E[x]^2 would lose every digit.
  ASSERT_EQ(open(write("c.csv", "8000000,1,0\n8000001,1,0\n8000002,1,0\n")), 0);
  double mean[2], variance[2];
  keel_dataset_statistics(&data, 0, mean, variance);
  EXPECT_EQ(mean[0], 8000001.0);
  EXPECT_EQ(variance[0], 2.0 / 3.0);
  EXPECT_EQ(mean[1], 1.0);
  EXPECT_EQ(variance[1], 1.0);
}

} // namespace
