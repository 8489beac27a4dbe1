//===- Compiled.cpp - A model's text, compiled, with arenas to run it on --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/InitAll.h"
#include "keel/Pipelines/Pipelines.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

using namespace keel;
using namespace keel::test;

/// Puts probes into the models, and their collection into the pipeline.
static bool addProbes(mlir::ModuleOp module, GraphOptions &graph) {
  static bool registered = (registerAllPasses(), true);
  auto hook = Hook::parse("before-clip:keel-collect-probes",
                          [](unsigned, const llvm::Twine &) {});
  mlir::PassManager pm(module.getContext());
  pm.addNestedPass<ModelOp>(createKeelInsertProbes());
  if (!registered || mlir::failed(hook) || mlir::failed(pm.run(module)))
    return false;
  graph.hooks.push_back(*hook);
  return true;
}

std::unique_ptr<JitModule> test::compile(const std::string &text,
                                         const CompileSettings &settings) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  auto target = CpuTarget::getHost();
  if (!module || !target) {
    ADD_FAILURE() << "does not parse, or the host is unknown:\n" << text;
    llvm::consumeError(target.takeError());
    return nullptr;
  }
  GraphOptions graph;
  graph.mode = settings.mode;
  graph.fold = settings.fold;
  graph.telemetry = settings.telemetry;
  if (settings.probes && !addProbes(*module, graph)) {
    ADD_FAILURE() << "takes no probes:\n" << text;
    return nullptr;
  }
  CodegenOptions codegen;
  codegen.setTarget(*target);
  codegen.maxRows = settings.maxRows;
  codegen.reference = settings.reference;
  codegen.grain = settings.grain;
  codegen.checkBounds =
      settings.checkBounds || std::getenv("KEEL_CHECK_BOUNDS");
  if (mlir::failed(lowerToStage(*module, Stage::llvm, graph, codegen))) {
    ADD_FAILURE() << "does not compile:\n" << text;
    return nullptr;
  }
  auto jit = JitModule::create(*module);
  if (!jit) {
    ADD_FAILURE() << llvm::toString(jit.takeError()) << ":\n" << text;
    return nullptr;
  }
  return std::move(*jit);
}

Arena::Arena(int64_t bytes)
    : bytes(std::max<int64_t>(bytes, 1)),
      memory(static_cast<char *>(std::aligned_alloc(
                 KEEL_ARENA_ALIGNMENT,
                 (this->bytes + KEEL_ARENA_ALIGNMENT - 1) /
                     KEEL_ARENA_ALIGNMENT * KEEL_ARENA_ALIGNMENT)),
             &std::free) {
  std::memset(memory.get(), 0xff, this->bytes);
}

bool Arena::operator==(const Arena &other) const {
  return bytes == other.bytes && std::memcmp(get(), other.get(), bytes) == 0;
}

static size_t countElements(const keel_tensor &tensor) {
  return std::accumulate(tensor.shape, tensor.shape + tensor.rank, size_t(1),
                         std::multiplies<>());
}

template <typename T>
static void copyFrom(const char *data, std::vector<double> &values) {
  std::copy_n(reinterpret_cast<const T *>(data), values.size(), values.begin());
}

template <typename T>
static void copyTo(char *data, const std::vector<double> &values) {
  std::transform(values.begin(), values.end(), reinterpret_cast<T *>(data),
                 [](double value) { return T(value); });
}

std::vector<double> test::read(const Arena &arena, const keel_tensor &tensor) {
  std::vector<double> values(countElements(tensor));
  const char *data = arena.get() + tensor.offset;
  if (tensor.dtype == KEEL_F32)
    copyFrom<float>(data, values);
  else if (tensor.dtype == KEEL_F64)
    copyFrom<double>(data, values);
  else
    copyFrom<int64_t>(data, values);
  return values;
}

void test::write(Arena &arena, const keel_tensor &tensor,
                 const std::vector<double> &values) {
  ASSERT_EQ(values.size(), countElements(tensor)) << tensor.name;
  char *data = arena.get() + tensor.offset;
  if (tensor.dtype == KEEL_F32)
    copyTo<float>(data, values);
  else
    copyTo<double>(data, values);
}

