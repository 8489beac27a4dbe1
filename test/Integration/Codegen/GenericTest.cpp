//===- GenericTest.cpp - Generics against plain loops ---------------------===//
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

/// One function of one argument over a `?x13` input.
static std::string unary(const std::string &op,
                         const std::string &element = "f32") {
  std::string text = R"mlir(
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @infer(%x: tensor<?x13xT> {keel.role = "input", keel.name = "x"})
    -> (tensor<?x13xT> {keel.role = "output", keel.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x13xT>
  %e = tensor.empty(%n) : tensor<?x13xT>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x13xT>) outs(%e : tensor<?x13xT>) {
  ^bb0(%a: T, %o: T):
    %0 = OP %a : T
    linalg.yield %0 : T
  } -> tensor<?x13xT>
  return %y : tensor<?x13xT>
}
)mlir";
  text.replace(text.find("OP"), 2, op);
  for (size_t at; (at = text.find('T')) != std::string::npos;)
    text.replace(at, 1, element);
  return text;
}

namespace {

struct Function {
  const char *op;
  double (*exact)(double);
  float low, high;
  /// The relative error that is allowed, in units of 2^-24.
  double ulps;
};

} // namespace

TEST(Generic, FunctionsAreAccurate) {
  const Function functions[] = {
      {"math.exp", std::exp, -87, 88, 8},
      {"math.tanh", std::tanh, -12, 12, 8},
      {"math.log", std::log, 1e-30f, 1e30f, 8},
      {"math.log1p", std::log1p, -0.9f, 100, 16},
      {"math.erf", std::erf, -6, 6, 16},
      {"math.erfc", std::erfc, -6, 5, 16},
      {"math.expm1", std::expm1, -10, 80, 16},
      {"math.sqrt", std::sqrt, 0, 100, 1},
      {"math.sin", std::sin, -100, 100, 4},
  };
  for (const Function &f : functions) {
    SCOPED_TRACE(f.op);
    const int64_t rows = 500;
    auto jit = compile(unary(f.op), rows);
    ASSERT_TRUE(jit);
    std::vector<float> x(rows * 13);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = f.low + (f.high - f.low) * float(i) / float(x.size() - 1);
    auto y = infer<float, float>(jit->model(), 3, {}, {x}, rows, x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      double exact = f.exact(x[i]);
      double error = std::abs(y[i] - exact);
      ASSERT_LE(error, f.ulps * std::ldexp(std::abs(exact), -24) + 1e-38)
          << x[i] << " gives " << y[i] << " for " << exact;
    }
  }
}

/// Near 0, where exp(x) - 1, log(1 + x) and 1 - erf(x) lose their digits, in
/// both precisions and in scalar loops.
template <typename T> static void checkNearZero(double bound) {
  const std::pair<const char *, double (*)(double)> functions[] = {
      {"math.exp", std::exp},     {"math.expm1", std::expm1},
      {"math.log1p", std::log1p}, {"math.erf", std::erf},
      {"math.erfc", std::erfc},   {"math.tanh", std::tanh}};
  std::vector<T> x;
  for (int i = 0; i < 13 * 10; ++i)
    x.push_back(T((i % 2 ? -1 : 1) * std::pow(10.0, -0.1 * i)));
  x[1] = T(-0.9); // log1p(-1) is another matter
  for (bool reference : {false, true})
    for (auto [op, exact] : functions) {
      auto jit =
          compile(unary(op, sizeof(T) == 4 ? "f32" : "f64"), 10, reference);
      ASSERT_TRUE(jit);
      auto y = infer<T, T>(jit->model(), 1, {}, {x}, 10, x.size());
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_NEAR(y[i], exact(x[i]), bound * std::abs(exact(x[i])))
            << op << " of " << x[i];
    }
}

TEST(Generic, FunctionsNearZero) {
  // As above; libm's are within a few units in the last place.
  checkNearZero<float>(std::ldexp(16, -24));
  checkNearZero<double>(std::ldexp(4, -53));
}

