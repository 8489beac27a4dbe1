//===- FusedStepTest.cpp - When the trainer takes train_step --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerFixture.h"

using namespace keel::test;

namespace {

int fusedCalls, gradCalls;

/// Leaves its second call to the other functions.
void trainStep(keel_context *context, void *params, void *states, void *slots,
               void *scratch, const void *const *inputs,
               const void *const *labels, int64_t rows, int64_t t,
               keel_result *result) {
  if (++fusedCalls == 2) {
    *result = {0.0, KEEL_FLAG_UNDECIDED};
    return;
  }
  Classifier::Grads grads;
  keel_result applied;
  Classifier::gradStep(context, params, states, &grads, scratch, inputs, labels,
                       rows, t, result);
  Classifier::applyStep(context, params, states, slots, &grads, t, &applied);
}

void gradStep(keel_context *context, const void *params, const void *states,
              void *grads, void *scratch, const void *const *inputs,
              const void *const *labels, int64_t rows, int64_t t,
              keel_result *result) {
  ++gradCalls;
  Classifier::gradStep(context, params, states, grads, scratch, inputs, labels,
                       rows, t, result);
}

/// Three steps an epoch, the last one of four rows.
class FusedStep : public TrainerFixture {
protected:
  void SetUp() override {
    TrainerFixture::SetUp();
    openClasses(20);
    options.epochs = 2;
    ASSERT_EQ(train(), 0) << message();
    expected = bits();
    expectedLoss = report.train_loss;
    fusedCalls = gradCalls = 0;
    model.train_step = trainStep;
    model.grad_step = gradStep;
  }

  std::string expected;
  double expectedLoss = 0.0;
};

} // namespace

TEST_F(FusedStep, IsTakenWhereItDecides) {
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(fusedCalls, 6);
  EXPECT_EQ(gradCalls, 1);
  EXPECT_EQ(bits(), expected);
  EXPECT_EQ(report.train_loss, expectedLoss);
  EXPECT_EQ(report.samples, 40);
}

TEST_F(FusedStep, IsNotTakenForALog) {
  std::string log = path("run.jsonl");
  options.log = log.c_str();
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(fusedCalls, 0);
  EXPECT_EQ(gradCalls, 6);
  EXPECT_EQ(bits(), expected);
}

TEST_F(FusedStep, IsNotTakenWhereTheNormIsRead) {
  options.on_step = [](void *, const keel_step_record *record, keel_text *) {
    EXPECT_GT(record->gradient_norm, 0.0);
  };
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(fusedCalls, 0);
  EXPECT_EQ(bits(), expected);
}

TEST_F(FusedStep, IsNotTakenForAccumulatedGradients) {
  options.accumulate = 2;
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(fusedCalls, 0);
  EXPECT_EQ(gradCalls, 6);
  EXPECT_EQ(report.steps, 4);
}
