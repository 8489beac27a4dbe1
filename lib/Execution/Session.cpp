//===- Session.cpp - A model with the memory that its functions work on ---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Execution/Session.h"
#include "keel/Runtime/Array.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <cstring>

using namespace keel;

ArenaMemory::ArenaMemory(int64_t bytes) {
  memory.reset(static_cast<char *>(keel_allocate(bytes)));
  if (!memory)
    llvm::report_bad_alloc_error("an arena does not fit into memory");
}

void ArenaMemory::Free::operator()(char *memory) const { std::free(memory); }

int64_t keel::countElements(const keel_tensor &tensor, int64_t rows) {
  int64_t count = 1;
  for (int64_t size : llvm::ArrayRef(tensor.shape, tensor.rank))
    count *= size < 0 ? rows : size;
  return count;
}

TensorBuffers::TensorBuffers(llvm::ArrayRef<keel_tensor> tensors,
                             int64_t rows) {
  for (const keel_tensor &tensor : tensors) {
    memory.emplace_back(countElements(tensor, rows) *
                        keel_dtype_size(tensor.dtype));
    pointers.push_back(memory.back().get());
  }
}

Session::Session(const keel_model &model, int64_t rows, int threads)
    : model(model), rows(rows), pool(keel_pool_create(threads)),
      params(model.params_bytes), states(model.states_bytes),
      slots(model.slots_bytes), grads(model.grads_bytes),
      folded(model.folded_bytes), scratch(model.scratch_bytes),
      outputs({model.outputs, size_t(model.num_outputs)}, rows) {
  if (!pool)
    llvm::report_bad_alloc_error("the threads cannot be started");
  keel_pool_context(pool, &context);
}

Session::~Session() { keel_pool_destroy(pool); }

void Session::initialize(int64_t seed) {
  context.seed = seed;
  model.init(&context, params.get(), states.get(), slots.get(), seed);
}

void Session::fold() {
  if (model.fold)
    model.fold(&context, params.get(), states.get(), folded.get(),
               scratch.get());
}

void Session::infer(const BatchBuffers &batch) {
  model.infer(&context, model.fold ? folded.get() : params.get(), states.get(),
              scratch.get(), batch.inputs.get(), outputs.get(), rows);
}

keel_result Session::train(const BatchBuffers &batch) {
  keel_result loss = {}, applied = {};
  if (model.train_step) {
    model.train_step(&context, params.get(), states.get(), slots.get(),
                     scratch.get(), batch.inputs.get(), batch.labels.get(),
                     rows, step, &loss);
    if (!(loss.flags & KEEL_FLAG_UNDECIDED)) {
      ++step;
      return loss;
    }
  }
  model.grad_step(&context, params.get(), states.get(), grads.get(),
                  scratch.get(), batch.inputs.get(), batch.labels.get(), rows,
                  step, &loss);
  model.apply_step(&context, params.get(), states.get(), slots.get(),
                   grads.get(), step, &applied);
  ++step;
  skipped += (applied.flags & KEEL_FLAG_NONFINITE) != 0;
  return loss;
}

void *Session::find(llvm::StringRef name) const {
  for (auto [tensors, arena] :
       {std::pair(llvm::ArrayRef(model.params, model.num_params), &params),
        {llvm::ArrayRef(model.states, model.num_states), &states}})
    for (const keel_tensor &tensor : tensors)
      if (name == tensor.name)
        return arena->get() + tensor.offset;
  return nullptr;
}

std::vector<std::pair<const char *, int64_t>>
keel::listArenas(const keel_model &model) {
  std::vector<std::pair<const char *, int64_t>> arenas = {
      {"params", model.params_bytes}, {"states", model.states_bytes},
      {"slots", model.slots_bytes},   {"grads", model.grads_bytes},
      {"folded", model.folded_bytes}, {"scratch", model.scratch_bytes}};
  int64_t total = 0;
  for (auto [name, bytes] : arenas)
    total += bytes;
  arenas.push_back({"total", total});
  return arenas;
}