TEST(Generic, SpecialValues) {
  const float inf = INFINITY;
  auto run = [&](const char *op, std::vector<float> x) {
    x.resize(13);
    auto jit = compile(unary(op), 1);
    return infer<float, float>(jit->model(), 1, {}, {x}, 1, 13);
  };
  auto e = run("math.exp", {inf, -inf, NAN, 0, 100, -110});
  EXPECT_EQ(e[0], inf);
  EXPECT_EQ(e[1], 0.0f);
  EXPECT_TRUE(std::isnan(e[2]));
  EXPECT_EQ(e[3], 1.0f);
  EXPECT_EQ(e[4], inf);
  EXPECT_EQ(e[5], 0.0f);
  auto t = run("math.tanh", {inf, -inf, NAN, 0});
  EXPECT_EQ(t[0], 1.0f);
  EXPECT_EQ(t[1], -1.0f);
  EXPECT_TRUE(std::isnan(t[2]));
  EXPECT_EQ(t[3], 0.0f);
  auto c = run("math.erfc", {inf, -inf, NAN, 0, 20, -20});
  EXPECT_EQ(c[0], 0.0f);
  EXPECT_EQ(c[1], 2.0f);
  EXPECT_TRUE(std::isnan(c[2]));
  EXPECT_EQ(c[3], 1.0f);
  EXPECT_EQ(c[4], 0.0f);
  EXPECT_EQ(c[5], 2.0f);
  auto m = run("math.expm1", {-inf, NAN, 0, -110});
  EXPECT_EQ(m[0], -1.0f);
  EXPECT_TRUE(std::isnan(m[1]));
  EXPECT_EQ(m[2], 0.0f);
  EXPECT_EQ(m[3], -1.0f);
  auto p = run("math.log1p", {inf, NAN, 0, 1});
  EXPECT_EQ(p[0], inf);
  EXPECT_TRUE(std::isnan(p[1]));
  EXPECT_EQ(p[2], 0.0f);
  auto l = run("math.log", {0, inf, -1, NAN, 1});
  EXPECT_EQ(l[0], -inf);
  EXPECT_EQ(l[1], inf);
  EXPECT_TRUE(std::isnan(l[2]));
  EXPECT_TRUE(std::isnan(l[3]));
  EXPECT_EQ(l[4], 0.0f);
}

