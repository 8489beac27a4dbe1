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
#include "keel/Execution/Session.h"
#include "keel/InitAll.h"
#include "keel/Pipelines/Pipelines.h"
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

/// A session for `threads` threads with a batch whose values are made up.
struct Example {
  Example(const keel_model &model, int threads)
      : session(model, kRows, threads), batch(model, kRows) {
    for (int64_t i = 0; i < kRows * 784; ++i)
      static_cast<float *>(batch.inputs[0])[i] = float(i * 37 % 101) / 101.0f;
    session.initialize(/*seed=*/1);
    session.fold();
  }

  Session session;
  BatchBuffers batch;
};

static void trainStep(benchmark::State &state) {
  static std::unique_ptr<JitModule> jit = compile("train");
  Example example(jit->model(), int(state.range(0)));
  for (int64_t i = 0; i < kRows; ++i)
    static_cast<int32_t *>(example.batch.labels[0])[i] = int32_t(i % 10);
  for (auto _ : state)
    example.session.train(example.batch);
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(trainStep)->Arg(1)->Arg(2)->UseRealTime()->Unit(
    benchmark::kMicrosecond);

static void infer(benchmark::State &state) {
  static std::unique_ptr<JitModule> jit = compile("run");
  Example example(jit->model(), int(state.range(0)));
  for (auto _ : state)
    example.session.infer(example.batch);
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(infer)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMicrosecond);
