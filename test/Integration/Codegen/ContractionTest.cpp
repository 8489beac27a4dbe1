//===- ContractionTest.cpp - Products of all forms against plain loops ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodegenTest.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace keel;
using namespace keel::test;

namespace {

/// C = init + A B, with A or B stored transposed. A dimension of 0 is the
/// batch, which `rows` fills.
struct Product {
  int64_t m, n, k;
  bool transposeA = false, transposeB = false;
  /// C starts from a bias over its columns rather than from 0.
  bool bias = false;
  int64_t rows = 0;

  std::string shape(int64_t first, int64_t second,
                    const std::string &type) const {
    auto size = [](int64_t s) { return s ? std::to_string(s) : "?"; };
    return "tensor<" + size(first) + "x" + size(second) + "x" + type + ">";
  }
  int64_t fill(int64_t size) const { return size ? size : rows; }
  std::string text(const std::string &type) const;
};

} // namespace

/// A function @infer with A and B as inputs, whichever of them has the batch.
std::string Product::text(const std::string &type) const {
  std::string a = transposeA ? shape(k, m, type) : shape(m, k, type);
  std::string b = transposeB ? shape(n, k, type) : shape(k, n, type);
  std::string c = shape(m, n, type);
  std::string batch = k == 0 && !transposeA ? "1" : "0";
  std::string maps = std::string("[affine_map<(m, n, k) -> ") +
                     (transposeA ? "(k, m)" : "(m, k)") +
                     ">, affine_map<(m, n, k) -> " +
                     (transposeB ? "(n, k)" : "(k, n)") +
                     ">, affine_map<(m, n, k) -> (m, n)>]";
  std::string biasType = "tensor<" + std::to_string(n) + "x" + type + ">";
  std::string start =
      bias ? "  %init = linalg.broadcast ins(%bias : " + biasType +
                 ") outs(%e : " + c + ") dimensions = [0]\n"
           : "  %zero = arith.constant 0.0 : " + type +
                 "\n  %init = linalg.fill ins(%zero : " + type +
                 ") outs(%e : " + c + ") -> " + c + "\n";
  return "func.func @infer(%bias: " + biasType +
         " {keel.role = \"param\", keel.name = \"bias\"}, %a: " + a +
         " {keel.role = \"input\", keel.name = \"a\"}, %b: " + b +
         " {keel.role = \"input\", keel.name = \"b\"}) -> (" + c +
         " {keel.role = \"output\", keel.name = \"c\"}) {\n"
         "  %at = arith.constant " +
         batch +
         " : index\n"
         "  %n = tensor.dim %a, %at : " +
         a + "\n  %e = tensor.empty(" + (m ? "" : "%n") + ") : " + c + "\n" +
         start + "  %c = linalg.contract indexing_maps = " + maps +
         " ins(%a, %b : " + a + ", " + b + ") outs(%init : " + c + ") -> " + c +
         "\n  return %c : " + c + "\n}\n";
}

template <typename T>
static void check(Product p, const std::string &type, int64_t maxRows,
                  bool reference = false, const Shape *shape = nullptr) {
  std::string text = p.text(type);
  SCOPED_TRACE(text + "rows " + std::to_string(p.rows));
  auto jit = compile(text, maxRows, reference, shape);
  ASSERT_TRUE(jit);
  int64_t m = p.fill(p.m), n = p.n, k = p.fill(p.k);
  auto a = randomValues<T>(m * k, 1), b = randomValues<T>(k * n, 2);
  auto bias = randomValues<T>(n, 3);
  auto c = infer<T, T>(jit->model(), 1, {bias}, {a, b}, p.rows, m * n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = p.bias ? bias[j] : 0;
      for (int64_t l = 0; l < k; ++l)
        sum += double(a[p.transposeA ? l * m + i : i * k + l]) *
               b[p.transposeB ? j * k + l : l * n + j];
      // k + 1 roundings of a sum of numbers below 1.
      double bound = (k + 1) * (k + 1) * std::numeric_limits<T>::epsilon();
      ASSERT_NEAR(c[i * n + j], sum, bound) << i << ", " << j;
    }
  for (int ways : {2, 3})
    ASSERT_EQ((infer<T, T>(jit->model(), ways, {bias}, {a, b}, p.rows, m * n)),
              c);
}

TEST(Contraction, StaticForms) {
  std::mt19937 engine(7);
  auto size = [&] { return int64_t(1 + engine() % 70); };
  for (int i = 0; i < 8; ++i)
    for (bool transposeA : {false, true})
      for (bool transposeB : {false, true}) {
        Product p{size(), size(), size(), transposeA, transposeB, i % 2 == 1};
        if (i % 4 < 3)
          check<float>(p, "f32", 1);
        else
          check<double>(p, "f64", 1);
      }
}

TEST(Contraction, DynamicRows) {
  for (int64_t rows : {1, 2, 3, 4, 5, 6, 7, 47, 48, 49, 70})
    check<float>({0, 26, 19, false, rows % 2 == 0, true, rows}, "f32", 70);
  check<double>({0, 10, 9, false, false, false, 31}, "f64", 31);
}

TEST(Contraction, DynamicReduction) {
  for (int64_t rows : {1, 5, 64})
    check<float>({33, 10, 0, true, false, false, rows}, "f32", 64);
}

/// Columns far apart, which are copied; a sum of more steps than a copy holds.
TEST(Contraction, Copies) {
  check<float>({0, 1030, 200, false, false, true, 100}, "f32", 100);
  check<float>({97, 1024, 2100, false, false}, "f32", 1);
  check<float>({9, 70, 2100, false, true}, "f32", 1);
  check<double>({5, 40, 1100, true, true}, "f64", 1);
}

TEST(Contraction, NarrowTails) {
  for (int64_t n = 1; n <= 17; ++n)
    check<float>({13, n, 5}, "f32", 1);
}

TEST(Contraction, Reference) {
  check<float>({0, 26, 19, false, true, true, 11}, "f32", 16, true);
}

TEST(Contraction, OtherMachines) {
  const Shape shapes[] = {{128, 16, false}, {128, 32, false}, {512, 32, true}};
  for (const Shape &shape : shapes)
    for (int64_t rows : {1, 3, 30, 55}) {
      check<float>({0, 39, 21, false, false, true, rows}, "f32", 60, false,
                   &shape);
      check<float>({20, 39, 0, true, false, false, rows}, "f32", 60, false,
                   &shape);
      check<double>({rows, 70, 21, false, true}, "f64", 1, false, &shape);
    }
}
