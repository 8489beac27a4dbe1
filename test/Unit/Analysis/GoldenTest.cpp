//===- GoldenTest.cpp - What theory gives in closed form ------------------===//
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

std::string type(int64_t units) {
  return "tensor<?x" + std::to_string(units) + "xf32>";
}

/// `hNAME = dense(x)`, from `in` to `out` units.
std::string makeDense(const std::string &name, const std::string &x, int64_t in,
                      int64_t out, const std::string &init) {
  std::string matrix =
      "tensor<" + std::to_string(in) + "x" + std::to_string(out) + "xf32>";
  return "  %w" + name + " = keel.param \"w" + name + "\" init(#keel." + init +
         ") : " + matrix + "\n  %h" + name + " = keel.dense " + x + ", %w" +
         name + " : " + type(in) + ", " + matrix + "\n";
}

/// `NAME = relu(hNAME)`, behind such a layer.
std::string makeRelu(const std::string &name, const std::string &x, int64_t in,
                     int64_t out, const std::string &init) {
  return makeDense(name, x, in, out, init) + "  %" + name + " = keel.relu %h" +
         name + " : " + type(out) + "\n";
}

/// A vector parameter.
std::string makeVector(const std::string &name, const char *init, int64_t n) {
  return "  %" + name + " = keel.param \"" + name + "\" init(#keel." + init +
         ") : tensor<" + std::to_string(n) + "xf32>\n";
}

std::string makeModel(int64_t in, int64_t out, const std::string &body,
                      const std::string &result) {
  return "keel.model @m(%x: " + type(in) + ") -> " + type(out) + " {\n" + body +
         "  keel.return " + result + " : " + type(out) + "\n}\n";
}

// Batch norms with nothing but weights between: (B - 2) / (B - 3).
TEST(Golden, LinearBatchNorms) {
  constexpr int64_t n = 10000000;
  for (int64_t rows : {8, 32, 64, 256}) {
    std::string body = makeVector("g", "ones", n) + makeVector("e", "zeros", n);
    std::string state = " : tensor<" + std::to_string(n) + "xf32>\n";
    std::string value = "%x";
    for (std::string i : {"1", "2", "3"}) {
      body += makeDense(i, value, n, n, "lecun_normal");
      body += "  %m" + i + " = keel.state \"m" + i + "\" init(#keel.zeros)" +
              state + "  %v" + i + " = keel.state \"v" + i +
              "\" init(#keel.ones)" + state + "  %n" + i +
              " = keel.batch_norm %h" + i + ", %g, %e, %m" + i + ", %v" + i +
              " {epsilon = 0.0} : " + type(n) + "\n";
      value = "%n" + i;
    }
    Forecast f(makeModel(n, n, body, value), rows);
    auto norms = llvm::to_vector(f.model.getBody().getOps<BatchNormOp>());
    double b = double(rows);
    EXPECT_NEAR(f.getGradientSquare(norms[0].getResult()) /
                    f.getGradientSquare(norms[1].getResult()),
                (b - 2.0) / (b - 3.0), 1e-4)
        << rows;
  }
}

// One row behind l relu layers of variance 2/n: E |x|^4 / (E |x|^2)^2 = (1 +
// 5/n)^l, so that log q has the variance V = 5 l / n, to which the input's own
// 2 / n add, and the mean -V / 2.
TEST(Golden, FiniteWidthOfRelu) {
  constexpr int n = 256;
  Forecast f(makeStack("relu", 20, "he_normal", "", false, n), /*batchSize=*/1);
  double layers = 0.0;
  for (ReluOp op : f.model.getBody().getOps<ReluOp>()) {
    double variance = (2.0 + 5.0 * ++layers) / n;
    Signal signal = f.forecast->getSignal(op.getResult());
    EXPECT_NEAR(signal.getLogVariance(), variance, 1e-9);
    EXPECT_NEAR(signal.getLogShift(), -0.5 * variance, 1e-9);
    EXPECT_NEAR(f.forecast->getForwardRms(op.getResult()),
                std::exp(-0.25 * variance), 1e-9);
  }
}