Session::Session(const keel_model &model, int threads)
    : model(model), params(model.params_bytes), states(model.states_bytes),
      slots(model.slots_bytes), grads(model.grads_bytes),
      folded(model.folded_bytes), scratch(model.scratch_bytes),
      pool(keel_pool_create(threads), &keel_pool_destroy),
      context{countAndRun, this, /*seed=*/0, /*first_row=*/0} {
  keel_pool_context(pool.get(), &inner);
}

void Session::countAndRun(keel_context *context, keel_body body, void *closure,
                          int64_t begin, int64_t end) {
  Session *self = static_cast<Session *>(context->pool);
  ++self->parallelLoops;
  self->inner.parallel_for(&self->inner, body, closure, begin, end);
}

struct Session::Operands {
  Operands(const keel_model &model, const Matrix &input, const Batch *batch)
      : input(toBytes(input, model.inputs[0].dtype)) {
    inputs[0] = this->input.data();
    if (!batch || model.num_labels == 0)
      return;
    if (model.labels[0].dtype == KEEL_I32) {
      labels[0] = batch->classes.data();
    } else {
      targets = toBytes(batch->targets, model.labels[0].dtype);
      labels[0] = targets.data();
    }
  }

  static std::vector<char> toBytes(const Matrix &matrix, int32_t dtype) {
    size_t size = dtype == KEEL_F32 ? sizeof(float) : sizeof(double);
    std::vector<char> bytes(matrix.data.size() * size);
    if (dtype == KEEL_F32)
      copyTo<float>(bytes.data(), matrix.data);
    else
      copyTo<double>(bytes.data(), matrix.data);
    return bytes;
  }

  std::vector<char> input, targets;
  const void *inputs[1] = {}, *labels[1] = {};
};

void Session::init(int64_t seed) {
  context.seed = seed;
  model.init(&context, params.get(), states.get(), slots.get(), seed);
}

keel_result Session::gradStep(const Batch &batch, int64_t t, int64_t firstRow) {
  context.first_row = firstRow;
  Operands operands(model, batch.input, &batch);
  return gradStep(operands.inputs, operands.labels, batch.input.rows, t);
}

keel_result Session::gradStep(const void *const *inputs,
                              const void *const *labels, int64_t rows,
                              int64_t t) {
  keel_result result = {};
  model.grad_step(&context, params.get(), states.get(), grads.get(),
                  scratch.get(), inputs, labels, rows, t, &result);
  return result;
}

keel_result Session::applyStep(int64_t t) {
  keel_result result = {};
  model.apply_step(&context, params.get(), states.get(), slots.get(),
                   grads.get(), t, &result);
  return result;
}

keel_result Session::trainStep(const Batch &batch, int64_t t,
                               int64_t firstRow) {
  context.first_row = firstRow;
  Operands operands(model, batch.input, &batch);
  keel_result result = {};
  model.train_step(&context, params.get(), states.get(), slots.get(),
                   scratch.get(), operands.inputs, operands.labels,
                   batch.input.rows, t, &result);
  return result;
}

keel_result Session::eval(const Batch &batch) {
  Operands operands(model, batch.input, &batch);
  keel_result result = {};
  model.eval(&context, params.get(), states.get(), scratch.get(),
             operands.inputs, operands.labels, batch.input.rows, &result);
  return result;
}

Matrix Session::infer(const Matrix &input) {
  Operands operands(model, input, nullptr);
  const keel_tensor &tensor = model.outputs[0];
  Matrix result(input.rows, tensor.shape[tensor.rank - 1]);
  std::vector<char> output = Operands::toBytes(result, tensor.dtype);
  void *outputs[] = {output.data()};
  if (model.fold)
    model.fold(&context, params.get(), states.get(), folded.get(),
               scratch.get());
  model.infer(&context, model.fold ? folded.get() : params.get(), states.get(),
              scratch.get(), operands.inputs, outputs, input.rows);
  if (tensor.dtype == KEEL_F32)
    copyFrom<float>(output.data(), result.data);
  else
    copyFrom<double>(output.data(), result.data);
  return result;
}

void Session::load(const Network &network) {
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params))
    write(params, t, network.find(t.name)->value.data);
  for (const keel_tensor &t : llvm::ArrayRef(model.states, model.num_states))
    write(states, t, network.find(t.name)->value.data);
}

void Session::store(Network &network) const {
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params))
    network.find(t.name)->value.data = read(params, t);
  for (const keel_tensor &t : llvm::ArrayRef(model.states, model.num_states))
    network.find(t.name)->value.data = read(states, t);
}
