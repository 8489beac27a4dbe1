//===- ArrayTest.cpp - Tests of npy and IDX files -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Array.h"
#include "Temporary.h"

#include <cstring>
#include <sys/resource.h>
#include <zlib.h>

using namespace keel::test;

namespace {

/// A file of that header (padded as NumPy does) and data.
std::string npy(const std::string &header, const std::string &data,
                char version = 1) {
  std::string text = header;
  size_t start = version == 1 ? 10 : 12;
  while ((start + text.size() + 1) % 64)
    text += ' ';
  text += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes += (char)(text.size() >> (8 * i));
  return bytes + text + data;
}

template <typename T> std::string raw(std::vector<T> values) {
  return std::string((const char *)values.data(), values.size() * sizeof(T));
}

std::string header(const std::string &descr, const std::string &shape,
                   bool fortran = false) {
  return "{'descr': '" + descr +
         "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }";
}

class Array : public Temporary {
protected:
  ~Array() override { keel_array_free(&array); }
  int readNpy(const std::string &bytes) {
    keel_array_free(&array);
    return keel_npy_read(write("a.npy", bytes).c_str(), &array, &error);
  }
  int readIdx(const std::string &bytes) {
    keel_array_free(&array);
    return keel_idx_read(write("a.idx", bytes).c_str(), &array, &error);
  }
  std::vector<double> values() const {
    std::vector<double> all;
    for (int64_t i = 0; i < keel_array_elements(&array); ++i)
      all.push_back(keel_array_element(&array, i));
    return all;
  }
  keel_array array = {};
};

using Values = std::vector<double>;

TEST_F(Array, NpyPlainTypes) {
  ASSERT_EQ(
      readNpy(npy(header("<f4", "(2, 3)"), raw<float>({1, 2, 3, 4, 5, 6.5}))),
      0);
  EXPECT_EQ(array.dtype, KEEL_F32);
  EXPECT_EQ(array.rank, 2);
  EXPECT_EQ(array.shape[1], 3);
  EXPECT_EQ(values(), (Values{1, 2, 3, 4, 5, 6.5}));
  ASSERT_EQ(readNpy(npy(header("<f8", "(1,)"), raw<double>({0.1}), 2)), 0);
  EXPECT_EQ(values(), Values{0.1});
  ASSERT_EQ(readNpy(npy(header("<i4", "(2,)"), raw<int32_t>({-1, 7}), 3)), 0);
  EXPECT_EQ(values(), (Values{-1, 7}));
  ASSERT_EQ(readNpy(npy(header("<i8", "()"), raw<int64_t>({-5}))), 0);
  EXPECT_EQ(array.rank, 0);
  EXPECT_EQ(values(), Values{-5});
  ASSERT_EQ(readNpy(npy(header("|u1", "(2,)"), "\x01\xff")), 0);
  EXPECT_EQ(values(), (Values{1, 255}));
}

TEST_F(Array, NpyConvertedTypes) {
  ASSERT_EQ(readNpy(npy(header("|b1", "(2,)"), std::string("\0\1", 2))), 0);
  EXPECT_EQ(array.dtype, KEEL_U8);
  EXPECT_EQ(values(), (Values{0, 1}));
  ASSERT_EQ(readNpy(npy(header("<i2", "(2,)"), raw<int16_t>({-2, 3}))), 0);
  EXPECT_EQ(array.dtype, KEEL_I32);
  EXPECT_EQ(values(), (Values{-2, 3}));
  // 1, -2, the largest, the smallest subnormal.
  ASSERT_EQ(readNpy(npy(header("<f2", "(4,)"),
                        raw<uint16_t>({0x3c00, 0xc000, 0x7bff, 1}))),
            0);
  EXPECT_EQ(values(), (Values{1, -2, 65504, 0x1p-24}));
  ASSERT_EQ(
      readNpy(npy(header(">f4", "(1,)"), "\x3f\x80\x00\x00" + std::string())),
      1);
  ASSERT_EQ(
      readNpy(npy(header(">f4", "(1,)"), std::string("\x3f\x80\x00\x00", 4))),
      0);
  EXPECT_EQ(values(), Values{1});
  ASSERT_EQ(readNpy(npy(header("<i4", "(2, 3)", true),
                        raw<int32_t>({1, 4, 2, 5, 3, 6}))),
            0);
  EXPECT_EQ(values(), (Values{1, 2, 3, 4, 5, 6}));
}

TEST_F(Array, NpyErrors) {
  EXPECT_NE(keel_npy_read(path("no.npy").c_str(), &array, &error), 0);
  EXPECT_EQ(message(),
            "no.npy: error: cannot be opened: no such file or directory");
  EXPECT_NE(readNpy("hello, I am text"), 0);
  EXPECT_EQ(message(),
            "a.npy: error: is no npy file: its first bytes are not npy's");
  EXPECT_NE(readNpy(npy(header("<c8", "(1,)"), "12345678")), 0);
  EXPECT_EQ(message(), "a.npy: error: elements of type 'c8' are not supported, "
                       "convert the array to float32 or int32");
  EXPECT_NE(readNpy(npy(header("<f4", "(3,)"), "12345678")), 0);
  EXPECT_EQ(message(), "a.npy: error: the header's shape needs 12 bytes of "
                       "data, the file has 8");
  EXPECT_NE(readNpy(npy(header("<u8", "(1,)"), raw<uint64_t>({~0ull}))), 0);
  EXPECT_EQ(message(),
            "a.npy: error: a uint64 element is larger than 2^63 - 1");
}

TEST_F(Array, NpyHugeShapesAllocateNothing) {
  EXPECT_NE(readNpy(npy(header("<f4", "(4611686018427387904, 4)"), "")), 0);
  EXPECT_NE(readNpy(npy(header("<f4", "(99999999999999999999, 4)"), "")), 0);
  EXPECT_NE(readNpy(npy(header("<f4", "(0, 4611686018427387904, 8)"), "")), 0);
  EXPECT_NE(readNpy(npy(header("<f4", "(1099511627776,)"), "1234")), 0);
  EXPECT_EQ(array.data, nullptr);
}

TEST_F(Array, NpyDamagedFiles) {
  std::string bytes = npy(header("<f4", "(2, 2)"), raw<float>({1, 2, 3, 4}));
  size_t failed = damage("d.npy", bytes, [&](const std::string &path) {
    keel_array_free(&array);
    return keel_npy_read(path.c_str(), &array, &error);
  });
  EXPECT_EQ(failed, bytes.size());
}

TEST_F(Array, NpyRoundTrip) {
  int64_t shape[3] = {2, 1, 2};
  ASSERT_EQ(keel_array_create(&array, KEEL_F64, 3, shape, &error), 0);
  for (int i = 0; i < 4; ++i)
    ((double *)array.data)[i] = i / 3.0;
  Values before = values();
  ASSERT_EQ(keel_npy_write(path("w.npy").c_str(), &array, &error), 0);
  EXPECT_EQ(files(), 1u);
  keel_array_free(&array);
  ASSERT_EQ(keel_npy_read(path("w.npy").c_str(), &array, &error), 0);
  EXPECT_EQ(values(), before);
  EXPECT_EQ(array.rank, 3);
  EXPECT_EQ((uintptr_t)array.data % KEEL_ARENA_ALIGNMENT, 0u);
}

/// An IDX file's bytes.
std::string idx(char type, std::vector<uint32_t> shape,
                const std::string &data) {
  std::string bytes = {0, 0, type, (char)shape.size()};
  for (uint32_t d : shape)
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes += (char)(d >> shift);
  return bytes + data;
}

TEST_F(Array, IdxTypes) {
  ASSERT_EQ(readIdx(idx(8, {1, 2}, "\x02\xff")), 0);
  EXPECT_EQ(array.dtype, KEEL_U8);
  EXPECT_EQ(values(), (Values{2, 255}));
  ASSERT_EQ(readIdx(idx(9, {2}, "\x02\xff")), 0);
  EXPECT_EQ(values(), (Values{2, -1}));
  ASSERT_EQ(readIdx(idx(11, {3}, std::string("\x01\x02\xff\xfe\x00\x01", 6))),
            0);
  EXPECT_EQ(values(), (Values{258, -2, 1}));
  ASSERT_EQ(readIdx(idx(12, {1}, std::string("\xff\xff\xff\xfd", 4))), 0);
  EXPECT_EQ(values(), Values{-3});
  ASSERT_EQ(readIdx(idx(13, {1}, std::string("\xbf\x80\x00\x00", 4))), 0);
  EXPECT_EQ(values(), Values{-1});
  ASSERT_EQ(readIdx(idx(14, {1}, std::string("\x3f\xe0\0\0\0\0\0\0", 8))), 0);
  EXPECT_EQ(values(), Values{0.5});
}

std::string gzip(const std::string &bytes) {
  std::string out(bytes.size() + 1000, '\0');
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
            Z_OK);
  stream.next_in = (Bytef *)bytes.data();
  stream.avail_in = (uInt)bytes.size();
  stream.next_out = (Bytef *)out.data();
  stream.avail_out = (uInt)out.size();
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(Array, IdxCompressed) {
  ASSERT_EQ(readIdx(gzip(idx(8, {3}, "abc"))), 0);
  EXPECT_EQ(values(), (Values{'a', 'b', 'c'}));
}

TEST_F(Array, IdxErrors) {
  EXPECT_NE(readIdx("PK\3\4"), 0);
  EXPECT_EQ(message(),
            "a.idx: error: is no IDX file: its first bytes are 50 4b 03 04");
  EXPECT_NE(readIdx(idx(8, {4}, "abc")), 0);
  EXPECT_EQ(message(), "a.idx: error: is cut short: 1 more bytes are expected");
  EXPECT_NE(readIdx(idx(8, {2}, "abc")), 0);
  EXPECT_EQ(message(), "a.idx: error: has more data than its header states");
  EXPECT_NE(readIdx(idx(14, {~0u, ~0u, ~0u}, "abc")), 0);
  EXPECT_EQ(array.data, nullptr);
}

TEST_F(Array, IdxBombIsNotUnpacked) {
  // 64 MB of zeros in some 64 kB, behind a header that states three bytes.
  EXPECT_NE(readIdx(gzip(idx(8, {3}, std::string(64 << 20, '\0')))), 0);
  EXPECT_EQ(message(), "a.idx: error: has more data than its header states");
  // And a header that states more than the file could hold.
  EXPECT_NE(readIdx(gzip(idx(8, {1u << 31}, "abc"))), 0);
  EXPECT_EQ(
      message(),
      "a.idx: error: is cut short: its header states 2147483648 bytes of data");
}

TEST_F(Array, IdxLiesGetNoMemory) {
  // A header that states 200 million signed bytes, 800 MB in memory, before
  // as few as could hold them if they were all the same.
  std::string noise(250000, '\0');
  uint32_t state = 1;
  for (char &c : noise)
    c = (char)((state = state * 1664525 + 1013904223) >> 24);
  auto peak = [] {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  std::string path = write("a.idx", gzip(idx(9, {200000000}, noise)));
  long before = peak();
  EXPECT_NE(keel_idx_read(path.c_str(), &array, &error), 0);
  EXPECT_EQ(message(),
            "a.idx: error: is cut short: 199750000 more bytes are expected");
  EXPECT_LT(peak() - before, 100000); // KB
}

TEST_F(Array, IdxDamagedFiles) {
  for (std::string bytes : {idx(13, {2, 1}, "12345678"),
                            gzip(idx(8, {20}, "abcdefghijklmnopqrst"))}) {
    size_t failed = damage("d.idx", bytes, [&](const std::string &path) {
      keel_array_free(&array);
      return keel_idx_read(path.c_str(), &array, &error);
    });
    EXPECT_EQ(failed, bytes.size());
  }
}

} // namespace
