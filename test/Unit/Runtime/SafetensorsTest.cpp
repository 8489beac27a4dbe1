//===- SafetensorsTest.cpp - Tests of safetensors files -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Safetensors.h"
#include "Temporary.h"

#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <zlib.h>

using namespace keel::test;

namespace {

class Safetensors : public Temporary {
protected:
  ~Safetensors() override { keel_safetensors_close(&file); }

  static std::string bytes(const std::string &header, const std::string &data) {
    uint64_t length = header.size();
    return std::string((char *)&length, 8) + header + data;
  }
  int open(const std::string &contents) {
    keel_safetensors_close(&file);
    return keel_safetensors_open(write("f.safetensors", contents).c_str(),
                                 &file, &error);
  }
  std::string refused(const std::string &header, const std::string &data) {
    EXPECT_NE(open(bytes(header, data)), 0) << header;
    return message();
  }
  int save(const std::string &path, const char *note) {
    static const float weight[6] = {1, 2, 3, 4, 5, 6};
    static const int64_t count[1] = {9};
    keel_stored_tensor tensors[2] = {
        {"w", nullptr, KEEL_F32, 2, {2, 3}, weight, sizeof(weight)},
        {"n", nullptr, KEEL_I64, 0, {}, count, sizeof(count)}};
    keel_key_value metadata = {"note", note};
    return keel_safetensors_write(path.c_str(), tensors, 2, &metadata, 1,
                                  &error);
  }
  keel_safetensors file = {};
};

TEST_F(Safetensors, RoundTrip) {
  ASSERT_EQ(save(path("w"), "a \"quoted\"\nnote"), 0);
  EXPECT_EQ(files(), 1u);
  ASSERT_EQ(keel_safetensors_open(path("w").c_str(), &file, &error), 0)
      << message();
  EXPECT_STREQ(keel_safetensors_metadata(&file, "note"), "a \"quoted\"\nnote");
  EXPECT_EQ(keel_safetensors_metadata(&file, "other"), nullptr);
  ASSERT_EQ(file.num_tensors, 2);
  const keel_stored_tensor *w = keel_safetensors_find(&file, "w");
  ASSERT_NE(w, nullptr);
  EXPECT_STREQ(w->type, "F32");
  EXPECT_EQ(w->shape[1], 3);
  EXPECT_EQ(((const float *)w->data)[5], 6.0f);
  EXPECT_EQ(keel_safetensors_find(&file, "n")->rank, 0);
  EXPECT_EQ(keel_safetensors_find(&file, "v"), nullptr);
}

TEST_F(Safetensors, ForeignTypesAreListed) {
  ASSERT_EQ(
      open(bytes(
          "{\"h\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}",
          "1234")),
      0);
  EXPECT_EQ(file.tensors[0].dtype, -1);
  EXPECT_STREQ(file.tensors[0].type, "BF16");
}

TEST_F(Safetensors, InconsistentFilesAreRefused) {
  const std::string f = "f.safetensors: error: ";
  auto tensor = [](const char *shape, const char *range,
                   const char *type = "F32") {
    return std::string("{\"dtype\":\"") + type + "\",\"shape\":" + shape +
           ",\"data_offsets\":" + range + "}";
  };
  EXPECT_EQ(refused("{\"a\":" + tensor("[1]", "[0,4]") +
                        ",\"b\":" + tensor("[1]", "[2,6]") + "}",
                    "123456"),
            f + "tensor \"b\" overlaps another");
  EXPECT_EQ(refused("{\"a\":" + tensor("[1]", "[2,6]") + "}", "123456"),
            f + "tensor \"a\" stands after a hole");
  EXPECT_EQ(refused("{\"a\":" + tensor("[1]", "[0,4]") + "}", "123456"),
            f + "has 2 bytes after the last tensor");
  EXPECT_EQ(refused("{\"a\":" + tensor("[2]", "[0,8]") + "}", "1234"),
            f + "tensor \"a\" lies outside the file's 4 bytes of data; is the "
                "file cut short?");
  EXPECT_EQ(refused("{\"a\":" + tensor("[2]", "[0,4]") + "}", "1234"),
            f + "tensor \"a\" has 4 bytes, its shape and type need 8");
  EXPECT_EQ(refused("{\"a\":" + tensor("[1]", "[0,4]", "F99") + "}", "1234"),
            f + "tensor \"a\" has an unknown dtype");
  EXPECT_EQ(refused("{\"a\":" +
                        tensor("[9007199254740991,9007199254740991]", "[0,4]") +
                        "}",
                    "1234"),
            f + "tensor \"a\" has a dimension that is no size");
  EXPECT_EQ(refused("{\"a\":" + tensor("[1]", "[4,0]") + "}", "1234")
                .substr(0, f.size() + 10),
            f + "tensor \"a\"");
  EXPECT_EQ(refused("{\"a\":" + tensor("[-1]", "[0,4]") + "}", "1234"),
            f + "tensor \"a\" has a dimension that is no size");
  EXPECT_EQ(refused("{\"a\":" + tensor("[1]", "[0,4]") +
                        ",\"a\":" + tensor("[1]", "[0,4]") + "}",
                    "1234"),
            f + "the header is no JSON: the key \"a\" stands twice, at byte 8");
  EXPECT_EQ(refused("[]", ""), f + "the header is no JSON object");
  EXPECT_EQ(refused("{\"__metadata__\":{\"a\":1}}", ""),
            f + "the metadata \"a\" is no string");
  EXPECT_EQ(refused("{\"a\":{}}", ""), f + "tensor \"a\" has an unknown dtype");
  uint64_t huge = ~0ull;
  EXPECT_NE(open(std::string((char *)&huge, 8) + "{}"), 0);
}

TEST_F(Safetensors, BytesInMemoryAreViewed) {
  std::string whole =
      bytes(R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})",
            std::string(8, 'x'));
  ASSERT_EQ(keel_safetensors_view(whole.data(), (int64_t)whole.size(), "name",
                                  &file, &error),
            0)
      << error.message;
  const keel_stored_tensor *a = keel_safetensors_find(&file, "a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->data, whole.data() + whole.size() - 8);
  keel_safetensors_close(&file);
  for (int64_t size = 0; size < (int64_t)whole.size(); ++size) {
    EXPECT_NE(keel_safetensors_view(whole.data(), size, "name", &file, &error),
              0);
    EXPECT_STREQ(error.file, "name");
  }
}