// Between a correlation and 1, where biases are drawn too, chi1 is left by each
// layer: the depth scale is -1 / log chi1.
TEST(Golden, DepthScaleOfCorrelations) {
  Forecast f(makeStack("tanh", 60, "variance_scaling<scale = 1.2>",
                       "normal<stddev = 0.4>"));
  auto layers = llvm::to_vector(f.model.getBody().getOps<DenseOp>());
  auto getDistance = [&](DenseOp op) {
    PairMoments m = f.forecast->getSignal(op.getResult()).moments;
    return 1.0 - m.samples / m.self;
  };
  double chi = f.getGradientSquare(layers[40].getResult()) /
               f.getGradientSquare(layers[41].getResult());
  EXPECT_LT(chi, 0.95);
  EXPECT_NEAR(getDistance(layers[41]) / getDistance(layers[40]), chi, 1e-3);
  EXPECT_NEAR(std::log(getDistance(layers[30]) / getDistance(layers[41])),
              -11.0 * std::log(chi), 0.02);
}

// With weights of mean mu and variance s from n units of mean m and a bias b:
// q' = n s q + mu^2 (n Var x + n^2 m^2) + b^2 + 2 n mu m b, and back n' (s +
// mu^2) of independent gradients.
TEST(Golden, WeightsOfAMean) {
  constexpr int64_t n = 256, out = 64;
  std::string body =
      "  %a = keel.relu %x : " + type(n) + "\n" +
      makeVector("b", "constant<0.3>", out) +
      "  %w = keel.param \"w\" init(#keel.normal<mean = 0.02, stddev = 0.1>) : "
      "tensor<256x64xf32>\n  %h = keel.dense %a, %w, %b : " +
      type(n) + ", tensor<256x64xf32>, tensor<64xf32>\n";
  Forecast f(makeModel(n, out, body, "%h"));
  double s = 0.01, mu = 0.02, b = 0.3, q = 0.5, m = std::sqrt(0.5 / M_PI);
  EXPECT_NEAR(f.getSquare(f.getOutput()),
              n * s * q + mu * mu * (n * (q - m * m) + n * n * m * m) + b * b +
                  2.0 * n * mu * m * b,
              1e-6);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), 0.5 * out * (s + mu * mu),
              1e-9);
}

// Of relu layers of variance 2/n, each of mean sqrt(q / 2 pi) with q = 2: q' =
// q
// + 2 m m + v, and back 1 + chi.
TEST(Golden, ShortcutBetweenMeans) {
  constexpr int64_t n = 256;
  Forecast f(makeModel(n, n,
                       makeRelu("a", "%x", n, n, "he_normal") +
                           makeRelu("b", "%a", n, n, "he_normal") +
                           "  %y = keel.add %a, %b : " + type(n) + "\n",
                       "%y"));
  EXPECT_NEAR(f.getSquare(f.getOutput()), 2.0 + 2.0 / M_PI, 1e-9);
  EXPECT_NEAR(f.forecast->getSignal(f.getOutput()).mean,
              2.0 * std::sqrt(1.0 / M_PI), 1e-9);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), 2.0, 1e-9);
}

