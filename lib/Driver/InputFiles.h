//===- InputFiles.h - The files that flags name ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_INPUTFILES_H
#define KEEL_LIB_DRIVER_INPUTFILES_H

#include "keel/Import/ONNX/ImportONNX.h"
#include "keel/Runtime/Dataset.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>
#include <vector>

namespace keel {

/// Files by flags of the form `NAME=PATH` or `PATH`.
class NamedFiles {
public:
  explicit NamedFiles(llvm::ArrayRef<std::string> flags);
  NamedFiles(const NamedFiles &) = delete;

  const keel_named_file *data() const { return files.data(); }
  int32_t size() const { return int32_t(files.size()); }
  llvm::ArrayRef<keel_named_file> get() const { return files; }

private:
  std::vector<std::string> storage;
  std::vector<keel_named_file> files; ///< a null name where none is given
};

/// Arrays that are freed at the end of their scope.
struct Arrays : std::vector<keel_array> {
  explicit Arrays(size_t count = 0) : vector(count, keel_array{}) {}
  ~Arrays();
  Arrays(const Arrays &) = delete;
};

/// Inputs that an ONNX file is imported for: those of --input that are .npy.
struct KnownInputs {
  ImportOptions options;

  /// Errors have been printed on failure.
  llvm::LogicalResult read(llvm::ArrayRef<std::string> flags);

private:
  Arrays arrays;
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_INPUTFILES_H