TEST_F(Safetensors, DamagedFiles) {
  ASSERT_EQ(save(path("w"), "note"), 0);
  std::string contents = read(path("w"));
  size_t failed = damage("d", contents, [&](const std::string &path) {
    keel_safetensors_close(&file);
    return keel_safetensors_open(path.c_str(), &file, &error);
  });
  EXPECT_EQ(failed, contents.size());
}

TEST_F(Safetensors, AFlippedBitIsFoundAndItsTensorNamed) {
  ASSERT_EQ(save(path("w"), "note"), 0);
  const std::string whole = read(path("w"));
  const size_t begin = whole.size() - 32; // 24 bytes of w, 8 of n
  for (size_t i = begin; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = (char)(flipped[i] ^ 1 << bit);
      ASSERT_NE(open(flipped), 0) << "byte " << i << ", bit " << bit;
      std::string start = "f.safetensors: error: tensor \"";
      start += i < begin + 24 ? "w" : "n";
      ASSERT_EQ(message().substr(0, start.size() + 14),
                start + "\" is damaged: ");
    }
  EXPECT_EQ(open(whole), 0);
}

/// Anybody can compute them.
TEST_F(Safetensors, ChecksumsAreThoseOfZlib) {
  std::string bytes, expected;
  for (int i = 0; i < 100; ++i)
    bytes += (char)(i * i * 31 + 7);
  std::vector<std::string> names(81 * 3);
  std::vector<keel_stored_tensor> tensors;
  for (int64_t size = 0; size <= 80; ++size)
    for (int offset = 0; offset < 3; ++offset) {
      std::string &name = names[tensors.size()];
      name = std::to_string(size) + "/" + std::to_string(offset);
      const char *data = bytes.data() + offset;
      tensors.push_back(
          {name.c_str(), nullptr, KEEL_U8, 1, {size}, data, size});
      char sum[16];
      snprintf(sum, sizeof(sum), "%08lx",
               crc32(0, (const Bytef *)data, (uInt)size));
      expected +=
          (expected.empty() ? "\"" : ", \"") + name + "\": \"" + sum + "\"";
    }
  ASSERT_EQ(keel_safetensors_write(path("z").c_str(), tensors.data(),
                                   (int64_t)tensors.size(), nullptr, 0, &error),
            0);
  ASSERT_EQ(keel_safetensors_open(path("z").c_str(), &file, &error), 0);
  EXPECT_EQ(keel_safetensors_metadata(&file, "tensor_crc32"),
            "{" + expected + "}");
}

