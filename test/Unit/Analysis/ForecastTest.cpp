//===- ForecastTest.cpp - The forecast against known mathematics ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forecasts.h"

using namespace keel;
using namespace keel::test;

namespace {

struct Golden {
  const char *op, *settings;
  double square, slope;
};

// E f^2 and E f'^2 of a standard normal, to six places.
TEST(Forecast, MomentsOfActivations) {
  const Golden golden[] = {
      {"relu", "", 0.5, 0.5},
      {"leaky_relu", "{slope = 0.2}", 0.52, 0.52},
      {"tanh", "", .394294, .464403},
      {"sigmoid", "", .293379, .044836},
      {"gelu", "", .4252215, .455851},
      {"gelu", "{approximate = \"tanh\"}", .425194, .455818},
      {"silu", "", .355776, .379482},
      {"elu", "", .644945, .668102},
      {"selu", "", 1.0, 1.071575},
      {"softplus", "", .921246, .293379},
      {"softsign", "", .183014, .227671}};
  for (const Golden &g : golden) {
    Forecast f(makeUnary(g.op, g.settings));
    EXPECT_NEAR(f.getSquare(f.getOutput()), g.square, 1e-6) << g.op;
    EXPECT_NEAR(f.getGradientSquare(f.getInput()), g.slope, 1e-6) << g.op;
  }
}

// By the formulas for a gelu and for means.
TEST(Forecast, MomentsInClosedForm) {
  Forecast gelu(makeUnary("gelu"));
  EXPECT_NEAR(gelu.getSquare(gelu.getOutput()),
              0.25 + (std::asin(0.5) + 1.0 / std::sqrt(3.0)) / (2.0 * M_PI),
              1e-9);
  Forecast relu(makeUnary("relu")), sigmoid(makeUnary("sigmoid"));
  EXPECT_NEAR(relu.forecast->getSignal(relu.getOutput()).mean,
              std::sqrt(1.0 / (2.0 * M_PI)), 1e-9);
  EXPECT_NEAR(sigmoid.forecast->getSignal(sigmoid.getOutput()).mean, 0.5, 1e-9);
}

// erf: (2/pi) asin(2q/(1+2q)), 4/(pi sqrt(1+4q)), at q = 1 by an op of math.
TEST(Forecast, MomentsOfAnUpstreamOp) {
  Forecast f("keel.model @m(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {\n"
             "  %y = math.erf %x : tensor<?x8xf32>\n"
             "  keel.return %y : tensor<?x8xf32>\n}\n");
  EXPECT_NEAR(f.getSquare(f.getOutput()), 2.0 / M_PI * std::asin(2.0 / 3.0),
              1e-7);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), 4.0 / (M_PI * std::sqrt(5.0)),
              1e-7);
}

// The root of the product of 20 chi: Xavier, He and uniform 1/sqrt(in).
TEST(Forecast, TwentyLayers) {
  const struct {
    const char *activation;
    double xavier, he, uniform;
  } golden[] = {{"sigmoid", 2.6e-13, 9.3e-11, 9.8e-18},
                {"tanh", 0.19, 1.79, 1.3e-5},
                {"relu", 9.77e-4, 1.0, 1.65e-8}};
  auto getRatio = [](const char *activation, const char *init) {
    Forecast f(makeStack(activation, 20, init));
    return std::sqrt(f.getGradientSquare(f.getInput()));
  };
  // As many digits as the table has: half a unit of the last one.
  auto expectNear = [](double value, double expected) {
    double unit = std::pow(10.0, std::floor(std::log10(expected)) - 1.0);
    EXPECT_NEAR(value, expected, 0.5 * unit + 1e-12 * expected);
  };
  for (const auto &g : golden) {
    SCOPED_TRACE(g.activation);
    expectNear(getRatio(g.activation, "xavier_normal"), g.xavier);
    expectNear(getRatio(g.activation, "he_normal"), g.he);
    expectNear(getRatio(g.activation, "uniform<low = -0.0625, high = 0.0625>"),
               g.uniform);
  }
}

// A tanh net at the edge of chaos: chi = 1 at the fixed point.
TEST(Forecast, TanhAtTheEdgeOfChaos) {
  const struct {
    double bias, weight, q;
  } golden[] = {{.01, 1.424205, .273301},
                {.05, 1.760955, .570048},
                {.1, 1.986073, .805799},
                {.3, 2.505127, 1.461169}};
  for (const auto &g : golden) {
    std::string weight =
        "variance_scaling<scale = " + std::to_string(g.weight) + ">";
    char bias[64];
    std::snprintf(bias, sizeof bias, "normal<stddev = %.9f>",
                  std::sqrt(g.bias));
    Forecast f(makeStack("tanh", 150, weight, bias));
    mlir::Operation *last = f.getOutput().getDefiningOp();
    mlir::Value h = last->getOperand(0);
    EXPECT_NEAR(f.getSquare(h), g.q, 1e-5);
    mlir::Value before = h.getDefiningOp()->getOperand(0);
    EXPECT_NEAR(f.getGradientSquare(before), 1.0, 1e-5);
  }
}

// With variance 2/n: c' = (sqrt(1 - c^2) + c (pi - acos c)) / pi.
TEST(Forecast, CorrelationThroughRelu) {
  Forecast f(makeStack("relu", 30, "he_normal"));
  double c = 0.0;
  for (DenseOp op : f.model.getBody().getOps<DenseOp>()) {
    PairMoments m = f.forecast->getSignal(op.getResult()).moments;
    EXPECT_NEAR(m.samples / m.self, c, 1e-6);
    c = (std::sqrt(1.0 - c * c) + c * (M_PI - std::acos(c))) / M_PI;
  }
}

