//===- InterruptTest.cpp - Tests of signals during a run ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerFixture.h"

#include <csignal>

using namespace keel::test;

namespace {

using Interrupt = TrainerFixture;

TEST_F(Interrupt, FinishesTheStepAndSaves) {
  openClasses(40);
  std::string output = path("w.safetensors");
  options.output = output.c_str();
  options.on_step = [](void *, const keel_step_record *record, keel_text *) {
    if (record->step == 3)
      raise(SIGINT);
  };
  options.epochs = 4;
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(report.interrupted, SIGINT);
  EXPECT_EQ(report.steps, 3);
  options.on_step = nullptr;
  options.resume = output.c_str();
  ASSERT_EQ(train(), 0) << message();
  std::string resumed = bits();
  options.resume = nullptr;
  ASSERT_EQ(train(), 0);
  EXPECT_EQ(resumed, bits());
}

TEST_F(Interrupt, TheSecondSignalEndsAtOnce) {
  openClasses(40);
  // A shell has its background jobs ignore SIGINT.
  std::vector<__sighandler_t> before;
  struct sigaction now;
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGXFSZ}) {
    sigaction(number, nullptr, &now);
    before.push_back(now.sa_handler);
  }
  options.epochs = 4;
  options.on_step = [](void *, const keel_step_record *record, keel_text *) {
    if (record->step != 2)
      return;
    raise(SIGINT);
    raise(SIGTERM);
  };
  EXPECT_EXIT(train(), testing::KilledBySignal(SIGTERM), "");
  // Afterwards, signals do what they did before.
  options.on_step = nullptr;
  ASSERT_EQ(train(), 0) << message();
  auto expected = before.begin();
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGXFSZ}) {
    sigaction(number, nullptr, &now);
    EXPECT_EQ(now.sa_handler, *expected++) << number;
  }
}

} // namespace
