//===- CodegenTest.cpp - Compile a module's text and run it ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodegenTest.h"
#include "keel/InitAll.h"
#include "keel/Pipelines/Pipelines.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

using namespace keel;
using namespace keel::test;

Lowered test::lower(llvm::StringRef text, int64_t maxRows, bool reference,
                    const Shape *shape) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  Lowered result{std::make_unique<mlir::MLIRContext>(registry), {}};
  result.module =
      mlir::parseSourceString<mlir::ModuleOp>(text, result.context.get());
  if (!result.module) {
    ADD_FAILURE() << "does not parse:\n" << text.str();
    return result;
  }
  CodegenOptions options;
  auto target = CpuTarget::getHost();
  if (!target) {
    ADD_FAILURE() << llvm::toString(target.takeError());
    return result;
  }
  options.setTarget(*target);
  if (shape) {
    options.vectorBits = shape->bits;
    options.vectorRegisters = shape->registers;
    options.maskedMemory = shape->masks;
  }
  options.maxRows = maxRows;
  options.reference = reference;
  options.grain = 100;
  options.checkBounds = std::getenv("KEEL_CHECK_BOUNDS");
  mlir::PassManager passes(result.context.get());
  buildGraphToLinalgPipeline(passes);
  buildLinalgToVectorPipeline(passes, options);
  buildVectorToLLVMPipeline(passes, options);
  if (mlir::failed(passes.run(*result.module))) {
    ADD_FAILURE() << "does not compile:\n" << text.str();
    result.module = nullptr;
  }
  return result;
}

std::unique_ptr<JitModule> test::compile(llvm::StringRef text, int64_t maxRows,
                                         bool reference, const Shape *shape) {
  Lowered lowered = lower(text, maxRows, reference, shape);
  if (!lowered.module)
    return nullptr;
  auto jit = JitModule::create(*lowered.module);
  if (!jit) {
    ADD_FAILURE() << llvm::toString(jit.takeError());
    return nullptr;
  }
  return std::move(*jit);
}

std::string test::readTrainStep() {
  std::ifstream file(KEEL_TEST_DIR "/Inputs/TrainStep.mlir");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

SplitContext::SplitContext(int ways)
    : context{parallelFor, this, /*seed=*/0, /*first_row=*/0}, ways(ways) {}

void SplitContext::parallelFor(keel_context *context, keel_body body,
                               void *closure, int64_t begin, int64_t end) {
  auto *self = static_cast<SplitContext *>(context->pool);
  ++self->calls;
  std::vector<std::thread> threads;
  int64_t size = (end - begin + self->ways - 1) / self->ways;
  for (int64_t at = begin + size; at < end; at += size)
    threads.emplace_back(body, closure, at, std::min(at + size, end));
  body(closure, begin, std::min(begin + size, end));
  for (std::thread &thread : threads)
    thread.join();
}

Arena::Arena(int64_t bytes)
    : bytes((std::max<int64_t>(bytes, 1) + KEEL_ARENA_ALIGNMENT - 1) /
            KEEL_ARENA_ALIGNMENT * KEEL_ARENA_ALIGNMENT),
      memory(std::aligned_alloc(KEEL_ARENA_ALIGNMENT, this->bytes),
             &std::free) {
  std::memset(memory.get(), 0xff, this->bytes);
}