// The gradient's factor of one layer; by simulation at width 1000 where the
// batch is small, which is good to a hundredth or so.
TEST(Forecast, BatchNormMultipliesGradients) {
  auto getFactor = [](const char *activation, int64_t rows, int width) {
    Forecast f(makeStack(activation, 12, "he_normal", "", true, width), rows);
    auto layers = llvm::to_vector(f.model.getBody().getOps<DenseOp>());
    return f.getGradientSquare(layers[4].getResult()) /
           f.getGradientSquare(layers[5].getResult());
  };
  const std::pair<const char *, double> large[] = {
      {"relu", 1.4669}, {"tanh", 1.1778}, {"gelu", 1.3188},   {"silu", 1.2121},
      {"selu", 1.0716}, {"elu", 1.0790},  {"sigmoid", 1.0336}};
  for (auto [activation, factor] : large)
    EXPECT_NEAR(getFactor(activation, 100000, 10000000), factor, 2e-4)
        << activation;
  const std::pair<int64_t, double> small[] = {
      {8, 1.783}, {32, 1.514}, {64, 1.478}, {256, 1.469}};
  for (auto [rows, factor] : small)
    EXPECT_NEAR(getFactor("relu", rows, 1000), factor, 0.015 * factor) << rows;
}

// Orthogonal weights keep a norm, and its gradient's, to the last bit.
TEST(Forecast, OrthogonalWeights) {
  Forecast f("keel.model @m(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {\n"
             "  %w = keel.param \"w\" init(#keel.orthogonal<gain = 2.0>) : "
             "tensor<64x64xf32>\n"
             "  %y = keel.dense %x, %w : tensor<?x64xf32>, tensor<64x64xf32>\n"
             "  keel.return %y : tensor<?x64xf32>\n}\n");
  EXPECT_DOUBLE_EQ(f.getSquare(f.getOutput()), 4.0);
  // What is left is that of the input: of a mean square of 64 x 64 normals.
  EXPECT_NEAR(f.forecast->getLayers()[0].forwardLogDeviation,
              0.5 * std::sqrt(2.0 / (64.0 * 64.0)), 1e-12);
}

// Of a shortcut x + f(x): with f a dense layer, and with f acting on x itself,
// where E (x + relu x)^2 = 1 + 2 E x relu x + 1/2 = 2.5 and gradients are 1 +
// f'.
TEST(Forecast, Shortcuts) {
  Forecast f("keel.model @m(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {\n"
             "  %a = keel.relu %x : tensor<?x64xf32>\n"
             "  %y = keel.add %x, %a : tensor<?x64xf32>\n"
             "  keel.return %y : tensor<?x64xf32>\n}\n");
  EXPECT_NEAR(f.getSquare(f.getOutput()), 2.5, 1e-9);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), 2.5, 1e-9);
  Forecast g(
      "keel.model @m(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {\n"
      "  %w = keel.param \"w\" init(#keel.he_normal) : tensor<64x64xf32>\n"
      "  %h = keel.dense %x, %w : tensor<?x64xf32>, tensor<64x64xf32>\n"
      "  %a = keel.relu %h : tensor<?x64xf32>\n"
      "  %y = keel.add %x, %a : tensor<?x64xf32>\n"
      "  %z = keel.sub %y, %x : tensor<?x64xf32>\n"
      "  keel.return %z : tensor<?x64xf32>\n}\n");
  EXPECT_NEAR(g.getSquare(g.getOutput().getDefiningOp()->getOperand(0)), 2.0,
              1e-9);
  // What is added and taken away again leaves the branch.
  EXPECT_NEAR(g.getSquare(g.getOutput()), 1.0, 1e-9);
  EXPECT_NEAR(g.getGradientSquare(g.getInput()), 1.0, 1e-9);
}

TEST(Forecast, DropoutGrowsSquares) {
  Forecast f(makeUnary("dropout", "{rate = 0.2}"));
  EXPECT_NEAR(f.getSquare(f.getOutput()), 1.25, 1e-12);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), 1.25, 1e-12);
}

TEST(Forecast, LayerNormBeforeAnActivation) {
  // E f'^2 / E f^2 for a layer of a norm, an activation and weights.
  const std::pair<const char *, double> golden[] = {
      {"relu", 1.0}, {"tanh", 1.1778}, {"gelu", 1.0720}, {"sigmoid", .1528}};
  for (auto [activation, factor] : golden) {
    std::string n = "100000", type = "tensor<?x" + n + "xf32>",
                vector = "tensor<" + n + "xf32>",
                weight = "tensor<" + n + "x" + n + "xf32>";
    Forecast f(
        "keel.model @m(%x: " + type + ") -> " + type +
        " {\n  %g = keel.param \"g\" init(#keel.ones) : " + vector +
        "\n  %e = keel.param \"e\" init(#keel.zeros) : " + vector +
        "\n  %w = keel.param \"w\" init(#keel.lecun_normal) : " + weight +
        "\n  %n1 = keel.layer_norm %x, %g, %e : " + type + "\n  %a1 = keel." +
        activation + " %n1 : " + type +
        "\n  %h1 = keel.dense %a1, %w : " + type + ", " + weight +
        "\n  %n2 = keel.layer_norm %h1, %g, %e {epsilon = 0.0} : " + type +
        "\n  keel.return %n2 : " + type + "\n}\n");
    auto norms = llvm::to_vector(f.model.getBody().getOps<LayerNormOp>());
    double ratio = f.getGradientSquare(norms[0].getResult()) /
                   f.getGradientSquare(norms[1].getResult());
    EXPECT_NEAR(ratio, factor, 3e-4) << activation;
  }
}

} // namespace
