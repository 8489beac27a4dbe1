//===- Idx.cpp - The IDX file of the MNIST data ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "keel/Runtime/Array.h"

#include <sys/stat.h>
#include <zlib.h>

using namespace keel;

namespace {

/// Deflate makes at most 1032 bytes of one, so a header that states more than
/// that is wrong before anything is allocated.
constexpr int64_t largestRatio = 1032;

/// Compressed data that is said to be larger is counted before it is given
/// memory.
constexpr int64_t largestUncounted = 64 << 20;

struct Input {
  const char *path;
  gzFile file;
  keel_error *error;

  /// Reads exactly `bytes` bytes, after which `beyond` are expected.
  int read(void *to, int64_t bytes, int64_t beyond = 0) {
    char *p = (char *)to;
    while (bytes > 0) {
      int got = gzread(file, p, (unsigned)minimum(bytes, 1 << 30));
      if (got < 0)
        return keel_fail(error, path, "the gzip stream is damaged");
      if (got == 0)
        return keel_fail(error, path,
                         "is cut short: %lld more bytes are expected",
                         (long long)(bytes + beyond));
      p += got;
      bytes -= got;
    }
    return 0;
  }
};

/// Whether the `bytes` bytes that a header states are there, from where the
/// input stands. Leaves it there.
int checkLength(Input *input, int64_t bytes, int64_t fileBytes) {
  int64_t start = gztell(input->file);
  bool plain = gzdirect(input->file);
  if (bytes / (plain ? 1 : largestRatio) > fileBytes)
    return keel_fail(input->error, input->path,
                     "is cut short: its header states %lld bytes of data",
                     (long long)bytes);
  if (plain || bytes <= largestUncounted)
    return 0;
  Vec<char> buffer;
  if (!buffer.reserve(1 << 20))
    return keel_fail_memory(input->error, input->path, 1 << 20);
  for (int64_t left = bytes, part; left > 0; left -= part) {
    part = minimum(left, buffer.capacity);
    if (input->read(buffer.data, part, left - part))
      return 1;
  }
  if (gzseek(input->file, start, SEEK_SET) != start)
    return keel_fail(input->error, input->path, "cannot be read twice");
  return 0;
}

uint32_t bigEndian(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

/// An IDX type's size in the file and its type in memory.
bool describe(int type, int64_t *size, int32_t *dtype) {
  switch (type) {
  case 0x08:
    *size = 1, *dtype = KEEL_U8;
    return true;
  case 0x09:
    *size = 1, *dtype = KEEL_I32;
    return true;
  case 0x0b:
    *size = 2, *dtype = KEEL_I32;
    return true;
  case 0x0c:
    *size = 4, *dtype = KEEL_I32;
    return true;
  case 0x0d:
    *size = 4, *dtype = KEEL_F32;
    return true;
  case 0x0e:
    *size = 8, *dtype = KEEL_F64;
    return true;
  default:
    return false;
  }
}

/// From the file's bytes, at the end of the array's memory, to its elements.
/// An element is never larger in the file than in memory, so going forwards
/// overtakes nothing.
void convert(keel_array *array, int type, int64_t size) {
  int64_t elements = keel_array_elements(array);
  int64_t width = keel_dtype_size(array->dtype);
  const unsigned char *from =
      (const unsigned char *)array->data + elements * (width - size);
  char *to = (char *)array->data;
  for (int64_t i = 0; i < elements; ++i, from += size, to += width) {
    uint64_t bits = 0;
    for (int64_t b = 0; b < size; ++b)
      bits = bits << 8 | from[b];
    if (type == 0x09)
      bits = (uint64_t)(int64_t)(int8_t)bits;
    else if (type == 0x0b)
      bits = (uint64_t)(int64_t)(int16_t)bits;
    memcpy(to, &bits, (size_t)width);
  }
}

int readHeader(Input *input, int *type, int32_t *rank, int64_t *shape) {
  unsigned char magic[4], dimension[4];
  if (input->read(magic, 4))
    return 1;
  *type = magic[2];
  *rank = magic[3];
  int64_t size;
  int32_t dtype;
  if (magic[0] != 0 || magic[1] != 0 || !describe(*type, &size, &dtype))
    return keel_fail(input->error, input->path,
                     "is no IDX file: its first bytes are %02x %02x %02x %02x",
                     magic[0], magic[1], magic[2], magic[3]);
  if (*rank < 1 || *rank > KEEL_MAX_RANK)
    return keel_fail(input->error, input->path,
                     "has %d dimensions, expected 1 to %d", *rank,
                     KEEL_MAX_RANK);
  for (int32_t i = 0; i < *rank; ++i) {
    if (input->read(dimension, 4))
      return 1;
    shape[i] = bigEndian(dimension);
  }
  return 0;
}

int readArray(Input *input, keel_array *array, int64_t fileBytes) {
  int type;
  int32_t rank, dtype;
  int64_t shape[KEEL_MAX_RANK], size;
  if (readHeader(input, &type, &rank, shape))
    return 1;
  describe(type, &size, &dtype);
  int64_t bytes = size;
  for (int32_t i = 0; i < rank; ++i)
    if (!multiply(bytes, shape[i], &bytes))
      bytes = shape[i] == 0 ? 0 : INT64_MAX;
  if (checkLength(input, bytes, fileBytes))
    return 1;
  if (keel_array_create(array, dtype, rank, shape, input->error))
    return keel_fail(input->error, input->path,
                     "the array does not fit into memory");
  if (input->read((char *)array->data + array->bytes - bytes, bytes))
    return 1;
  char more;
  int got = gzread(input->file, &more, 1);
  if (got != 0)
    return keel_fail(input->error, input->path,
                     got > 0 ? "has more data than its header states"
                             : "the gzip stream is damaged");
  if (type != 0x08)
    convert(array, type, size);
  return 0;
}

} // namespace

int keel_idx_read(const char *path, keel_array *array, keel_error *error) {
  *array = {};
  struct stat status;
  if (stat(path, &status) != 0)
    return keel_fail_errno(error, path, "cannot be opened");
  if (S_ISDIR(status.st_mode))
    return keel_fail(error, path, "is a directory, expected a file");
  gzFile file = gzopen(path, "rb");
  if (!file)
    return keel_fail_errno(error, path, "cannot be opened");
  gzbuffer(file, 1 << 18);
  Input input = {path, file, error};
  int failed = readArray(&input, array, status.st_size);
  // Closing tells whether the stream ended before its checksum.
  if (gzclose_r(file) != Z_OK && !failed)
    failed = keel_fail(error, path, "the gzip stream is cut short");
  if (failed)
    keel_array_free(array);
  return failed;
}
