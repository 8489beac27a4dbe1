//===- RowTest.cpp - Rows in one loop against one loop an operation -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What works by rows, forward and backward, as vector code and as the reference
// pipeline makes it: scalar loops that are not fused, with libm's functions.

#include "CodegenTest.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace keel;
using namespace keel::test;

static constexpr int64_t kMaxRows = 14;

/// @infer of rows %x, %dy and %g with one result for each row. OP uses x, dy, g
/// and %n, the number of rows, and defines %y; T is the element type, MxT a
/// batch.
static std::string getText(std::string body, int64_t columns, bool isDouble) {
  std::string element = isDouble ? "f64" : "f32";
  std::string row = std::to_string(columns) + "x" + element;
  std::string text = R"mlir(
func.func @infer(%g: tensor<ROW> {keel.role = "param", keel.name = "g"},
                 %x: tensor<?xROW> {keel.role = "input", keel.name = "x"},
                 %dy: tensor<?xROW> {keel.role = "input", keel.name = "dy"},
                 %c: tensor<?xi32> {keel.role = "input", keel.name = "c"})
    -> (tensor<?xROW> {keel.role = "output", keel.name = "y"}) {
  %one = arith.constant dense<1.0> : tensor<f64>
  BODY
  return %y : tensor<?xROW>
}
)mlir";
  text.replace(text.find("BODY"), 4, body);
  for (size_t at; (at = text.find("ROW")) != std::string::npos;)
    text.replace(at, 3, row);
  return text;
}

namespace {

/// Runs of one function on the same values.
template <typename T> struct Rows {
  Rows(int64_t rows, int64_t columns)
      : rows(rows), g(randomValues<T>(columns, 1)),
        x(randomValues<T>(rows * columns, 2)),
        dy(randomValues<T>(rows * columns, 3)), classes(rows) {
    for (int64_t i = 0; i < rows; ++i)
      classes[i] = int32_t(7 * i % columns);
    // Rows differ in size, and one is far from 0.
    for (int64_t i = 0; i < columns; ++i)
      x[(rows - 1) * columns + i] = T(50) + 8 * x[(rows - 1) * columns + i];
  }

  std::vector<T> run(const keel_model &model, int ways) {
    SplitContext context(ways);
    Arena params(model.params_bytes), states(model.states_bytes);
    Arena scratch(model.scratch_bytes);
    if (model.num_params > 0)
      std::memcpy(params.get(), g.data(), g.size() * sizeof(T));
    const void *inputs[] = {x.data(), dy.data(), classes.data()};
    std::vector<T> output(x.size());
    void *outputs[] = {output.data()};
    model.infer(context.get(), params.get(), states.get(), scratch.get(),
                inputs, outputs, rows);
    return output;
  }

  int64_t rows;
  std::vector<T> g, x, dy;
  std::vector<int32_t> classes;
};

} // namespace

static const char *const kBodies[] = {
    "%y = keel.softmax %x : tensor<?xROW>",
    "%y = keel.log_softmax %x : tensor<?xROW>",
    "%s = keel.softmax %x : tensor<?xROW>\n"
    "%y = keel.softmax_grad %dy, %s : tensor<?xROW>",
    "%s = keel.log_softmax %x : tensor<?xROW>\n"
    "%y = keel.log_softmax_grad %dy, %s : tensor<?xROW>",
    "%y = keel.layer_norm %x, %g, %g {epsilon = 0.001} : tensor<?xROW>",
    "%f, %m, %r = keel.layer_norm_train %x, %g, %g {epsilon = 0.001} : "
    "tensor<?xROW>\n"
    "%y, %dg, %db = keel.layer_norm_grad %dy, %x, %g, %m, %r : tensor<?xROW>",
    "%y = keel.rms_norm %x, %g : tensor<?xROW>",
    "%y, %dg = keel.rms_norm_grad %dy, %x, %g : tensor<?xROW>",
    "%y = keel.softmax_cross_entropy_grad %one, %x, %c : tensor<?xROW>, "
    "tensor<?xi32>",
    // What a row's work begins and ends with is done with it.
    "%a = keel.tanh %x : tensor<?xROW>\n"
    "%b = keel.mul %a, %dy : tensor<?xROW>\n"
    "%n = keel.layer_norm %b, %g, %g {epsilon = 0.001} : tensor<?xROW>\n"
    "%y = keel.add %n, %a : tensor<?xROW>",
};

/// Each sum of `columns` terms is rounded about as often in another order; exp
/// is a polynomial.
template <typename T>
static void check(const std::string &body, int64_t columns,
                  const Shape *shape = nullptr) {
  std::string text = getText(body, columns, sizeof(T) == 8);
  SCOPED_TRACE(text);
  auto fused = compile(text, kMaxRows, /*reference=*/false, shape);
  auto reference = compile(text, kMaxRows, /*reference=*/true);
  ASSERT_TRUE(fused && reference);
  // No row's temporaries are arrays: what remains are numbers of rows.
  if (columns >= 16)
    EXPECT_LE(fused->model().scratch_bytes, reference->model().scratch_bytes);
  double epsilon = sizeof(T) == 4 ? std::ldexp(1, -24) : std::ldexp(1, -53);
  for (int64_t rows : {int64_t(1), int64_t(6), kMaxRows}) {
    Rows<T> data(rows, columns);
    std::vector<T> got = data.run(fused->model(), 1);
    std::vector<T> want = data.run(reference->model(), 1);
    double largest = 0;
    for (T value : want)
      largest = std::max(largest, std::abs(double(value)));
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_NEAR(got[i], want[i], (64 + 4 * columns) * epsilon * largest)
          << i << " of " << rows << " rows";
    for (int ways : {2, 3})
      ASSERT_EQ(data.run(fused->model(), ways), got);
  }
}

TEST(Rows, AsOneLoopAnOperation) {
  for (const char *body : kBodies)
    for (int64_t columns : {1, 10, 67, 300}) {
      check<float>(body, columns);
      check<double>(body, columns);
    }
}

TEST(Rows, OtherMachines) {
  const Shape shapes[] = {{128, 16, false}, {256, 16, true}, {512, 32, true}};
  for (const Shape &shape : shapes)
    for (const char *body : kBodies)
      check<float>(body, 67, &shape);
}

/// A row with a NaN or plus infinity is NaN as a whole, and no other row.
TEST(Rows, SoftmaxOfSpecialValues) {
  auto jit = compile(getText(kBodies[0], 67, false), kMaxRows);
  ASSERT_TRUE(jit);
  Rows<float> data(4, 67);
  data.x[0] = NAN;
  data.x[2 * 67 - 1] = INFINITY;
  data.x[2 * 67 + 5] = -INFINITY;
  std::vector<float> y = data.run(jit->model(), 1);
  for (int i = 0; i < 2 * 67; ++i)
    EXPECT_TRUE(std::isnan(y[i])) << i;
  for (int i = 2 * 67; i < 4 * 67; ++i)
    EXPECT_EQ(y[i] == 0, i == 2 * 67 + 5) << i;
}
