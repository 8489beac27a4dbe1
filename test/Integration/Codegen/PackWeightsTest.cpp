//===- PackWeightsTest.cpp - Weights in another order ---------------------===//
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

/// Two products in a row: 130 to 512 to 37 columns. No tile's columns divide
/// those of the second weight.
static std::string twoProducts(const std::string &type) {
  std::string text = R"mlir(
func.func @infer(%v: tensor<512x37xT> {keel.role = "param", keel.name = "v"},
                 %w: tensor<130x512xT> {keel.role = "param", keel.name = "w"},
                 %x: tensor<?x130xT> {keel.role = "input", keel.name = "x"})
    -> (tensor<?x37xT> {keel.role = "output", keel.name = "y"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : T
  %n = tensor.dim %x, %c0 : tensor<?x130xT>
  %e = tensor.empty(%n) : tensor<?x512xT>
  %h0 = linalg.fill ins(%zero : T) outs(%e : tensor<?x512xT>) -> tensor<?x512xT>
  %h = linalg.matmul ins(%x, %w : tensor<?x130xT>, tensor<130x512xT>) outs(%h0 : tensor<?x512xT>) -> tensor<?x512xT>
  %f = tensor.empty(%n) : tensor<?x37xT>
  %y0 = linalg.fill ins(%zero : T) outs(%f : tensor<?x37xT>) -> tensor<?x37xT>
  %y = linalg.matmul ins(%h, %v : tensor<?x512xT>, tensor<512x37xT>) outs(%y0 : tensor<?x37xT>) -> tensor<?x37xT>
  return %y : tensor<?x37xT>
}
)mlir";
  for (const char *from : {"xT", ": T"})
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(text.find('T', at), 1, type);
  return text;
}

template <typename T>
static void check(const std::string &type, const Shape *shape) {
  for (int64_t maxRows : {1, 7, 100}) {
    auto jit = compile(twoProducts(type), maxRows, false, shape);
    auto plain = compile(twoProducts(type), maxRows, true, shape);
    ASSERT_TRUE(jit && plain);
    if (!shape) {
      // The first weight has another shape than the one that was trained.
      ASSERT_TRUE(jit->model().fold);
      EXPECT_EQ(jit->model().num_folded, 2);
      EXPECT_EQ(jit->model().folded[1].rank, 3);
      EXPECT_EQ(jit->model().folded[0].rank, 2);
    }
    EXPECT_FALSE(plain->model().fold);
    auto v = randomValues<T>(512 * 37, 1), w = randomValues<T>(130 * 512, 2);
    auto x = randomValues<T>(maxRows * 130, 3);
    auto y = infer<T, T>(jit->model(), 1, {v, w}, {x}, maxRows, maxRows * 37);
    auto z = infer<T, T>(plain->model(), 1, {v, w}, {x}, maxRows, maxRows * 37);
    // Sums of 130 and of 512 numbers, the former up to about 12.
    double bound = 642 * 642 * 12 * std::numeric_limits<T>::epsilon();
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_NEAR(y[i], z[i], bound);
    EXPECT_EQ((infer<T, T>(jit->model(), 3, {v, w}, {x}, maxRows, y.size())),
              y);
  }
}

TEST(PackWeights, MatchesReference) {
  check<float>("f32", nullptr);
  check<double>("f64", nullptr);
}

TEST(PackWeights, OtherMachines) {
  const Shape shapes[] = {{128, 16, false}, {128, 32, false}, {512, 32, true}};
  for (const Shape &shape : shapes)
    check<float>("f32", &shape);
}
