//===- ThreadPool.h - Threads for parallel loops --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_THREADPOOL_H
#define KEEL_RUNTIME_THREADPOOL_H

#include "keel/Runtime/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct keel_pool keel_pool;

/// The number of threads that this process may run at once (its CPU affinity),
/// at least 1.
int keel_hardware_threads(void);

/// A pool of `threads` threads, the caller's among them; 0 means
/// keel_hardware_threads(). Null when memory or threads are out. With one
/// thread nothing is started.
keel_pool *keel_pool_create(int threads);

/// Ends the threads. Null is allowed.
void keel_pool_destroy(keel_pool *pool);

/// The number of threads, the caller's among them.
int keel_pool_threads(const keel_pool *pool);

/// Makes `context` run its loops on `pool`, which must outlive it: a range is
/// split into at most as many contiguous parts as there are threads, always
/// the same ones. A loop started inside a loop runs on the thread that starts
/// it. A null pool runs everything on the caller.
void keel_pool_context(keel_pool *pool, keel_context *context);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_THREADPOOL_H
