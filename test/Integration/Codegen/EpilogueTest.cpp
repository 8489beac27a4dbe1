//===- EpilogueTest.cpp - Products with what follows them -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodegenTest.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace keel;
using namespace keel::test;

/// A product of `?xK` and KxN in T, from a bias, with `body` on its elements %h
/// and those of a second input %r at the same place; `kept` makes the product
/// itself an output, too.
static std::string epilogue(int64_t k, int64_t n, const std::string &type,
                            const std::string &body, bool kept) {
  std::string text = R"mlir(
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @infer(%bias: tensor<NxT> {keel.role = "param", keel.name = "bias"},
                 %w: tensor<KxNxT> {keel.role = "param", keel.name = "w"},
                 %x: tensor<?xKxT> {keel.role = "input", keel.name = "x"},
                 %r: tensor<?xNxT> {keel.role = "input", keel.name = "r"})
    -> (tensor<?xNxT> {keel.role = "output", keel.name = "y"}EXTRA) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : T
  %n = tensor.dim %x, %c0 : tensor<?xKxT>
  %e = tensor.empty(%n) : tensor<?xNxT>
  %b = linalg.broadcast ins(%bias : tensor<NxT>) outs(%e : tensor<?xNxT>) dimensions = [0]
  %h = linalg.matmul ins(%x, %w : tensor<?xKxT>, tensor<KxNxT>) outs(%b : tensor<?xNxT>) -> tensor<?xNxT>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h, %r : tensor<?xNxT>, tensor<?xNxT>) outs(%e : tensor<?xNxT>) {
  ^bb0(%a: T, %c: T, %o: T):
    BODY
    linalg.yield %v : T
  } -> tensor<?xNxT>
  return %y RETURNED
}
)mlir";
  auto replace = [&](const std::string &from, const std::string &to) {
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, from.size(), to);
  };
  std::string output = "tensor<?x" + std::to_string(n) + "x" + type + ">";
  replace("BODY", body);
  replace("RETURNED",
          kept ? ", %h : " + output + ", " + output : ": " + output);
  replace("EXTRA",
          kept ? ", " + output + " {keel.role = \"output\", keel.name = \"h\"}"
               : "");
  replace("Kx", std::to_string(k) + "x");
  replace("Nx", std::to_string(n) + "x");
  replace("xT>", "x" + type + ">");
  replace(": T", ": " + type);
  return text;
}

namespace {

/// A body with what it computes.
struct Body {
  const char *text;
  double (*value)(double h, double r);
};

} // namespace

/// A short one, which is repeated in registers, and a long one in a loop.
static const Body kShort = {
    "%s = arith.addf %a, %c : T\n %v = arith.maximumf %s, %zero : T",
    [](double h, double r) { return std::max(h + r, 0.0); }};
static const Body kLong = {
    "%t = math.tanh %a : T\n %q = arith.mulf %t, %c : T\n"
    "%v = arith.addf %q, %a : T",
    [](double h, double r) { return std::tanh(h) * r + h; }};

template <typename T>
static void check(int64_t rows, int64_t k, int64_t n, const std::string &type,
                  const Body &body, bool kept, const Shape *shape = nullptr) {
  SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(k) + "x" +
               std::to_string(n) + type + (kept ? " kept" : ""));
  auto jit =
      compile(epilogue(k, n, type, body.text, kept), rows + 3, false, shape);
  ASSERT_TRUE(jit);
  auto x = randomValues<T>(rows * k, 1), w = randomValues<T>(k * n, 2);
  auto r = randomValues<T>(rows * n, 3), bias = randomValues<T>(n, 4);
  const keel_model &model = jit->model();
  std::vector<T> y(rows * n), h(rows * n), first;
  for (int ways : {1, 2, 3}) {
    SplitContext context(ways);
    Arena params(model.params_bytes), states(model.states_bytes);
    Arena scratch(model.scratch_bytes);
    std::copy(bias.begin(), bias.end(), params.at<T>(model.params[0].offset));
    std::copy(w.begin(), w.end(), params.at<T>(model.params[1].offset));
    const void *inputs[] = {x.data(), r.data()};
    void *outputs[] = {y.data(), h.data()};
    model.infer(context.get(), params.get(), states.get(), scratch.get(),
                inputs, outputs, rows);
    if (ways == 1)
      first = y;
    ASSERT_EQ(y, first);
  }
  // k + 1 roundings of a sum of numbers below 1, and a few of the body.
  double bound = (k + 1.0) * (k + 9.0) * std::numeric_limits<T>::epsilon();
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = bias[j];
      for (int64_t l = 0; l < k; ++l)
        sum += double(x[i * k + l]) * w[l * n + j];
      ASSERT_NEAR(y[i * n + j], body.value(sum, r[i * n + j]), bound);
      if (kept)
        ASSERT_NEAR(h[i * n + j], sum, bound);
    }
}

TEST(Epilogue, MatchesPlainLoops) {
  for (const Body &body : {kShort, kLong})
    for (bool kept : {false, true})
      for (int64_t rows : {1, 5, 6, 64, 71}) {
        check<float>(rows, 19, 70, "f32", body, kept);
        check<double>(rows, 7, 13, "f64", body, kept);
      }
}

TEST(Epilogue, OtherMachines) {
  const Shape shapes[] = {{128, 16, false}, {128, 32, false}, {512, 32, true}};
  for (const Shape &shape : shapes)
    for (const Body &body : {kShort, kLong})
      check<float>(29, 33, 39, "f32", body, false, &shape);
}
