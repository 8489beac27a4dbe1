//===- Weights.h - Weights files and what their metadata says -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_WEIGHTS_H
#define KEEL_LIB_DRIVER_WEIGHTS_H

#include "ModelFile.h"
#include "keel/Runtime/Weights.h"
#include "llvm/ADT/ArrayRef.h"
#include <vector>

namespace keel {

/// What a weights file says beside its tensors.
struct WeightsInfo {
  bool standardized = false;
  std::vector<std::string> classNames;

  /// Pointers into `classNames`.
  std::vector<const char *> getClassNames() const;

  /// Reads the metadata of `path`. Errors have been printed on failure.
  static llvm::FailureOr<WeightsInfo> read(const std::string &path);
  /// The same of a checkpoint, or the one before it where it cannot be read.
  static llvm::FailureOr<WeightsInfo> readCheckpoint(const std::string &path);
};

/// A model's arenas, freed at the end of their scope.
class WeightArenas {
public:
  ~WeightArenas() { keel_weights_free(&weights); }

  /// Those of a file, or initial values from a seed. Errors have been printed
  /// on failure.
  llvm::LogicalResult load(const keel_model &model, const std::string &path);
  /// Those that the model's file holds.
  llvm::LogicalResult take(const keel_model &model, const ModelFile &file);
  llvm::LogicalResult initialize(const keel_model &model, keel_context *context,
                                 int64_t seed);

  keel_weights weights = {};
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_WEIGHTS_H
