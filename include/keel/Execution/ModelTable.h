//===- ModelTable.h - The keel_model of a module --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EXECUTION_MODELTABLE_H
#define KEEL_EXECUTION_MODELTABLE_H

#include "keel/Codegen/ArenaLayout.h"
#include "keel/Interfaces/Roles.h"
#include "keel/Runtime/Telemetry.h"
#include "llvm/Support/Error.h"
#include <deque>
#include <vector>

namespace keel {

/// Everything in a model's table but its functions, and what it points to.
class ModelTable {
public:
  /// Reads the attribute `keel.layout` and those above.
  static llvm::Expected<std::unique_ptr<ModelTable>>
  create(mlir::ModuleOp module);
  /// The same from the text that `print` made of those attributes.
  static llvm::Expected<std::unique_ptr<ModelTable>>
  parse(llvm::StringRef text, mlir::MLIRContext &context);
  static std::string print(mlir::ModuleOp module);

  ModelTable(const ModelTable &) = delete;
  ModelTable &operator=(const ModelTable &) = delete;

  keel_model model = {};
  /// Its functions are null where the module has none; it names no layers.
  keel_telemetry telemetry = {};

private:
  ModelTable() = default;
  llvm::Error add(const ArenaLayout::Tensors &tensors,
                  const keel_tensor *&first, int32_t &count);
  void addLabelInfo(mlir::ModuleOp module);

  std::string name;
  std::deque<std::string> names;
  std::deque<std::vector<int64_t>> shapes;
  std::deque<std::vector<keel_tensor>> lists;
  std::vector<int64_t> classes;
  std::vector<int32_t> accuracies;
  std::vector<const char *> outputNames;
};

} // namespace keel

#endif // KEEL_EXECUTION_MODELTABLE_H
