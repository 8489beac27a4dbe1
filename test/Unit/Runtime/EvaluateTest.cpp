//===- EvaluateTest.cpp - Tests of running a model over rows --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Evaluate.h"
#include "TrainerFixture.h"

using namespace keel::test;

namespace {

class Evaluate : public TrainerFixture {
protected:
  void SetUp() override {
    TrainerFixture::SetUp();
    openClasses(50);
    ASSERT_EQ(keel_init_weights(&model, &context, 1, &weights, &error), 0);
  }
};

TEST_F(Evaluate, BlocksGiveTheWholesLoss) {
  keel_evaluation whole, blocks;
  ASSERT_EQ(keel_evaluate(&model, &context, &weights, &data, &whole, &error),
            0);
  model.max_rows = 7;
  ASSERT_EQ(keel_evaluate(&model, &context, &weights, &data, &blocks, &error),
            0);
  EXPECT_EQ(blocks.samples, 50);
  EXPECT_EQ(blocks.predictions, 50);
  EXPECT_EQ(blocks.correct, whole.correct);
  EXPECT_EQ(blocks.accuracy, (double)whole.correct / 50.0);
  EXPECT_NEAR(blocks.loss, whole.loss, 1e-13 * whole.loss); // 50 roundings
}

TEST_F(Evaluate, RegressionHasNoAccuracy) {
  model = Regression::model();
  keel_dataset line = {};
  open(model, write("line.csv", csv(5, false)), &line);
  keel_evaluation result;
  keel_weights other = {};
  ASSERT_EQ(keel_init_weights(&model, &context, 1, &other, &error), 0);
  ASSERT_EQ(keel_evaluate(&model, &context, &other, &line, &result, &error), 0);
  EXPECT_EQ(result.has_accuracy, 0);
  EXPECT_TRUE(std::isnan(result.accuracy));
  keel_weights_free(&other);
  keel_dataset_free(&line);
}

TEST_F(Evaluate, InferInBlocksIsInferAtOnce) {
  keel_array whole, blocks;
  ASSERT_EQ(keel_infer_rows(&model, &context, &weights, &data, &whole, &error),
            0);
  model.max_rows = 3;
  ASSERT_EQ(keel_infer_rows(&model, &context, &weights, &data, &blocks, &error),
            0);
  ASSERT_EQ(blocks.rank, 2);
  EXPECT_EQ(blocks.shape[0], 50);
  EXPECT_EQ(blocks.shape[1], 3);
  EXPECT_EQ(memcmp(whole.data, blocks.data, (size_t)whole.bytes), 0);
  keel_array_free(&whole);
  keel_array_free(&blocks);
  model.infer = nullptr;
  EXPECT_NE(keel_infer_rows(&model, &context, &weights, &data, &blocks, &error),
            0);
  EXPECT_EQ(message(), "error: model 'classifier' was compiled without infer");
}

TEST_F(Evaluate, AStaticBatchIsFilledUp) {
  keel_array whole, blocks;
  ASSERT_EQ(keel_infer_rows(&model, &context, &weights, &data, &whole, &error),
            0);
  const int64_t shape[] = {16, 2};
  const keel_tensor input = {"x", KEEL_F32, 2, shape, 0};
  model.inputs = &input;
  model.max_rows = 16;
  model.infer = [](keel_context *c, const void *p, const void *s, void *x,
                   const void *const *i, void *const *o, int64_t rows) {
    EXPECT_EQ(rows, 16);
    Classifier::infer(c, p, s, x, i, o, rows);
  };
  ASSERT_EQ(keel_infer_rows(&model, &context, &weights, &data, &blocks, &error),
            0);
  EXPECT_EQ(memcmp(whole.data, blocks.data, (size_t)whole.bytes), 0);
  keel_array_free(&whole);
  keel_array_free(&blocks);
  keel_evaluation result;
  EXPECT_NE(keel_evaluate(&model, &context, &weights, &data, &result, &error),
            0);
  EXPECT_EQ(message(),
            "error: model 'classifier' takes 16 rows at a time, which "
            "do not divide the 50 rows; write the batch as '?' for any");
}

} // namespace
