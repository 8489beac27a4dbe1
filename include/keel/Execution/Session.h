//===- Session.h - A model with the memory that its functions work on -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EXECUTION_SESSION_H
#define KEEL_EXECUTION_SESSION_H

#include "keel/Runtime/Model.h"
#include "keel/Runtime/ThreadPool.h"
#include "llvm/ADT/ArrayRef.h"
#include <memory>
#include <utility>
#include <vector>

namespace keel {

/// Zeroed memory for `bytes` bytes, aligned as arenas are.
class ArenaMemory {
public:
  explicit ArenaMemory(int64_t bytes);
  char *get() const { return memory.get(); }

private:
  struct Free {
    void operator()(char *memory) const;
  };
  std::unique_ptr<char, Free> memory;
};

/// Elements of a tensor, of which a dynamic dimension has `rows`.
int64_t countElements(const keel_tensor &tensor, int64_t rows);

/// Memory for some of a model's tensors, each on its own, and the pointers that
/// its functions take.
class TensorBuffers {
public:
  TensorBuffers(llvm::ArrayRef<keel_tensor> tensors, int64_t rows);
  void *operator[](size_t i) const { return pointers[i]; }
  void *const *get() const { return pointers.data(); }

private:
  std::vector<ArenaMemory> memory;
  std::vector<void *> pointers;
};

/// One batch of a model's inputs and labels, zero at first.
struct BatchBuffers {
  BatchBuffers(const keel_model &model, int64_t rows)
      : inputs({model.inputs, size_t(model.num_inputs)}, rows),
        labels({model.labels, size_t(model.num_labels)}, rows) {}
  TensorBuffers inputs, labels;
};

/// A compiled model, threads, and the arenas for calls of `rows` rows: what
/// takes one batch after another without anything around it.
class Session {
public:
  /// `threads` as keel_pool_create has it.
  Session(const keel_model &model, int64_t rows, int threads);
  ~Session();
  Session(const Session &) = delete;

  /// Fills params, states and slots with initial values.
  void initialize(int64_t seed);
  /// Computes what `infer` takes for params; to be called when they are set.
  void fold();
  void infer(const BatchBuffers &batch);
  /// One step, by train_step where there is one; the loss.
  keel_result train(const BatchBuffers &batch);

  /// The memory of a param or a state, null where the model has none of that
  /// name.
  void *find(llvm::StringRef name) const;
  const TensorBuffers &getOutputs() const { return outputs; }
  int getThreads() const { return keel_pool_threads(pool); }
  /// Steps that were not taken because a gradient was not finite.
  int64_t getSkippedSteps() const { return skipped; }

private:
  const keel_model &model;
  int64_t rows;
  keel_pool *pool;
  keel_context context = {};
  ArenaMemory params, states, slots, grads, folded, scratch;
  TensorBuffers outputs;
  int64_t step = 0, skipped = 0;
};

/// The bytes of each arena by its name, and of all of them as "total".
std::vector<std::pair<const char *, int64_t>>
listArenas(const keel_model &model);

} // namespace keel

#endif // KEEL_EXECUTION_SESSION_H
