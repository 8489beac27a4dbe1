//===- CpuTarget.h - The machine that code is made for --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_CPUTARGET_H
#define KEEL_CODEGEN_CPUTARGET_H

#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace keel {

/// A CPU: what LLVM calls it and what code generation chooses by.
struct CpuTarget {
  std::string triple, cpu, features;
  int64_t vectorBits = 128;
  int64_t vectorRegisters = 16;
  /// Whether a masked load or store is one instruction.
  bool maskedMemory = false;
  /// Whether a fused multiply-add is one.
  bool fusedMultiplyAdd = true;
  /// The second-level cache of a core, and how many cores share work: the
  /// host's own, or what is usual for the CPU.
  int64_t cacheBytes = 512 << 10;
  int64_t cores = 4;

  /// The machine that this runs on.
  static llvm::Expected<CpuTarget> getHost();
  /// The CPU `cpu` of `triple`; empty strings mean the host's triple and the
  /// triple's generic CPU.
  static llvm::Expected<CpuTarget> get(llvm::StringRef triple,
                                       llvm::StringRef cpu,
                                       llvm::StringRef features = "");

  /// A target machine for position-independent code.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
  createTargetMachine() const;
};

} // namespace keel

#endif // KEEL_CODEGEN_CPUTARGET_H
