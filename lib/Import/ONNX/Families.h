//===- Families.h - The ops that can be imported, by family ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_FAMILIES_H
#define KEEL_LIB_IMPORT_ONNX_FAMILIES_H

#include "NodeImporter.h"
#include "llvm/ADT/StringMap.h"

namespace keel::onnx {

/// Handlers by the op's name; ops of other domains as "domain.Op".
using Handlers = llvm::StringMap<Handler>;

void addActivations(Handlers &handlers);
void addArithmetic(Handlers &handlers);
void addConstants(Handlers &handlers);
void addDense(Handlers &handlers);
void addFunctions(Handlers &handlers);
void addGradient(Handlers &handlers);
void addIndexing(Handlers &handlers);
void addLogic(Handlers &handlers);
void addLosses(Handlers &handlers);
void addNormalizations(Handlers &handlers);
void addOptimizers(Handlers &handlers);
void addReductions(Handlers &handlers);
void addShapes(Handlers &handlers);
void addSoftmaxes(Handlers &handlers);
void addStructure(Handlers &handlers);

/// All of them.
const Handlers &getHandlers();

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_FAMILIES_H
