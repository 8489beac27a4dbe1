//===- Checksum.cpp - Checksums of the tensors in a file ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// zlib has the sum too, but emitted objects, which write the same files, are
// linked with libc and libm alone.
//
//===----------------------------------------------------------------------===//

#include "Checksum.h"
#include "Support.h"

using namespace keel;

namespace {

/// at[k][b]: what the byte b becomes when k more bytes have passed.
struct Table {
  uint32_t at[8][256] = {};

  constexpr Table() {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t sum = byte;
      for (int bit = 0; bit < 8; ++bit)
        sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
      at[0][byte] = sum;
    }
    for (int k = 1; k < 8; ++k)
      for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t sum = at[k - 1][byte];
        at[k][byte] = sum >> 8 ^ at[0][sum & 255];
      }
  }
};

constexpr Table table;

/// Eight hexadecimal digits and nothing else.
bool parseSum(const char *text, uint32_t *sum) {
  if (!text || strspn(text, "0123456789abcdef") != 8 || text[8])
    return false;
  *sum = (uint32_t)strtoul(text, nullptr, 16);
  return true;
}

} // namespace

uint32_t keel_crc32(const void *data, int64_t size) {
  const uint8_t *bytes = (const uint8_t *)data;
  uint32_t sum = ~0u;
  for (; size >= 8; size -= 8, bytes += 8) {
    uint64_t word = load<uint64_t>(bytes) ^ sum;
    sum = table.at[7][word & 255] ^ table.at[6][word >> 8 & 255] ^
          table.at[5][word >> 16 & 255] ^ table.at[4][word >> 24 & 255] ^
          table.at[3][word >> 32 & 255] ^ table.at[2][word >> 40 & 255] ^
          table.at[1][word >> 48 & 255] ^ table.at[0][word >> 56];
  }
  for (; size > 0; --size)
    sum = sum >> 8 ^ table.at[0][(sum ^ *bytes++) & 255];
  return ~sum;
}

void keel_append_checksums(keel_text *text, const keel_stored_tensor *tensors,
                           int64_t num_tensors) {
  keel_text_append(text, "{");
  for (int64_t i = 0; i < num_tensors; ++i) {
    keel_json_append_key(text, tensors[i].name);
    keel_text_append(text, "\"%08x\"",
                     keel_crc32(tensors[i].data, tensors[i].bytes));
  }
  keel_text_append(text, "}");
}

int keel_check_checksums(const char *path, const keel_safetensors *file,
                         keel_error *error) {
  const char *text = keel_safetensors_metadata(file, KEEL_CHECKSUMS);
  if (!text)
    return 0;
  Scoped<keel_json, keel_json_free> json;
  keel_error inner;
  if (keel_json_parse(text, (int64_t)strlen(text), path, json.get(), &inner))
    return keel_fail(error, path,
                     "the metadata \"" KEEL_CHECKSUMS "\" is no JSON: %.2000s",
                     inner.message);
  if (json->values[0].kind != KEEL_JSON_OBJECT)
    return keel_fail(error, path,
                     "the metadata \"" KEEL_CHECKSUMS "\" is no object");
  for (int64_t i = json->values[0].child; i >= 0; i = json->values[i].next) {
    const keel_json_value &value = json->values[i];
    const keel_stored_tensor *tensor = keel_safetensors_find(file, value.key);
    uint32_t expected;
    if (!parseSum(value.string, &expected))
      return keel_fail(error, path,
                       "the metadata \"" KEEL_CHECKSUMS
                       "\" has no eight hexadecimal digits for \"%s\"",
                       value.key);
    uint32_t sum = tensor ? keel_crc32(tensor->data, tensor->bytes) : expected;
    if (sum != expected)
      return keel_fail(error, path,
                       "tensor \"%s\" is damaged: the CRC-32 of its bytes is "
                       "%08x, the metadata \"" KEEL_CHECKSUMS "\" has %08x; if "
                       "it was changed on purpose, leave that metadata out",
                       value.key, sum, expected);
  }
  return 0;
}
