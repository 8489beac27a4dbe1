//===- RandomTest.cpp - Tests of the random numbers -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Random.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace {

using Block = std::array<uint32_t, 4>;

Block philox(Block counter, std::array<uint32_t, 2> key) {
  Block out;
  keel_philox(counter.data(), key.data(), out.data());
  return out;
}

// The known answers of Random123's kat_vectors for philox4x32-10.
TEST(Random, PhiloxKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, Fnv1aKnownAnswers) {
  EXPECT_EQ(keel_fnv1a("", 0), 0xcbf29ce484222325ull);
  EXPECT_EQ(keel_fnv1a("a", 1), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(keel_fnv1a("foobar", 6), 0x85944171f73967e8ull);
  EXPECT_EQ(keel_fnv1a_continue(keel_fnv1a("foo", 3), "bar", 3),
            keel_fnv1a("foobar", 6));
}

TEST(Random, ElementBitsLayout) {
  uint32_t out[4];
  keel_element_bits(0x299f31d0a4093822ull, 0x0370734413198a2eull,
                    0x85a308d3243f6a88ull, out);
  EXPECT_EQ((Block{out[0], out[1], out[2], out[3]}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, PermutationIsOne) {
  for (int64_t count : {0, 1, 2, 3, 1000}) {
    std::vector<int64_t> order(count), sorted(count);
    keel_permutation(order.data(), count, 7, "shuffle", 3);
    sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (int64_t i = 0; i < count; ++i)
      ASSERT_EQ(sorted[i], i);
  }
}

TEST(Random, PermutationDependsOnSeedPurposeAndRound) {
  auto draw = [](uint64_t seed, const char *purpose, uint64_t round) {
    std::vector<int64_t> order(50);
    keel_permutation(order.data(), 50, seed, purpose, round);
    return order;
  };
  auto base = draw(1, "shuffle", 0);
  EXPECT_EQ(base, draw(1, "shuffle", 0));
  EXPECT_NE(base, draw(2, "shuffle", 0));
  EXPECT_NE(base, draw(1, "split", 0));
  EXPECT_NE(base, draw(1, "shuffle", 1));
}

// All 24 orders of four elements equally often: with n draws a count deviates
// from n/24 by at most 5 standard deviations, sqrt(n/24 * 23/24).
TEST(Random, PermutationIsUniform) {
  constexpr int draws = 24000;
  std::map<std::array<int64_t, 4>, int> counts;
  for (int i = 0; i < draws; ++i) {
    std::array<int64_t, 4> order;
    keel_permutation(order.data(), 4, 11, "shuffle", (uint64_t)i);
    ++counts[order];
  }
  ASSERT_EQ(counts.size(), 24u);
  for (auto &[order, count] : counts)
    EXPECT_NEAR(count, draws / 24, 5 * 31);
}

/// Every bit counts, wherever it stands, and so does the number of bytes.
TEST(Random, HashOfWordsTellsDataApart) {
  std::set<uint64_t> seen;
  std::vector<char> bytes(100, 0);
  for (size_t length = 0; length <= bytes.size(); ++length)
    seen.insert(keel_hash_words(1, bytes.data(), (int64_t)length));
  EXPECT_EQ(seen.size(), bytes.size() + 1);
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= (char)(1 << bit % 8);
    seen.insert(keel_hash_words(1, bytes.data(), 100));
    bytes[bit / 8] ^= (char)(1 << bit % 8);
  }
  // Two signs in one lane, which a plain product would let cancel.
  bytes[7] = bytes[39] = (char)0x80;
  seen.insert(keel_hash_words(1, bytes.data(), 100));
  EXPECT_EQ(seen.size(), 101u + 800u + 1u);
}

} // namespace
