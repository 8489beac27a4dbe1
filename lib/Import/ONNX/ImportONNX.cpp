//===- ImportONNX.cpp - From an ONNX file to a keel.model -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Import/ONNX/ImportONNX.h"
#include "GraphImporter.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Expected;

static Expected<ImportedModel> import(StringRef bytes, StringRef folder,
                                      MLIRContext &context,
                                      const ImportOptions &options,
                                      bool fixBatch) {
  Expected<Model> model = parseModel(bytes, folder);
  if (!model)
    return model.takeError();
  return GraphImporter(std::move(*model), context, options, fixBatch).run();
}

/// Whether all inputs and results have a batch, or none has.
static bool isUniform(ImportedModel &imported) {
  auto model = *imported.module->getOps<ModelOp>().begin();
  SmallVector<Type> types(model.getArgumentTypes());
  llvm::append_range(types, model.getResultTypes());
  auto hasBatch = [](Type type) {
    return !cast<RankedTensorType>(type).hasStaticShape();
  };
  return llvm::all_of(types, hasBatch) || llvm::none_of(types, hasBatch);
}

Expected<ImportedModel> keel::importOnnx(StringRef bytes, StringRef folder,
                                         MLIRContext &context,
                                         const ImportOptions &options) {
  Expected<ImportedModel> first =
      import(bytes, folder, context, options, /*fixBatch=*/false);
  if (options.inputs.empty() || (first && isUniform(*first)))
    return first;
  if (!first)
    llvm::consumeError(first.takeError());
  return import(bytes, folder, context, options, /*fixBatch=*/true);
}
