//===- FuzzIdx.cpp - IDX files, compressed and not ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"

#include <vector>
#include <zlib.h>

using namespace keel::fuzz;

/// A whole gzip stream, which no mutation of one would be.
static std::vector<uint8_t> compress(const uint8_t *data, size_t size) {
  z_stream stream = {};
  require(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::vector<uint8_t> result(deflateBound(&stream, size));
  stream.next_in = const_cast<uint8_t *>(data);
  stream.avail_in = uInt(size);
  stream.next_out = result.data();
  stream.avail_out = uInt(result.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

/// The first byte says whether the others are compressed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  std::vector<uint8_t> bytes(data + 1, data + size);
  if (data[0] & 1)
    bytes = compress(bytes.data(), bytes.size());
  InputFile file(bytes.data(), bytes.size());
  keel_array array;
  keel_error error = {};
  int failed = keel_idx_read(file.path(), &array, &error);
  requireMessage(failed, error);
  if (failed)
    require(!array.data);
  else
    requireWhole(array);
  keel_array_free(&array);
  return 0;
}
