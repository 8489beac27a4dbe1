//===- FindingsTest.cpp - What is said of sick and of healthy nets --------===//
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

/// The kinds found, in order.
std::vector<std::string> getKinds(Forecast &f) {
  std::vector<std::string> kinds;
  for (const Finding &finding : findTroubles(*f.forecast))
    kinds.push_back(finding.kind.str());
  return kinds;
}

using Kinds = std::vector<std::string>;

void expect(const std::string &text, const Kinds &kinds,
            const std::string &verdict) {
  Forecast f(text);
  EXPECT_EQ(getKinds(f), kinds) << text;
  EXPECT_EQ(getVerdict(findTroubles(*f.forecast)).str(), verdict) << text;
}

TEST(Findings, Healthy) {
  expect(makeStack("relu", 20, "he_normal"), {}, "healthy");
  expect(makeStack("tanh", 10, "xavier_normal"), {}, "healthy");
  expect(makeStack("relu", 6, "he_normal", "", true), {}, "healthy");
}

TEST(Findings, Vanishing) {
  Forecast f(makeStack("relu", 30, "xavier_uniform"));
  auto findings = findTroubles(*f.forecast);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, finding::kVanishing);
  EXPECT_NE(findings[0].message.find("w1: gradients reach this layer"),
            std::string::npos);
  EXPECT_NE(findings[0].message.find("30 relu layers with xavier_uniform"),
            std::string::npos);
  EXPECT_NE(findings[0].fix.find("he_normal"), std::string::npos);
}

TEST(Findings, ExplodingThroughBatchNorm) {
  expect(makeStack("relu", 50, "he_normal", "", true), {"batch-norm-explosion"},
         "exploding");
}

TEST(Findings, ExplodingAndSaturated) {
  expect(makeStack("relu", 10, "normal<stddev = 1.0>"), {"exploding"},
         "exploding");
  expect(makeStack("tanh", 4, "normal<stddev = 1.0>"), {"saturated"},
         "saturated");
}

/// A hidden layer of 100 units with `norm` before its activation.
std::string makeClassifier(const std::string &init, const std::string &norm) {
  std::string normed = norm.empty() ? "%h" : "%n";
  return "keel.model @m(%x: tensor<?x100xf32>) -> tensor<?x10xf32> {\n"
         "  %w = keel.param \"w\" init(#keel." +
         init +
         ") : tensor<100x100xf32>\n"
         "  %v = keel.param \"v\" init(#keel.xavier_normal) : "
         "tensor<100x10xf32>\n"
         "  %g = keel.param \"g\" init(#keel.ones) : tensor<100xf32>\n"
         "  %e = keel.param \"e\" init(#keel.zeros) : tensor<100xf32>\n"
         "  %m = keel.state \"m\" init(#keel.zeros) : tensor<100xf32>\n"
         "  %s = keel.state \"s\" init(#keel.ones) : tensor<100xf32>\n"
         "  %h = keel.dense %x, %w : tensor<?x100xf32>, tensor<100x100xf32>\n" +
         (norm.empty() ? ""
                       : "  %n = keel." + norm + " : tensor<?x100xf32>\n") +
         "  %a = keel.relu " + normed +
         " : tensor<?x100xf32>\n"
         "  %y = keel.dense %a, %v : tensor<?x100xf32>, tensor<100x10xf32>\n"
         "  keel.return %y : tensor<?x10xf32>\n}\n";
}

// Trained for an epoch of MNIST by steps of 0.1, three sigmoid layers from
// these weights stay behind and two do not, though the gradient at the first
// is 0.03 of that behind the last: what sets inputs apart is lost behind it.
TEST(Findings, WhatSetsInputsApartReachesNoLayer) {
  expect(makeStack("sigmoid", 2, "normal<stddev = 0.1>", "", false, 100), {},
         "healthy");
  expect(makeStack("sigmoid", 4, "normal<stddev = 0.1>", "", false, 100),
         {"vanishing", "depth-beyond-correlation"}, "vanishing");
  // Where it is not lost, a gradient of 0.09 is enough.
  expect(makeStack("tanh", 20, "normal<stddev = 0.1>", "", false, 100), {},
         "healthy");
}

TEST(Findings, WeightsWhoseSizeANormHides) {
  const std::string layerNorm = "layer_norm %h, %g, %e",
                    batchNorm = "batch_norm %h, %g, %e, %m, %s";
  expect(makeClassifier("he_normal", layerNorm), {}, "healthy");
  expect(makeClassifier("normal<stddev = 0.01>", layerNorm), {"exploding"},
         "exploding");
  expect(makeClassifier("normal<stddev = 0.01>", batchNorm), {}, "healthy");
  expect(makeClassifier("normal<stddev = 1.0>", batchNorm), {"vanishing"},
         "vanishing");
}

TEST(Findings, LargeResults) {
  expect(makeClassifier("normal<stddev = 1.0>", ""), {}, "healthy");
  expect(makeClassifier("normal<stddev = 20.0>", ""), {"exploding"},
         "exploding");
}

TEST(Findings, DeadUnits) {
  expect(makeStack("relu", 3, "he_normal", "constant<-8.0>"), {"dead"}, "dead");
}

TEST(Findings, SymmetricUnits) {
  for (const char *init : {"zeros", "constant<0.01>"}) {
    Forecast f(makeStack("tanh", 3, init));
    EXPECT_EQ(getVerdict(findTroubles(*f.forecast)).str(), "symmetric") << init;
  }
  // Random weights behind them give the units different gradients, unless the
  // units give none.
  auto makeZeros = [](const std::string &activation) {
    std::string text = makeStack(activation, 3, "xavier_normal");
    return text.replace(text.find("xavier_normal"), strlen("xavier_normal"),
                        "zeros");
  };
  Forecast different(makeZeros("tanh")), none(makeZeros("relu"));
  EXPECT_FALSE(llvm::is_contained(getKinds(different), "symmetric"));
  EXPECT_TRUE(llvm::is_contained(getKinds(none), "symmetric"));
}

TEST(Findings, LinearStackAndDoubleSoftmax) {
  expect("keel.model @m(%x: tensor<?x8xf32>) -> tensor<?x4xf32> attributes "
         "{loss = #keel.softmax_cross_entropy} {\n"
         "  %v = keel.param \"v\" init(#keel.he_normal) : tensor<8x8xf32>\n"
         "  %w = keel.param \"w\" init(#keel.he_normal) : tensor<8x4xf32>\n"
         "  %h = keel.dense %x, %v : tensor<?x8xf32>, tensor<8x8xf32>\n"
         "  %z = keel.dense %h, %w : tensor<?x8xf32>, tensor<8x4xf32>\n"
         "  %y = keel.softmax %z : tensor<?x4xf32>\n"
         "  keel.return %y : tensor<?x4xf32>\n}\n",
         {"linear-stack", "double-softmax"}, "healthy");
}

TEST(Findings, DepthBeyondCorrelation) {
  Forecast f(makeStack("tanh", 60, "variance_scaling<scale = 1.2>",
                       "normal<stddev = 0.3>"));
  Kinds kinds = getKinds(f);
  EXPECT_TRUE(llvm::is_contained(kinds, "depth-beyond-correlation"));
}

} // namespace
