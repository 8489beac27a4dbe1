//===- Artifact.h - What keel compile makes for others to link ------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_ARTIFACT_H
#define KEEL_LIB_DRIVER_ARTIFACT_H

#include "ModelFile.h"
#include "Weights.h"
#include "keel/Emission/Artifact.h"
#include "keel/Execution/ModelTable.h"

namespace keel {

/// An object, library, archive or program on its way to a file.
class ArtifactRun {
public:
  /// `emit` is one of getKinds(), `mode` as --mode has it.
  ArtifactRun(ModelFile &file, llvm::StringRef emit, llvm::StringRef mode)
      : file(file), emit(emit), mode(mode) {}

  static llvm::ArrayRef<llvm::StringLiteral> getKinds();

  /// The functions that it needs, as the pipeline's option `mode` has it.
  llvm::StringRef getGraphMode() const;
  /// The rows of a call, where `given` is what the command line says.
  llvm::Expected<int64_t> getMaxRows(std::optional<int64_t> given);

  /// The weights that go inside: of a file, or where `path` is empty those that
  /// the model's file holds.
  void setWeights(const std::string &path, bool isStandardized);

  /// A copy of the model that standardizes its inputs, for a program; null
  /// where it holds none.
  mlir::OwningOpRef<mlir::ModuleOp> makeTwin();

  /// Makes it of the file's module, and its twin's, at stage llvm by now.
  llvm::Error write(mlir::ModuleOp twin, const CpuTarget &target,
                    const std::string &output, const std::string &header);

private:
  bool isProgram() const { return emit == "exe"; }
  bool trains() const { return mode != "infer"; }
  llvm::Error takeWeights();
  llvm::Error fold();
  llvm::Error planScratch();
  llvm::Error writeProgram(mlir::ModuleOp twin, const CpuTarget &target,
                           const std::string &output);
  llvm::Error writeFiles(llvm::StringRef object, const CpuTarget &target,
                         const std::string &output);

  ModelFile &file;
  std::string emit, mode;
  std::string weightsPath;
  std::vector<std::pair<std::string, std::string>> settings;
  bool hasWeights = false;
  std::unique_ptr<ModelTable> table;
  WeightArenas arenas;
  std::vector<char> folded;
  ArtifactOptions options;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_ARTIFACT_H