// With a norm in the branch the square grows by the branch's 1/2 each time, and
// the gradient by 1 + (1/2) / q.
TEST(Golden, ShortcutsAroundNorms) {
  constexpr int64_t n = 1000000;
  std::string body = makeVector("g", "ones", n) + makeVector("e", "zeros", n);
  std::string value = "%x";
  for (int i = 1; i <= 8; ++i) {
    std::string k = std::to_string(i);
    body += "  %n" + k + " = keel.layer_norm " + value +
            ", %g, %e {epsilon = 0.0} : " + type(n) + "\n  %r" + k +
            " = keel.relu %n" + k + " : " + type(n) + "\n" +
            makeDense(k, "%r" + k, n, n, "lecun_normal") + "  %s" + k +
            " = keel.add " + value + ", %h" + k + " : " + type(n) + "\n";
    value = "%s" + k;
  }
  Forecast f(makeModel(n, n, body, value));
  double q = 1.0;
  for (AddOp op : f.model.getBody().getOps<AddOp>()) {
    EXPECT_NEAR(f.getGradientSquare(op.getLhs()) /
                    f.getGradientSquare(op.getResult()),
                1.0 + 0.5 / q, 1e-4);
    q += 0.5;
    EXPECT_NEAR(f.getSquare(op.getResult()), q, 1e-4);
  }
}

// q = sum n_i q_i / sum n_i, and gradients add over the users of a value.
TEST(Golden, Concatenation) {
  Forecast f(makeModel(256, 320,
                       makeRelu("a", "%x", 256, 64, "lecun_normal") +
                           "  %y = keel.concat %x, %a : " + type(256) + ", " +
                           type(64) + "\n",
                       "%y"));
  EXPECT_NEAR(f.getSquare(f.getOutput()), (256 * 1.0 + 64 * 0.5) / 320, 1e-9);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), 1.0 + 0.5 * 64 / 256, 1e-9);
}

// A clip by value at c of N(0, s^2), t = c / s: s^2 (2 Phi(t) - 1 - 2 t pdf(t))
// + 2 c^2 (1 - Phi(t)); hard_sigmoid clips alpha x at 1/2 either way.
TEST(Golden, ClipByValue) {
  Forecast f(makeUnary("hard_sigmoid", "{alpha = 0.4, beta = 0.5}"));
  double s = 0.4, c = 0.5, t = c / s;
  double above = 0.5 * std::erfc(t / std::sqrt(2.0));
  double density = std::exp(-0.5 * t * t) / std::sqrt(2.0 * M_PI);
  EXPECT_NEAR(f.getSquare(f.getOutput()) - 0.25,
              s * s * (1.0 - 2.0 * above - 2.0 * t * density) +
                  2.0 * c * c * above,
              1e-6);
  EXPECT_NEAR(f.getGradientSquare(f.getInput()), s * s * (1.0 - 2.0 * above),
              1e-6);
}

// A batch norm of what is next to nothing: one row has it all.
TEST(Golden, DeadUnitsBeforeABatchNorm) {
  Forecast f(R"(
keel.model @m(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %w1 = keel.param "w1" init(#keel.he_normal) : tensor<64x64xf32>
  %b1 = keel.param "b1" init(#keel.constant<value = -6.0>) : tensor<64xf32>
  %w2 = keel.param "w2" init(#keel.he_normal) : tensor<64x64xf32>
  %g = keel.param "g" init(#keel.ones) : tensor<64xf32>
  %e = keel.param "e" init(#keel.zeros) : tensor<64xf32>
  %m = keel.state "m" init(#keel.zeros) : tensor<64xf32>
  %v = keel.state "v" init(#keel.ones) : tensor<64xf32>
  %h1 = keel.dense %x, %w1, %b1
      : tensor<?x64xf32>, tensor<64x64xf32>, tensor<64xf32>
  %r1 = keel.relu %h1 : tensor<?x64xf32>
  %h2 = keel.dense %r1, %w2 : tensor<?x64xf32>, tensor<64x64xf32>
  %n2 = keel.batch_norm %h2, %g, %e, %m, %v : tensor<?x64xf32>
  %r2 = keel.relu %n2 : tensor<?x64xf32>
  keel.return %r2 : tensor<?x64xf32>
})");
  ASSERT_EQ(f.forecast->getLayers().size(), 5u);
  for (const LayerForecast &layer : f.forecast->getLayers())
    EXPECT_TRUE(std::isfinite(layer.gradientRms)) << layer.gradientRms;
}

} // namespace
