//===- Jit.h - Compiled models in this process ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EXECUTION_JIT_H
#define KEEL_EXECUTION_JIT_H

#include "keel/Codegen/CpuTarget.h"
#include "keel/Execution/ModelTable.h"
#include "llvm/Support/MemoryBuffer.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace keel {

struct JitOptions {
  /// The host's, if null.
  const CpuTarget *target = nullptr;
};

/// Compiled code in this process. It owns the code and everything that its
/// table points to.
class JitModule {
public:
  /// Compiles a module at stage llvm.
  static llvm::Expected<std::unique_ptr<JitModule>>
  create(mlir::ModuleOp module, const JitOptions &options = {});
  /// Links the object that `target` was compiled for, of the model that `table`
  /// describes.
  static llvm::Expected<std::unique_ptr<JitModule>>
  load(std::unique_ptr<ModelTable> table,
       std::unique_ptr<llvm::MemoryBuffer> object, const CpuTarget &target);
  ~JitModule();

  const keel_model &model() const { return table->model; }
  /// Without layers; its functions are null where the module has none.
  const keel_telemetry &telemetry() const { return table->telemetry; }

private:
  JitModule();
  llvm::Error link(std::unique_ptr<llvm::MemoryBuffer> object);

  std::unique_ptr<ModelTable> table;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace keel

#endif // KEEL_EXECUTION_JIT_H
