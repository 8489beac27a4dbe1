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

TEST(Findings, DeadUnits) {
  expect(makeStack("relu", 3, "he_normal", "constant<-8.0>"), {"dead"}, "dead");
}

TEST(Findings, SymmetricUnits) {
  for (const char *init : {"zeros", "constant<0.01>"}) {
    Forecast f(makeStack("tanh", 3, init));
    EXPECT_EQ(getVerdict(findTroubles(*f.forecast)).str(), "symmetric") << init;
  }
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
