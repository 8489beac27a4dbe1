//===- CpuTarget.cpp - The machine that code is made for ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Codegen/CpuTarget.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include <mutex>
#include <unistd.h>

using namespace keel;

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
CpuTarget::createTargetMachine() const {
  initializeTargets();
  std::string error;
  llvm::Triple parsed(triple);
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(parsed, error);
  if (!target)
    return llvm::createStringError("unknown target '" + triple + "': " + error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // LLVM takes another convention where it is not told, whatever the features.
  if (parsed.isRISCV64() && parsed.isOSLinux())
    options.MCOptions.ABIName = "lp64d";
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      parsed, cpu, features, options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Default));
  if (!machine)
    return llvm::createStringError("cannot generate code for '" + triple + "'");
  return std::move(machine);
}

/// The second-level cache of CPUs whose is not 512 KiB. LLVM's own tables are
/// empty.
static int64_t getCacheBytes(llvm::StringRef cpu) {
  constexpr int64_t kib = 1024;
  return llvm::StringSwitch<int64_t>(cpu)
      .Cases({"haswell", "broadwell", "skylake", "x86-64-v3"}, 256 * kib)
      .Cases({"skylake-avx512", "cascadelake", "cooperlake"}, 1024 * kib)
      .Cases({"icelake-server", "znver4", "znver5"}, 1024 * kib)
      .Cases({"sapphirerapids", "emeraldrapids", "graniterapids"}, 2048 * kib)
      .Cases({"neoverse-n1", "neoverse-n2", "neoverse-v1"}, 1024 * kib)
      .Case("neoverse-v2", 2048 * kib)
      .StartsWith("apple-", 4096 * kib)
      .Default(512 * kib);
}

/// Fills in what follows from the features.
static llvm::Error describe(CpuTarget &target) {
  CpuTarget generic;
  generic.triple = target.triple;
  auto any = generic.createTargetMachine();
  if (!any)
    return any.takeError();
  if (!target.cpu.empty() &&
      !(*any)->getMCSubtargetInfo()->isCPUStringValid(target.cpu))
    return llvm::createStringError("unknown cpu '" + target.cpu + "' for '" +
                                   target.triple + "'");
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  const llvm::MCSubtargetInfo &info = *(*machine)->getMCSubtargetInfo();
  const llvm::Triple &triple = (*machine)->getTargetTriple();
  if (triple.isX86()) {
    bool avx512 =
        info.checkFeatures("+avx512f") && info.checkFeatures("+avx512vl");
    bool avx2 = info.checkFeatures("+avx2") && info.checkFeatures("+fma");
    target.vectorBits = avx512 ? 512 : avx2 ? 256 : 128;
    target.vectorRegisters = avx512 ? 32 : 16;
    target.maskedMemory = avx2;
    target.fusedMultiplyAdd = avx512 || info.checkFeatures("+fma");
  } else if (triple.isAArch64()) {
    target.vectorRegisters = 32;
  } else if (triple.isRISCV()) {
    // Without vectors a register holds one element.
    target.vectorRegisters = info.checkFeatures("+v") ? 32 : 8;
  } else if (triple.isWasm()) {
    target.fusedMultiplyAdd = false;
  }
  target.cacheBytes = getCacheBytes(target.cpu);
  return llvm::Error::success();
}

llvm::Expected<CpuTarget> CpuTarget::getHost() {
  CpuTarget target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = llvm::sys::getHostCPUName().str();
  llvm::SubtargetFeatures features;
  for (const auto &[name, enabled] : llvm::sys::getHostCPUFeatures())
    features.AddFeature(name, enabled);
  target.features = features.getString();
  if (llvm::Error error = describe(target))
    return std::move(error);
#ifdef _SC_LEVEL2_CACHE_SIZE
  if (long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE); bytes > 0)
    target.cacheBytes = bytes;
#endif
  if (long cores = sysconf(_SC_NPROCESSORS_ONLN); cores > 0)
    target.cores = cores;
  return target;
}

llvm::Expected<CpuTarget> CpuTarget::get(llvm::StringRef triple,
                                         llvm::StringRef cpu,
                                         llvm::StringRef features) {
  CpuTarget target;
  target.triple = triple.empty() ? llvm::sys::getProcessTriple() : triple.str();
  // A triple may leave its vendor out.
  if (llvm::Triple(triple).getArch() != llvm::Triple::UnknownArch)
    target.triple = llvm::Triple::normalize(triple);
  target.cpu = cpu.str();
  target.features = features.str();
  // What every RISC-V processor that runs Linux has.
  llvm::Triple parsed(target.triple);
  if (parsed.isRISCV64() && parsed.isOSLinux() && cpu.empty() &&
      features.empty())
    target.features = "+m,+a,+f,+d,+c";
  if (llvm::Error error = describe(target))
    return std::move(error);
  return target;
}
