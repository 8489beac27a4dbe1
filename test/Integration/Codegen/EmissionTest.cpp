//===- EmissionTest.cpp - What is emitted for a step ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Emission.h"
#include "CodegenTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

TEST(Emission, OnlyInitAllocates) {
  Lowered lowered = lower(readTrainStep(), 16);
  ASSERT_TRUE(lowered.module);
  auto target = CpuTarget::getHost();
  ASSERT_TRUE(bool(target));
  auto text = emitLLVMIR(*lowered.module, *target);
  ASSERT_TRUE(bool(text));
  llvm::StringRef left = *text;
  EXPECT_FALSE(left.contains("@malloc"));
  size_t functions = 0;
  for (size_t at = left.find("\ndefine "); at != llvm::StringRef::npos;
       at = left.find("\ndefine ")) {
    left = left.drop_front(at + 1);
    llvm::StringRef body = left.take_front(left.find("\n}"));
    ++functions;
    if (!body.contains("@linear_init("))
      EXPECT_FALSE(body.contains("@aligned_alloc") || body.contains("@free"))
          << body.str();
  }
  EXPECT_GE(functions, 9u);
}

TEST(Emission, ObjectsForOtherTargets) {
  Lowered lowered = lower(readTrainStep(), 16);
  ASSERT_TRUE(lowered.module);
  for (auto [triple, cpu, instruction] :
       {std::tuple("x86_64-unknown-linux-gnu", "haswell", "vfmadd"),
        {"x86_64-unknown-linux-gnu", "znver4", "vfmadd"},
        {"aarch64-unknown-linux-gnu", "cortex-a72", "fmla"}}) {
    auto target = CpuTarget::get(triple, cpu);
    ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
    auto assembly = emitAssembly(*lowered.module, *target);
    ASSERT_TRUE(bool(assembly));
    EXPECT_NE(assembly->find(instruction), std::string::npos) << triple;
    auto object = emitObject(*lowered.module, *target);
    ASSERT_TRUE(bool(object));
    EXPECT_EQ(llvm::StringRef(object->data(), 4), "\x7f"
                                                  "ELF");
  }
}

TEST(Emission, UnknownTargetsAreErrors) {
  for (auto [triple, cpu, message] :
       {std::tuple("nonsense", "", "unknown target 'nonsense'"),
        {"x86_64-unknown-linux-gnu", "nothing",
         "unknown cpu 'nothing' for 'x86_64-unknown-linux-gnu'"}}) {
    auto target = CpuTarget::get(triple, cpu);
    ASSERT_FALSE(bool(target));
    std::string error = llvm::toString(target.takeError());
    EXPECT_EQ(error.substr(0, strlen(message)), message);
  }
}

TEST(Emission, TargetsDifferInShape) {
  auto haswell = CpuTarget::get("x86_64-unknown-linux-gnu", "haswell");
  auto server = CpuTarget::get("x86_64-unknown-linux-gnu", "sapphirerapids");
  auto old = CpuTarget::get("x86_64-unknown-linux-gnu", "x86-64");
  auto arm = CpuTarget::get("aarch64-unknown-linux-gnu", "");
  ASSERT_TRUE(haswell && server && old && arm);
  EXPECT_EQ(haswell->vectorBits, 256);
  EXPECT_EQ(server->vectorBits, 512);
  EXPECT_EQ(server->vectorRegisters, 32);
  EXPECT_EQ(haswell->cacheBytes, 256 << 10);
  EXPECT_GE(server->cacheBytes, 1 << 20);
  EXPECT_EQ(old->vectorBits, 128);
  EXPECT_FALSE(old->maskedMemory);
  EXPECT_EQ(arm->vectorBits, 128);
  EXPECT_EQ(arm->vectorRegisters, 32);
}
