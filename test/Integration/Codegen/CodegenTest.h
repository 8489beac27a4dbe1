//===- CodegenTest.h - Compile a module's text and run it -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_CODEGEN_CODEGENTEST_H
#define KEEL_TEST_INTEGRATION_CODEGEN_CODEGENTEST_H

#include "keel/Codegen/Pipelines.h"
#include "keel/Execution/Jit.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace keel::test {

/// What vector code is made for, when that is not this machine.
struct Shape {
  int64_t bits, registers;
  bool masks;
};

/// A module at stage llvm with its context.
struct Lowered {
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Takes a module from stage graph or linalg to stage llvm. A failure is a test
/// failure and gives a null module.
Lowered lower(llvm::StringRef text, int64_t maxRows, bool reference = false,
              const Shape *shape = nullptr);

/// The same, compiled into this process.
std::unique_ptr<JitModule> compile(llvm::StringRef text, int64_t maxRows,
                                   bool reference = false,
                                   const Shape *shape = nullptr);

/// The text of TrainStep.mlir.
std::string readTrainStep();

/// A context whose parallel_for splits a range into `ways` pieces, each on a
/// thread of its own when there are several.
class SplitContext {
public:
  explicit SplitContext(int ways);
  keel_context *get() { return &context; }
  /// How often compiled code asked for a parallel loop.
  int calls = 0;

private:
  static void parallelFor(keel_context *context, keel_body body, void *closure,
                          int64_t begin, int64_t end);
  keel_context context;
  int ways;
};

/// Aligned bytes that start out as garbage (NaN as a float).
class Arena {
public:
  explicit Arena(int64_t bytes);
  void *get() { return memory.get(); }
  template <typename T> T *at(int64_t offset) {
    return reinterpret_cast<T *>(static_cast<char *>(get()) + offset);
  }
  bool operator==(const Arena &other) const {
    return bytes == other.bytes &&
           std::memcmp(memory.get(), other.memory.get(), bytes) == 0;
  }

private:
  int64_t bytes;
  std::unique_ptr<void, decltype(&std::free)> memory;
};

/// `count` values in [-1, 1].
template <typename T> std::vector<T> randomValues(size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<T> values(count);
  for (T &value : values)
    value = T(uniform(engine));
  return values;
}

/// Runs the model's infer on its inputs, and its fold before if it has one; the
/// params arena holds `params`.
template <typename In, typename Out>
std::vector<Out> infer(const keel_model &model, int ways,
                       const std::vector<std::vector<In>> &params,
                       const std::vector<std::vector<In>> &inputs, int64_t rows,
                       size_t outputSize) {
  SplitContext context(ways);
  Arena arena(model.params_bytes), states(model.states_bytes);
  Arena scratch(model.scratch_bytes);
  for (size_t i = 0; i < params.size(); ++i)
    std::memcpy(arena.at<char>(model.params[i].offset), params[i].data(),
                params[i].size() * sizeof(In));
  std::vector<const void *> in;
  for (const std::vector<In> &input : inputs)
    in.push_back(input.data());
  std::vector<Out> output(outputSize);
  void *out = output.data();
  Arena folded(model.folded_bytes);
  if (model.fold)
    model.fold(context.get(), arena.get(), states.get(), folded.get(),
               scratch.get());
  model.infer(context.get(), model.fold ? folded.get() : arena.get(),
              states.get(), scratch.get(), in.data(), &out, rows);
  return output;
}

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_CODEGEN_CODEGENTEST_H
