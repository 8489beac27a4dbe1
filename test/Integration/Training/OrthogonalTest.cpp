//===- OrthogonalTest.cpp - Orthogonal initial values ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <utility>

using namespace keel;
using namespace keel::test;

namespace {

struct Shape {
  std::string text; ///< "4x3x"
  int rows, cols;   ///< flattened behind the first axis
};

/// Square, tall and wide; one row, one column, both; more than two axes; sizes
/// that vectors divide and that they do not.
const Shape kShapes[] = {
    {"7x7x", 7, 7},       {"64x64x", 64, 64}, {"130x45x", 130, 45},
    {"45x130x", 45, 130}, {"1x9x", 1, 9},     {"9x1x", 9, 1},
    {"1x1x", 1, 1},       {"6x4x5x", 6, 20},  {"33x2x3x", 33, 6}};

/// A model of unused parameters "w0", "w1", ..., one a shape.
std::string getText(const std::string &element,
                    const std::string &initializer) {
  std::string x = "tensor<?x1x" + element + ">", body;
  int index = 0;
  for (const Shape &shape : kShapes) {
    std::string n = std::to_string(index++);
    body += "%w" + n + " = keel.param \"w" + n + "\" init(#keel." +
            initializer + ") : tensor<" + shape.text + element + ">\n";
  }
  return "keel.model @m(%x: " + x + ") -> " + x +
         " attributes {loss = #keel.mean_squared_error, "
         "optimizer = #keel.sgd<learning_rate = 0.1>} {\n" +
         body + "keel.return %x : " + x + "}";
}

class Orthogonal
    : public ::testing::TestWithParam<std::pair<std::string, bool>> {
protected:
  /// What is drawn for the shapes.
  std::vector<Matrix> draw(const std::string &initializer, int64_t seed) {
    auto jit = compile(getText(element, initializer), {.reference = reference});
    std::vector<Matrix> drawn;
    if (!jit)
      return drawn;
    Session session(jit->model());
    session.init(seed);
    for (const Shape &shape : kShapes) {
      Matrix matrix(shape.rows, shape.cols);
      matrix.data = read(session.params, jit->model().params[drawn.size()]);
      drawn.push_back(matrix);
    }
    return drawn;
  }

  std::string element = GetParam().first;
  bool reference = GetParam().second;
};

} // namespace

/// Row i, or column i, of a matrix.
static std::vector<double> getLine(const Matrix &matrix, int i, bool isRow) {
  std::vector<double> line;
  for (int j = 0; j < (isRow ? matrix.cols : matrix.rows); ++j)
    line.push_back(isRow ? matrix.at(i, j) : matrix.at(j, i));
  return line;
}

static double dot(const std::vector<double> &x, const std::vector<double> &y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i)
    sum += x[i] * y[i];
  return sum;
}

/// The lines that are orthonormal are those of which there are fewer. With
/// `A = Q R`, R upper triangular with a positive diagonal, Q is the only such
/// matrix: so it is tested by what Q^T A is.
TEST_P(Orthogonal, IsTheFactorOfItsNormals) {
  // Each element is rounded once, 6e-8 and 1e-16 of it; in f64 the sums of up
  // to 130 products round too.
  double tolerance = element == "f32" ? 1e-6 : 1e-13;
  const double gain = 1.5;
  std::vector<Matrix> drawn = draw("orthogonal<gain = 1.5>", 11);
  std::vector<Matrix> normals = draw("normal", 11);
  ASSERT_EQ(drawn.size(), std::size(kShapes));
  ASSERT_EQ(normals.size(), std::size(kShapes));
  for (size_t shape = 0; shape < std::size(kShapes); ++shape) {
    SCOPED_TRACE(kShapes[shape].text);
    const Matrix &q = drawn[shape], &a = normals[shape];
    bool byRow = q.rows <= q.cols;
    int count = std::min(q.rows, q.cols);
    for (int i = 0; i < count; ++i) {
      std::vector<double> qi = getLine(q, i, byRow);
      for (int j = 0; j < count; ++j) {
        std::vector<double> qj = getLine(q, j, byRow);
        EXPECT_NEAR(dot(qi, qj), i == j ? gain * gain : 0,
                    tolerance * gain * gain)
            << i << ", " << j;
        std::vector<double> aj = getLine(a, j, byRow);
        double r = dot(qi, aj) / gain, length = std::sqrt(dot(aj, aj));
        if (j < i)
          EXPECT_NEAR(r, 0, tolerance * length) << i << ", " << j;
        if (j == i)
          EXPECT_GT(r, 0) << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, Orthogonal,
                         ::testing::Values(std::pair("f32", false),
                                           std::pair("f64", false),
                                           std::pair("f64", true)),
                         [](const auto &info) {
                           return info.param.first +
                                  (info.param.second ? "_reference" : "");
                         });

/// Of a uniform orthogonal matrix of n rows an element has mean 0 and variance
/// 1 / n, and the trace mean 0 and mean square 1 (Diaconis & Shahshahani 1994);
/// without the diagonal's sign the trace would not.
TEST(OrthogonalDistribution, IsUniform) {
  const int draws = 1000, n = 7;
  auto jit = compile(getText("f64", "orthogonal"));
  ASSERT_TRUE(jit);
  Session session(jit->model());
  double trace = 0, traceSquare = 0, corner = 0, cornerSquare = 0;
  for (int seed = 0; seed < draws; ++seed) {
    session.init(seed);
    std::vector<double> q = read(session.params, jit->model().params[0]);
    double sum = 0;
    for (int i = 0; i < n; ++i)
      sum += q[i * n + i];
    trace += sum / draws;
    traceSquare += sum * sum / draws;
    corner += q[0] / draws;
    cornerSquare += q[0] * q[0] / draws;
  }
  // Five standard errors; the variance of a square is at most 2 here, as a
  // normal's is (2 / n^2 for the element).
  double error = 5 / std::sqrt(double(draws));
  EXPECT_NEAR(trace, 0, error);
  EXPECT_NEAR(traceSquare, 1, error * std::sqrt(2.0));
  EXPECT_NEAR(corner, 0, error / std::sqrt(double(n)));
  EXPECT_NEAR(cornerSquare, 1.0 / n, error * std::sqrt(2.0) / n);
}

/// The reference is scalar loops.
TEST(OrthogonalBits, DoNotDependOnVectors) {
  std::string text = getText("f64", "orthogonal");
  auto vectors = compile(text), scalars = compile(text, {.reference = true});
  ASSERT_TRUE(vectors && scalars);
  Session one(vectors->model()), other(scalars->model());
  one.init(5);
  other.init(5);
  for (int i = 0; i < one.model.num_params; ++i)
    EXPECT_EQ(read(one.params, one.model.params[i]),
              read(other.params, other.model.params[i]))
        << one.model.params[i].name;
}

TEST(OrthogonalBits, DoNotDependOnThreads) {
  auto jit = compile(getText("f32", "orthogonal"));
  ASSERT_TRUE(jit);
  Session one(jit->model(), 1), three(jit->model(), 3);
  one.init(5);
  three.init(5);
  EXPECT_TRUE(one.params == three.params);
  EXPECT_GT(three.parallelLoops, 0);
}
