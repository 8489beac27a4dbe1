//===- ThreadPool.cpp - Threads for parallel loops ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A training step starts hundreds of loops of a few microseconds each, so a
// worker spins for the next one a while before it sleeps.
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/ThreadPool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// Some tens of microseconds.
constexpr int spins = 2000;

struct Worker {
  keel_pool *pool;
  int part;
  pthread_t thread;
};

thread_local bool insideLoop = false;

inline void pauseOnce() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// One turn of a spin. Where threads outnumber the free cores, the one that is
/// waited for may stand behind this one: now and then it is let through.
inline void relax(int turn) {
  pauseOnce();
  if (turn % 32 == 31)
    sched_yield();
}

inline void futexWait(uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

inline void futexWake(uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
}

inline uint32_t acquire(const uint32_t *word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

} // namespace

/// The words that different threads write stand in lines of their own.
struct keel_pool {
  int threads;
  Worker *workers;

  // The loop being run: written before `round` grows, read after.
  keel_body body;
  void *closure;
  int64_t begin, end;
  bool stop;

  alignas(64) uint32_t round;   ///< grows with every loop
  uint32_t sleepers;            ///< workers in a futex on `round`
  alignas(64) uint32_t pending; ///< workers that have not done this round
  uint32_t waiting;             ///< the caller is in a futex on `pending`
};

/// Part `part` of `parts` of the range: sizes differ by at most one.
static void runPart(keel_pool *pool, int part) {
  int64_t count = pool->end - pool->begin;
  int64_t parts = count < pool->threads ? count : pool->threads;
  if (part >= parts)
    return;
  int64_t size = count / parts, larger = count % parts;
  int64_t begin = pool->begin + part * size + (part < larger ? part : larger);
  insideLoop = true;
  pool->body(pool->closure, begin, begin + size + (part < larger));
  insideLoop = false;
}

static void waitForRound(keel_pool *pool, uint32_t done) {
  for (int i = 0; i < spins; ++i) {
    if (acquire(&pool->round) != done)
      return;
    relax(i);
  }
  // Counted before the futex compares: a caller that sees no sleeper has grown
  // `round` before the comparison.
  __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&pool->round, __ATOMIC_SEQ_CST) == done)
    futexWait(&pool->round, done);
  __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
}

static void *work(void *argument) {
  Worker *worker = (Worker *)argument;
  keel_pool *pool = worker->pool;
  for (uint32_t done = 0;;) {
    waitForRound(pool, done);
    ++done;
    if (pool->stop)
      return nullptr;
    runPart(pool, worker->part);
    if (__atomic_sub_fetch(&pool->pending, 1, __ATOMIC_SEQ_CST) == 0 &&
        __atomic_load_n(&pool->waiting, __ATOMIC_SEQ_CST))
      futexWake(&pool->pending);
  }
}

static void startRound(keel_pool *pool) {
  __atomic_store_n(&pool->pending, (uint32_t)pool->threads - 1,
                   __ATOMIC_RELAXED);
  __atomic_fetch_add(&pool->round, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST))
    futexWake(&pool->round);
}

static void finishRound(keel_pool *pool) {
  for (int i = 0; i < spins; ++i) {
    if (acquire(&pool->pending) == 0)
      return;
    relax(i);
  }
  __atomic_store_n(&pool->waiting, 1, __ATOMIC_SEQ_CST);
  while (uint32_t left = __atomic_load_n(&pool->pending, __ATOMIC_SEQ_CST))
    futexWait(&pool->pending, left);
  __atomic_store_n(&pool->waiting, 0, __ATOMIC_SEQ_CST);
}

static void parallelFor(keel_context *context, keel_body body, void *closure,
                        int64_t begin, int64_t end) {
  keel_pool *pool = (keel_pool *)context->pool;
  if (begin >= end)
    return;
  if (!pool || pool->threads == 1 || insideLoop || end - begin == 1) {
    body(closure, begin, end);
    return;
  }
  pool->body = body;
  pool->closure = closure;
  pool->begin = begin;
  pool->end = end;
  startRound(pool);
  runPart(pool, 0);
  finishRound(pool);
}

int keel_hardware_threads(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
    return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

keel_pool *keel_pool_create(int threads) {
  if (threads <= 0)
    threads = keel_hardware_threads();
  keel_pool *pool = (keel_pool *)aligned_alloc(64, sizeof(keel_pool));
  if (!pool)
    return nullptr;
  memset((void *)pool, 0, sizeof(*pool));
  pool->threads = 1;
  if (threads == 1)
    return pool;
  pool->workers = (Worker *)calloc((size_t)threads - 1, sizeof(Worker));
  // Signals are for the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int i = 1; pool->workers && i < threads; ++i) {
    Worker *worker = &pool->workers[i - 1];
    *worker = {pool, i, {}};
    if (pthread_create(&worker->thread, nullptr, work, worker) != 0)
      break;
    pool->threads = i + 1;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pool->threads == threads)
    return pool;
  keel_pool_destroy(pool);
  return nullptr;
}

void keel_pool_destroy(keel_pool *pool) {
  if (!pool)
    return;
  if (pool->threads > 1) {
    pool->stop = true;
    startRound(pool);
    for (int i = 1; i < pool->threads; ++i)
      pthread_join(pool->workers[i - 1].thread, nullptr);
  }
  free(pool->workers);
  free(pool);
}

int keel_pool_threads(const keel_pool *pool) {
  return pool ? pool->threads : 1;
}

void keel_pool_context(keel_pool *pool, keel_context *context) {
  context->parallel_for = parallelFor;
  context->pool = pool;
  context->seed = 0;
  context->first_row = 0;
}
