//===- Random.h - Counter-based random numbers ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every draw is a function of what it is for (a seed, a name, an index), never
// of what was drawn before: the same on any machine, for any thread count.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_RANDOM_H
#define KEEL_RUNTIME_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Philox4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3,
/// 2011): 128 random bits for a counter of 128 and a key of 64.
void keel_philox(const uint32_t counter[4], const uint32_t key[2],
                 uint32_t out[4]);

/// FNV-1a, 64 bits, of `bytes` bytes.
uint64_t keel_fnv1a(const void *data, int64_t bytes);

/// FNV-1a continued: `hash` is that of what came before.
uint64_t keel_fnv1a_continue(uint64_t hash, const void *data, int64_t bytes);

/// A hash of many bytes, eight at a time: it tells data apart, and is several
/// times as fast as keel_fnv1a_continue.
uint64_t keel_hash_words(uint64_t hash, const void *data, int64_t bytes);

/// The 128 bits of element `index` of the stream `hash`: Philox with the
/// counter {index_lo, index_hi, hash_lo, hash_hi} and the key {seed_lo,
/// seed_hi}. The stream of a parameter is keel_fnv1a of its name.
void keel_element_bits(uint64_t seed, uint64_t hash, uint64_t index,
                       uint32_t out[4]);

/// A uniformly drawn order of 0 ... count-1 for (seed, purpose, round), by
/// Fisher and Yates with unbiased draws. `order` holds `count` elements.
void keel_permutation(int64_t *order, int64_t count, uint64_t seed,
                      const char *purpose, uint64_t round);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_RANDOM_H
