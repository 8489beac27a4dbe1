//===- Random.cpp - Counter-based random numbers --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Random.h"
#include "Support.h"

#include <string.h>

void keel_philox(const uint32_t counter[4], const uint32_t key[2],
                 uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = (uint64_t)0xD2511F53u * c0;
    uint64_t product1 = (uint64_t)0xCD9E8D57u * c2;
    uint32_t n0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
    uint32_t n2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)product1;
    c3 = (uint32_t)product0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

uint64_t keel_fnv1a_continue(uint64_t hash, const void *data, int64_t bytes) {
  const unsigned char *p = (const unsigned char *)data;
  for (int64_t i = 0; i < bytes; ++i)
    hash = (hash ^ p[i]) * 0x100000001b3ull;
  return hash;
}

uint64_t keel_fnv1a(const void *data, int64_t bytes) {
  return keel_fnv1a_continue(0xcbf29ce484222325ull, data, bytes);
}

uint64_t keel_hash_words(uint64_t hash, const void *data, int64_t bytes) {
  // Four lanes hide the latency of the multiplication. It moves what differs
  // up; the product's upper half brings it down again.
  const char *p = (const char *)data;
  uint64_t lanes[4] = {hash, hash ^ 1, hash ^ 2, hash ^ 3};
  int64_t whole = bytes / 32 * 32;
  for (int64_t i = 0; i < whole; i += 32)
    for (int k = 0; k < 4; ++k) {
      uint64_t word = keel::load<uint64_t>(p + i + 8 * k);
      __uint128_t product =
          (__uint128_t)(lanes[k] ^ word) * 0x9e3779b97f4a7c15ull;
      lanes[k] = (uint64_t)product ^ (uint64_t)(product >> 64);
    }
  hash = keel_fnv1a_continue(lanes[0], lanes + 1, 24);
  return keel_fnv1a_continue(hash, p + whole, bytes - whole);
}

void keel_element_bits(uint64_t seed, uint64_t hash, uint64_t index,
                       uint32_t out[4]) {
  uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32),
                         (uint32_t)hash, (uint32_t)(hash >> 32)};
  uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  keel_philox(counter, key, out);
}

namespace {

/// Consecutive 64-bit draws of one stream.
struct Stream {
  uint64_t seed, hash;
  uint64_t index = 0;
  uint32_t bits[4] = {};
  int used = 4;

  uint64_t next() {
    if (used == 4) {
      keel_element_bits(seed, hash, index++, bits);
      used = 0;
    }
    uint64_t drawn = bits[used] | (uint64_t)bits[used + 1] << 32;
    used += 2;
    return drawn;
  }

  /// Uniform in [0, bound), unbiased (Lemire, Fast random integer generation
  /// in an interval, 2019).
  uint64_t below(uint64_t bound) {
    unsigned __int128 product = (unsigned __int128)next() * bound;
    if ((uint64_t)product < bound) {
      uint64_t threshold = -bound % bound;
      while ((uint64_t)product < threshold)
        product = (unsigned __int128)next() * bound;
    }
    return (uint64_t)(product >> 64);
  }
};

} // namespace

void keel_permutation(int64_t *order, int64_t count, uint64_t seed,
                      const char *purpose, uint64_t round) {
  unsigned char bytes[8];
  for (int i = 0; i < 8; ++i)
    bytes[i] = (unsigned char)(round >> (8 * i));
  uint64_t hash = keel_fnv1a(purpose, (int64_t)strlen(purpose));
  Stream stream = {seed, keel_fnv1a_continue(hash, bytes, 8)};
  for (int64_t i = 0; i < count; ++i)
    order[i] = i;
  for (int64_t i = count - 1; i > 0; --i) {
    int64_t j = (int64_t)stream.below((uint64_t)i + 1);
    int64_t swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
}
