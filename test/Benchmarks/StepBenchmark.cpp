//===- StepBenchmark.cpp - Time of a training step and of inference -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The classifier of test/Models in batches of 64, on 1 and 2 threads. What a
// step reads is made up: its values do not change what is computed.

#include "keel/Execution/Jit.h"
#include "keel/InitAll.h"
#include "keel/Pipelines/Pipelines.h"
#include "keel/Runtime/ThreadPool.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <benchmark/benchmark.h>
#include <cstdlib>

using namespace keel;

static constexpr int64_t kRows = 64;

static std::unique_ptr<JitModule> compile(const char *mode) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(
      KEEL_SOURCE_DIR "/test/Models/classifier.mlir", &context);
  auto target = llvm::cantFail(CpuTarget::getHost());
  GraphOptions graph;
  graph.mode = mode;
  CodegenOptions codegen;
  codegen.maxRows = kRows;
  codegen.setTarget(target);
  if (!module ||
      mlir::failed(lowerToStage(*module, Stage::llvm, graph, codegen)))
    std::abort();
  return llvm::cantFail(JitModule::create(*module));
}

/// Zeroed bytes, aligned as arenas are.
static char *allocate(int64_t bytes) {
  bytes = (bytes / KEEL_ARENA_ALIGNMENT + 1) * KEEL_ARENA_ALIGNMENT;
  auto *memory =
      static_cast<char *>(std::aligned_alloc(KEEL_ARENA_ALIGNMENT, bytes));
  std::fill(memory, memory + bytes, 0);
  return memory;
}

/// The arenas and the batch of one model, kept until the program ends.
struct Buffers {
  explicit Buffers(const keel_model &model, int threads)
      : params(allocate(model.params_bytes)),
        states(allocate(model.states_bytes)),
        slots(allocate(model.slots_bytes)), grads(allocate(model.grads_bytes)),
        folded(allocate(model.folded_bytes)),
        scratch(allocate(model.scratch_bytes)),
        input(allocate(kRows * 784 * 4)), label(allocate(kRows * 4)),
        output(allocate(kRows * 10 * 4)) {
    keel_pool_context(keel_pool_create(threads), &context);
    if (model.init)
      model.init(&context, params, states, slots, /*seed=*/1);
    for (int64_t i = 0; i < kRows * 784; ++i)
      reinterpret_cast<float *>(input)[i] = float(i * 37 % 101) / 101.0f;
    for (int64_t i = 0; i < kRows; ++i)
      reinterpret_cast<int32_t *>(label)[i] = int32_t(i % 10);
  }

  char *params, *states, *slots, *grads, *folded, *scratch;
  char *input, *label, *output;
  keel_context context = {};
};

static void trainStep(benchmark::State &state) {
  static std::unique_ptr<JitModule> jit = compile("train");
  const keel_model &model = jit->model();
  Buffers b(model, int(state.range(0)));
  const void *inputs[] = {b.input}, *labels[] = {b.label};
  keel_result result;
  int64_t t = 0;
  for (auto _ : state) {
    model.grad_step(&b.context, b.params, b.states, b.grads, b.scratch, inputs,
                    labels, kRows, t, &result);
    model.apply_step(&b.context, b.params, b.states, b.slots, b.grads, t++,
                     &result);
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(trainStep)->Arg(1)->Arg(2)->UseRealTime()->Unit(
    benchmark::kMicrosecond);

static void infer(benchmark::State &state) {
  static std::unique_ptr<JitModule> jit = compile("run");
  const keel_model &model = jit->model();
  Buffers b(model, int(state.range(0)));
  model.fold(&b.context, b.params, b.states, b.folded, b.scratch);
  const void *inputs[] = {b.input};
  void *outputs[] = {b.output};
  for (auto _ : state)
    model.infer(&b.context, b.folded, b.states, b.scratch, inputs, outputs,
                kRows);
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(infer)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMicrosecond);
