//===- ThreadPoolTest.cpp - Tests of the thread pool ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/ThreadPool.h"
#include "gtest/gtest.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

namespace {

struct Pool {
  explicit Pool(int threads) : pool(keel_pool_create(threads)) {
    keel_pool_context(pool, &context);
  }
  ~Pool() { keel_pool_destroy(pool); }

  template <typename Body> void loop(int64_t begin, int64_t end, Body body) {
    context.parallel_for(
        &context,
        [](void *closure, int64_t first, int64_t last) {
          (*(Body *)closure)(first, last);
        },
        &body, begin, end);
  }

  keel_pool *pool;
  keel_context context;
};

TEST(ThreadPool, CoversEveryIndexOnce) {
  for (int threads : {1, 2, 3, 5}) {
    Pool pool(threads);
    ASSERT_EQ(keel_pool_threads(pool.pool), threads);
    for (int64_t count : {0, 1, 2, 4, 7, 100}) {
      std::vector<int> hits(count);
      pool.loop(10, 10 + count, [&](int64_t begin, int64_t end) {
        ASSERT_LT(begin, end);
        for (int64_t i = begin; i < end; ++i)
          ++hits[i - 10];
      });
      for (int hit : hits)
        ASSERT_EQ(hit, 1);
    }
  }
}

TEST(ThreadPool, SplitIsStaticAndEven) {
  Pool pool(3);
  std::mutex mutex;
  std::set<std::pair<int64_t, int64_t>> parts;
  for (int repeat = 0; repeat < 20; ++repeat)
    pool.loop(0, 11, [&](int64_t begin, int64_t end) {
      std::lock_guard<std::mutex> lock(mutex);
      parts.insert({begin, end});
    });
  EXPECT_EQ(parts,
            (std::set<std::pair<int64_t, int64_t>>{{0, 4}, {4, 8}, {8, 11}}));
}

TEST(ThreadPool, OneThreadRunsOnTheCaller) {
  Pool pool(1);
  std::thread::id caller = std::this_thread::get_id();
  int calls = 0;
  pool.loop(0, 1000, [&](int64_t begin, int64_t end) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(end - begin, 1000);
    ++calls;
  });
  EXPECT_EQ(calls, 1);
}

TEST(ThreadPool, NestedLoopsRunInline) {
  Pool pool(4);
  std::atomic<int> inner = 0;
  pool.loop(0, 4, [&](int64_t, int64_t) {
    std::thread::id outer = std::this_thread::get_id();
    pool.loop(0, 8, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      inner += (int)(end - begin);
    });
  });
  EXPECT_EQ(inner, 32);
}

TEST(ThreadPool, ManyLoopsAwakeAndAsleep) {
  Pool pool(2);
  int64_t sums[2] = {};
  for (int i = 0; i < 20000; ++i) {
    pool.loop(0, 2, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k)
        sums[k] += k + 1;
    });
    if (i % 2000 == 0)
      usleep(2000); // long enough for the workers to sleep
  }
  EXPECT_EQ(sums[0], 20000);
  EXPECT_EQ(sums[1], 40000);
}

TEST(ThreadPool, ANullPoolRunsOnTheCaller) {
  keel_context context;
  keel_pool_context(nullptr, &context);
  int64_t sum = 0;
  context.parallel_for(
      &context,
      [](void *closure, int64_t begin, int64_t end) {
        *(int64_t *)closure += end - begin;
      },
      &sum, 0, 77);
  EXPECT_EQ(sum, 77);
  EXPECT_EQ(keel_pool_threads(nullptr), 1);
  EXPECT_GE(keel_hardware_threads(), 1);
}

} // namespace
