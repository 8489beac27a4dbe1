//===- ModelText.h - Changing a model in the file that a person wrote -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_MODELTEXT_H
#define KEEL_LIB_DRIVER_MODELTEXT_H

#include "ModelFile.h"
#include "llvm/ADT/StringMap.h"

namespace keel {

/// The text of a model file, op by op. After passes have changed the model,
/// `print` gives the file again: what did not change stands as it stood, with
/// its comments; the rest is printed under the names that values had.
class ModelText {
public:
  /// Looks at the model before it is changed.
  explicit ModelText(ModelFile &file);

  /// The whole file with `changed`, of the same context, in the place of the
  /// model.
  std::string print(mlir::ModuleOp changed) const;

private:
  /// The lines of one op, and the op as it would be printed.
  struct Entry {
    std::string comments; ///< whole lines before it
    std::string lines;    ///< its own, as the file has them
    std::string indent, trailing;
    std::string printed;
  };

  bool split(ModelOp model);
  void addEntry(mlir::Operation &op, llvm::ArrayRef<llvm::StringRef> lines,
                mlir::AsmState &state);
  std::string printHeader(ModelOp model) const;
  std::string printSpliced(ModelOp model) const;

  std::string text;
  bool isSplit = false;
  size_t begin = 0, end = 0; ///< of the model in the text
  std::string header, printedHeader, footer;
  llvm::StringMap<Entry> entries; ///< by the name of the op's result
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_MODELTEXT_H
