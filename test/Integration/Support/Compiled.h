//===- Compiled.h - A model's text, compiled, with arenas to run it on ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_COMPILED_H
#define KEEL_TEST_INTEGRATION_SUPPORT_COMPILED_H

#include "Network.h"
#include "keel/Execution/Jit.h"
#include "keel/Runtime/ThreadPool.h"
#include <cstdlib>

namespace keel::test {

struct CompileSettings {
  std::string mode = "train";
  int64_t maxRows = 8;
  bool reference = false;
  bool fold = false;
  /// Low, so that small models have parallel loops too.
  int64_t grain = 100;
  /// Whether each access is checked: see keel-check-bounds. The environment's
  /// KEEL_CHECK_BOUNDS asks for it in every test.
  bool checkBounds = false;
  /// Whether to measure values and gradients: see keel-insert-probes.
  bool probes = false;
  /// Whether to make the functions that measure a step.
  bool telemetry = false;
};

/// The path of a model file: parse, lower to stage llvm, compile. A failure is
/// a test failure and gives null.
std::unique_ptr<JitModule> compile(const std::string &text,
                                   const CompileSettings &settings = {});

/// Aligned bytes that start out as garbage (NaN as a float).
class Arena {
public:
  explicit Arena(int64_t bytes);
  char *get() const { return memory.get(); }
  bool operator==(const Arena &other) const;

private:
  int64_t bytes;
  std::unique_ptr<char, decltype(&std::free)> memory;
};

/// The numbers of a tensor in an arena.
std::vector<double> read(const Arena &arena, const keel_tensor &tensor);
/// Rounds to the tensor's type.
void write(Arena &arena, const keel_tensor &tensor,
           const std::vector<double> &values);

/// A compiled model at work: its arenas and its threads.
class Session {
public:
  explicit Session(const keel_model &model, int threads = 1);
  Session(const Session &) = delete;

  /// Also the seed of later steps.
  void init(int64_t seed);
  keel_result gradStep(const Batch &batch, int64_t t = 0, int64_t firstRow = 0);
  /// For models of several inputs or labels: their arrays, in the table's
  /// order.
  keel_result gradStep(const void *const *inputs, const void *const *labels,
                       int64_t rows, int64_t t = 0);
  keel_result applyStep(int64_t t = 0);
  keel_result trainStep(const Batch &batch, int64_t t = 0,
                        int64_t firstRow = 0);
  keel_result eval(const Batch &batch);
  /// Folds the parameters first, where the model has a fold.
  Matrix infer(const Matrix &input);

  /// Copies parameters and states from or to those of a network, by name.
  void load(const Network &network);
  void store(Network &network) const;

  const keel_model &model;
  Arena params, states, slots, grads, folded, scratch;
  /// How often compiled code asked for a parallel loop.
  int parallelLoops = 0;

private:
  /// What compiled code takes: the batch in the model's own types.
  struct Operands;
  static void countAndRun(keel_context *context, keel_body body, void *closure,
                          int64_t begin, int64_t end);

  std::unique_ptr<keel_pool, decltype(&keel_pool_destroy)> pool;
  keel_context context, inner;
};

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_COMPILED_H