/// max over rows' elements, sum over rows, and broadcasts of both.
static std::string reductions(int64_t columns) {
  std::string x = "tensor<?x" + std::to_string(columns) + "xf32>";
  std::string c = "tensor<" + std::to_string(columns) + "xf32>";
  return R"mlir(
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> ()>
#one = affine_map<(d0) -> (d0)>
func.func @infer(%x: )mlir" +
         x + R"mlir( {keel.role = "input", keel.name = "x"})
    -> (tensor<?xf32> {keel.role = "output", keel.name = "max"},
        )mlir" +
         c + R"mlir( {keel.role = "output", keel.name = "sum"},
        tensor<f64> {keel.role = "output", keel.name = "all"},
        )mlir" +
         x + R"mlir( {keel.role = "output", keel.name = "shifted"},
        tensor<f32> {keel.role = "output", keel.name = "top"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %zero64 = arith.constant 0.0 : f64
  %low = arith.constant 0xFF800000 : f32
  %n = tensor.dim %x, %c0 : )mlir" +
         x + R"mlir(
  %e0 = tensor.empty(%n) : tensor<?xf32>
  %i0 = linalg.fill ins(%low : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %max = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : )mlir" +
         x + R"mlir() outs(%i0 : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %e1 = tensor.empty() : )mlir" +
         c + R"mlir(
  %i1 = linalg.fill ins(%zero : f32) outs(%e1 : )mlir" +
         c + ") -> " + c + R"mlir(
  %sum = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x : )mlir" +
         x + ") outs(%i1 : " + c + R"mlir() {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %o, %a : f32
    linalg.yield %0 : f32
  } -> )mlir" +
         c + R"mlir(
  %e2 = tensor.empty() : tensor<f64>
  %i2 = linalg.fill ins(%zero64 : f64) outs(%e2 : tensor<f64>) -> tensor<f64>
  %all = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction", "reduction"]}
      ins(%x : )mlir" +
         x + R"mlir() outs(%i2 : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %0 = arith.extf %a : f32 to f64
    %1 = arith.addf %o, %0 : f64
    linalg.yield %1 : f64
  } -> tensor<f64>
  %e3 = tensor.empty(%n) : )mlir" +
         x + R"mlir(
  %shifted = linalg.generic {indexing_maps = [#id, #row, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %max, %sum : )mlir" +
         x + ", tensor<?xf32>, " + c + ") outs(%e3 : " + x + R"mlir() {
  ^bb0(%a: f32, %m: f32, %s: f32, %o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %ij = arith.addi %i, %j : index
    %k = arith.index_cast %ij : index to i32
    %f = arith.sitofp %k : i32 to f32
    %0 = arith.subf %a, %m : f32
    %1 = arith.mulf %0, %s : f32
    %2 = arith.addf %1, %f : f32
    linalg.yield %2 : f32
  } -> )mlir" +
         x + R"mlir(
  %e4 = tensor.empty() : tensor<f32>
  %i4 = linalg.fill ins(%low : f32) outs(%e4 : tensor<f32>) -> tensor<f32>
  %top = linalg.generic {indexing_maps = [#one, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%max : tensor<?xf32>) outs(%i4 : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  return %max, %sum, %all, %shifted, %top : tensor<?xf32>, )mlir" +
         c + ", tensor<f64>, " + x + ", tensor<f32>\n}\n";
}

namespace {

/// The outputs of `reductions`.
struct Reduced {
  std::vector<float> max, sum, shifted, top;
  std::vector<double> all;

  Reduced(const keel_model &model, int ways, const std::vector<float> &x,
          int64_t rows, int64_t columns)
      : max(rows), sum(columns), shifted(rows * columns), top(1), all(1) {
    SplitContext context(ways);
    Arena params(model.params_bytes), states(model.states_bytes);
    Arena scratch(model.scratch_bytes);
    const void *inputs[] = {x.data()};
    void *outputs[] = {max.data(), sum.data(), all.data(), shifted.data(),
                       top.data()};
    model.infer(context.get(), params.get(), states.get(), scratch.get(),
                inputs, outputs, rows);
  }
  bool operator==(const Reduced &) const = default;
};

} // namespace

static void checkReductions(int64_t rows, int64_t columns, bool reference,
                            const Shape *shape = nullptr) {
  SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(columns));
  auto jit = compile(reductions(columns), rows + 3, reference, shape);
  ASSERT_TRUE(jit);
  auto x = randomValues<float>(rows * columns, 5);
  Reduced got(jit->model(), 1, x, rows, columns);
  double all = 0, top = -1;
  std::vector<double> sums(columns);
  for (int64_t i = 0; i < rows; ++i) {
    float max = -INFINITY;
    for (int64_t j = 0; j < columns; ++j) {
      max = std::max(max, x[i * columns + j]);
      sums[j] += x[i * columns + j];
      all += x[i * columns + j];
    }
    ASSERT_EQ(got.max[i], max);
    top = std::max<double>(top, max);
  }
  // Sums of `rows` numbers below 1, and of rows * columns in double.
  double bound = std::ldexp(rows * rows, -24);
  for (int64_t j = 0; j < columns; ++j)
    ASSERT_NEAR(got.sum[j], sums[j], bound);
  ASSERT_NEAR(got.all[0], all, 1e-10);
  ASSERT_EQ(got.top[0], top);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      ASSERT_NEAR(got.shifted[i * columns + j],
                  (x[i * columns + j] - got.max[i]) * got.sum[j] + i + j,
                  std::ldexp(4 * double(rows + columns), -24));
  for (int ways : {2, 3})
    ASSERT_TRUE(Reduced(jit->model(), ways, x, rows, columns) == got);
}

TEST(Generic, Reductions) {
  for (bool reference : {false, true})
    for (int64_t columns : {1, 3, 8, 10, 33, 70, 150})
      for (int64_t rows : {1, 9, 70})
        checkReductions(rows, columns, reference);
}

TEST(Generic, OtherMachines) {
  const Shape shapes[] = {{128, 16, false}, {512, 32, true}};
  for (const Shape &shape : shapes)
    for (int64_t columns : {1, 7, 67})
      checkReductions(19, columns, false, &shape);
}
