//===- Artifact.h - A compiled model as others link it --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An object holds a model's kernels, its table, its weights where they are
// inside, and the functions of a C header (keel/Runtime/Embedded.h). All but
// those functions is local to it.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EMISSION_ARTIFACT_H
#define KEEL_EMISSION_ARTIFACT_H

#include "keel/Emission/Emission.h"
#include "keel/Runtime/Model.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <utility>
#include <vector>

namespace keel {

/// What an artifact is made of beside its module at stage llvm.
struct ArtifactOptions {
  /// The module's table; its functions may be null.
  const keel_model *model = nullptr;
  std::string modelHash;
  bool standardized = false;
  /// It has a training step.
  bool trains = false;
  /// Where the model came from, for the header's first lines.
  std::string source;
  /// The weights inside, arenas of the model's layout; none where empty. A
  /// model for inference alone that has a fold needs `folded` only.
  bool hasWeights = false;
  llvm::ArrayRef<char> params, states, folded;
  /// Of a program: what its checkpoints say of loss, optimizer and clip.
  std::vector<std::pair<std::string, std::string>> settings;
};

/// The C names of a model: what its header declares and its object defines.
class ArtifactInterface {
public:
  /// `files`: the object can read and write weights files.
  ArtifactInterface(const ArtifactOptions &options, bool files);

  struct Argument {
    std::string name;
    const keel_tensor *tensor = nullptr;
  };

  const keel_model &model;
  /// `classifier` and `CLASSIFIER`, what names begin with.
  std::string prefix, upper;
  std::vector<Argument> inputs, outputs, labels;
  bool trains;
  /// The weights are constants: nothing is loaded.
  bool constant;
  bool hasWeights;
  bool files;
  /// What a call takes: 0 where its last argument says it.
  int64_t fixedRows = 0;
  int64_t contextBytes = 0;
};

/// The header of the functions that an object of `interface` has.
std::string writeHeader(const ArtifactInterface &interface,
                        const ArtifactOptions &options,
                        const CpuTarget &target);

/// The object. An error where `target` is none that artifacts are made for.
llvm::Expected<llvm::SmallVector<char, 0>>
emitArtifact(mlir::ModuleOp module, const CpuTarget &target,
             const ArtifactOptions &options);

/// The same model, which standardizes its inputs: a program holds both.
struct ProgramTwin {
  mlir::ModuleOp module;
  ArtifactOptions options;
};

/// The object of a program, which linkProgram links; `twin` may be null.
llvm::Expected<llvm::SmallVector<char, 0>>
emitProgram(mlir::ModuleOp module, const CpuTarget &target,
            const ArtifactOptions &options, const ProgramTwin *twin);

/// Whether artifacts for `triple` can read and write weights files; an error
/// where there are none for it.
llvm::Expected<bool> hasWeightsFiles(llvm::StringRef triple);

} // namespace keel

#endif // KEEL_EMISSION_ARTIFACT_H
