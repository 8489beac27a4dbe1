//===- FuzzOnnx.cpp - ONNX files, to stage graph --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver/InputLimits.h"
#include "OnnxMutator.h"
#include "Parsing.h"
#include "keel/Import/ONNX/ImportONNX.h"
#include "keel/Pipelines/Pipelines.h"
#include "mlir/IR/Verifier.h"

#include <fstream>

using namespace keel::fuzz;

/// A folder with a file for external data.
static const std::string &getModelFolder() {
  static const std::string &folder = getFolder();
  static const bool made = [] {
    std::ofstream(folder + "/w.bin") << std::string(64, '\1');
    return true;
  }();
  (void)made;
  return folder;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Context &context = Context::getShared();
  auto imported = keel::importOnnx(
      llvm::StringRef(reinterpret_cast<const char *>(data), size),
      getModelFolder(), *context.get());
  if (!imported) {
    require(!llvm::toString(imported.takeError()).empty());
    return 0;
  }
  for (const keel::ImportedTensor &tensor : imported->weights) {
    int64_t bytes = keel_dtype_size(tensor.dtype);
    for (int64_t dim : tensor.shape)
      bytes *= dim;
    require(bytes == int64_t(tensor.bytes.size()));
  }
  mlir::ModuleOp module = *imported->module;
  if (failed(mlir::verify(module)) || failed(keel::checkLimits(module))) {
    require(context.errors > 0);
    return 0;
  }
  keel::GraphOptions graph;
  llvm::LogicalResult result =
      keel::lowerToStage(module, keel::Stage::graph, graph, {});
  require(llvm::succeeded(result) || context.errors > 0);
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/// Half of the changes are those of the format: fields that are dropped, that
/// come twice or elsewhere, or whose content alone is changed.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 2)
    return LLVMFuzzerMutate(data, size, most);
  std::string changed =
      mutateOnnx(std::string(reinterpret_cast<const char *>(data), size),
                 random, [](std::string &bytes) {
                   size_t room = bytes.size() + 16, length = bytes.size();
                   bytes.resize(room);
                   auto *start = reinterpret_cast<uint8_t *>(bytes.data());
                   bytes.resize(LLVMFuzzerMutate(start, length, room));
                 });
  if (changed.size() > most)
    return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}
