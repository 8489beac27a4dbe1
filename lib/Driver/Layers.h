//===- Layers.h - The ops of a model that telemetry tells of --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_LAYERS_H
#define KEEL_LIB_DRIVER_LAYERS_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Execution/Jit.h"
#include <string>
#include <vector>

namespace keel {

/// The ops of a model in its order, named as `keel check` names them.
class Layers {
public:
  explicit Layers(ModelOp model);

  /// One an op that is measured.
  llvm::ArrayRef<mlir::Operation *> getOps() const { return ops; }
  llvm::StringRef getName(size_t layer) const { return names[layer]; }
  size_t size() const { return ops.size(); }
  /// Elements of the layer's weight, 0 where it has none.
  int64_t getWeights(size_t layer) const { return layers[layer].weights; }

  /// The functions of `jit` that measure these layers. Points into this and
  /// into `jit`.
  keel_telemetry getTelemetry(const JitModule &jit) const;

private:
  llvm::SmallVector<mlir::Operation *> ops;
  std::vector<std::string> names;
  std::vector<keel_layer> layers;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_LAYERS_H