TEST_F(Safetensors, ChecksumsThatAreNone) {
  auto with = [](const std::string &checksums) {
    return R"({"__metadata__": {"tensor_crc32": ")" + checksums +
           R"("}, "a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}})";
  };
  const std::string f = "f.safetensors: error: the metadata \"tensor_crc32\" ";
  for (const char *text : {"", "[]", "{", "7"})
    EXPECT_EQ(refused(with(text), "1234").substr(0, f.size() + 5), f + "is no")
        << text;
  for (const char *value : {"7", "\\\"\\\"", "\\\"9be3e0a\\\"", "null",
                            "\\\"9be3e0a3 \\\"", "\\\"-be3e0a3\\\""})
    EXPECT_EQ(refused(with(std::string("{\\\"a\\\": ") + value + "}"), "1234"),
              f + "has no eight hexadecimal digits for \"a\"")
        << value;
  EXPECT_EQ(open(bytes(with("{\\\"a\\\": \\\"9be3e0a3\\\"}"), "1234")), 0)
      << message();
  // A tensor without one, and one without a tensor.
  EXPECT_EQ(open(bytes(with("{\\\"b\\\": \\\"00000000\\\"}"), "1234")), 0)
      << message();
  EXPECT_EQ(refused(with("{\\\"a\\\": \\\"00000000\\\"}"), "1234"),
            "f.safetensors: error: tensor \"a\" is damaged: the CRC-32 of its "
            "bytes is 9be3e0a3, the metadata \"tensor_crc32\" has 00000000; if "
            "it was changed on purpose, leave that metadata out");
}

/// What was read is written with checksums of its own.
TEST_F(Safetensors, ChecksumsAreNotTakenOver) {
  static const char data[4] = {1, 2, 3, 4};
  keel_stored_tensor tensor = {"t", nullptr, KEEL_U8, 1, {4}, data, 4};
  keel_key_value stale = {"tensor_crc32", "{\"t\": \"00000000\"}"};
  ASSERT_EQ(
      keel_safetensors_write(path("z").c_str(), &tensor, 1, &stale, 1, &error),
      0);
  EXPECT_EQ(keel_safetensors_open(path("z").c_str(), &file, &error), 0)
      << message();
}

TEST_F(Safetensors, AFailedWriteLeavesTheOldFile) {
  ASSERT_EQ(save(path("w"), "old"), 0);
  std::string before = read(path("w"));
  // A file may have 100 bytes only: writing the new one fails in the middle.
  rlimit limit, small;
  getrlimit(RLIMIT_FSIZE, &limit);
  small = limit;
  small.rlim_cur = 100;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  int failed = save(path("w"), "new");
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_DFL);
  EXPECT_NE(failed, 0);
  EXPECT_EQ(message(), "w: error: cannot be written: file too large");
  EXPECT_EQ(read(path("w")), before);
  EXPECT_EQ(files(), 1u);
  EXPECT_NE(save(path("no/w"), "new"), 0);
}

} // namespace
