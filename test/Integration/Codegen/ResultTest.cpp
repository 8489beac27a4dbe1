//===- ResultTest.cpp - Results that are arguments, constants and slices --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodegenTest.h"
#include "gtest/gtest.h"

using namespace keel;
using namespace keel::test;

/// Two concatenated inputs, one of them returned as it is, one value twice, a
/// constant, and a slice of rank 3.
static constexpr const char *kResults = R"mlir(
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
func.func @infer(%a: tensor<?x3xf32> {keel.role = "input", keel.name = "a"},
                 %b: tensor<?x5xf32> {keel.role = "input", keel.name = "b"})
    -> (tensor<?x8xf32> {keel.role = "output", keel.name = "both"},
        tensor<?x3xf32> {keel.role = "output", keel.name = "same"},
        tensor<?x8xf32> {keel.role = "output", keel.name = "again"},
        tensor<2xf32> {keel.role = "output", keel.name = "constant"},
        tensor<4xf32> {keel.role = "output", keel.name = "splat"},
        tensor<?x2x4xf32> {keel.role = "output", keel.name = "cube"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x3xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %0 = tensor.insert_slice %a into %e[0, 0] [%n, 3] [1, 1] : tensor<?x3xf32> into tensor<?x8xf32>
  %1 = tensor.insert_slice %b into %0[0, 3] [%n, 5] [1, 1] : tensor<?x5xf32> into tensor<?x8xf32>
  %constant = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %splat = arith.constant dense<3.0> : tensor<4xf32>
  %cube = tensor.expand_shape %1 [[0], [1, 2]] output_shape [%n, 2, 4] : tensor<?x8xf32> into tensor<?x2x4xf32>
  %ec = tensor.empty(%n) : tensor<?x2x4xf32>
  %double = linalg.add ins(%cube, %cube : tensor<?x2x4xf32>, tensor<?x2x4xf32>)
                       outs(%ec : tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
  return %1, %a, %1, %constant, %splat, %double
      : tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x8xf32>, tensor<2xf32>, tensor<4xf32>, tensor<?x2x4xf32>
}
)mlir";

TEST(Result, ArgumentsConstantsAndSlices) {
  const int64_t rows = 5;
  for (bool reference : {true, false}) {
    auto jit = compile(kResults, 9, reference);
    ASSERT_TRUE(jit);
    auto a = randomValues<float>(rows * 3, 1);
    auto b = randomValues<float>(rows * 5, 2);
    std::vector<float> both(rows * 8), same(rows * 3), again(rows * 8);
    std::vector<float> constant(2), splat(4), cube(rows * 8);
    const void *inputs[] = {a.data(), b.data()};
    void *outputs[] = {both.data(),     same.data(),  again.data(),
                       constant.data(), splat.data(), cube.data()};
    SplitContext context(2);
    Arena arena(0), scratch(jit->model().scratch_bytes);
    jit->model().infer(context.get(), arena.get(), arena.get(), scratch.get(),
                       inputs, outputs, rows);
    EXPECT_EQ(same, a);
    EXPECT_EQ(again, both);
    EXPECT_EQ(constant, (std::vector<float>{1, 2}));
    EXPECT_EQ(splat, (std::vector<float>(4, 3)));
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < 8; ++j) {
        float value = j < 3 ? a[i * 3 + j] : b[i * 5 + j - 3];
        EXPECT_EQ(both[i * 8 + j], value);
        EXPECT_EQ(cube[i * 8 + j], 2 * value);
      }
  }
}

/// Two parameters that change places, under a condition.
static constexpr const char *kSwap = R"mlir(
func.func @apply_step(%a: tensor<40xf32> {keel.role = "param", keel.name = "a"},
                      %b: tensor<40xf32> {keel.role = "param", keel.name = "b"},
                      %g: tensor<40xf32> {keel.role = "grad", keel.name = "a"},
                      %t: i64 {keel.role = "step"})
    -> (tensor<40xf32> {keel.role = "param", keel.name = "a"},
        tensor<40xf32> {keel.role = "param", keel.name = "b"},
        tensor<i64> {keel.role = "flags"}) {
  %c0 = arith.constant 0 : i64
  %flags = tensor.from_elements %t : tensor<i64>
  %even = arith.cmpi eq, %t, %c0 : i64
  %na, %nb = scf.if %even -> (tensor<40xf32>, tensor<40xf32>) {
    %e = tensor.empty() : tensor<40xf32>
    %sum = linalg.add ins(%a, %g : tensor<40xf32>, tensor<40xf32>) outs(%e : tensor<40xf32>) -> tensor<40xf32>
    scf.yield %b, %sum : tensor<40xf32>, tensor<40xf32>
  } else {
    scf.yield %a, %b : tensor<40xf32>, tensor<40xf32>
  }
  return %na, %nb, %flags : tensor<40xf32>, tensor<40xf32>, tensor<i64>
}
)mlir";

TEST(Result, ParametersChangePlaces) {
  for (bool reference : {true, false}) {
    auto jit = compile(kSwap, 1, reference);
    ASSERT_TRUE(jit);
    const keel_model &model = jit->model();
    SplitContext context(1);
    Arena params(model.params_bytes), grads(model.grads_bytes);
    Arena none(0);
    float *a = params.at<float>(model.params[0].offset);
    float *b = params.at<float>(model.params[1].offset);
    for (int64_t t : {0, 1}) {
      for (int i = 0; i < 40; ++i) {
        a[i] = float(i);
        b[i] = -float(i);
        grads.at<float>(0)[i] = 100;
      }
      keel_result result;
      model.apply_step(context.get(), params.get(), none.get(), none.get(),
                       grads.get(), t, &result);
      EXPECT_EQ(result.flags, t);
      EXPECT_EQ(result.value, 0);
      for (int i = 0; i < 40; ++i) {
        EXPECT_EQ(a[i], t ? float(i) : -float(i));
        EXPECT_EQ(b[i], t ? -float(i) : float(i) + 100);
      }
    }
  }
}

TEST(Result, UnusedArgumentsAndNoRows) {
  auto jit = compile(kResults, 9);
  ASSERT_TRUE(jit);
  EXPECT_EQ(jit->model().grad_step, nullptr);
  EXPECT_EQ(jit->model().num_outputs, 6);
  EXPECT_EQ(jit->model().outputs[5].rank, 3);
  EXPECT_EQ(jit->model().outputs[5].shape[0], -1);
  EXPECT_EQ(jit->model().max_rows, 9);
}
