//===- InitializerTest.cpp - Initial values against plain Philox draws ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "keel/Runtime/Random.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <numbers>

using namespace keel;
using namespace keel::test;

static constexpr int kIn = 300, kOut = 200, kCount = kIn * kOut;
static constexpr int64_t kSeed = 0x123456789abcdef;

namespace {

/// One weight of 300 x 200 an initializer, all used by dense layers.
class Drawn {
public:
  Drawn(const std::string &element,
        const std::vector<std::string> &initializers)
      : element(element) {
    std::string body, type = "tensor<300x200x" + element + ">";
    std::string in = "tensor<?x300x" + element + ">";
    std::string out = "tensor<?x200x" + element + ">", sum;
    for (size_t i = 0; i < initializers.size(); ++i) {
      std::string n = std::to_string(i);
      body += "%w" + n + " = keel.param \"w" + n + "\" init(#keel." +
              initializers[i] + ") : " + type + "\n%y" + n +
              " = keel.dense %x, %w" + n + " : " + in + ", " + type + "\n";
      if (i > 0)
        body +=
            "%s" + n + " = keel.add " + sum + ", %y" + n + " : " + out + "\n";
      sum = (i > 0 ? "%s" : "%y") + n;
    }
    jit = compile("keel.model @m(%x: " + in + ") -> " + out +
                      " attributes {loss = #keel.mean_squared_error, "
                      "optimizer = #keel.sgd<learning_rate = 0.1>} {\n" +
                      body + "keel.return " + sum + " : " + out + "}",
                  {.maxRows = 4});
    if (!jit)
      return;
    session = std::make_unique<Session>(jit->model());
    session->init(kSeed);
  }

  std::vector<double> get(int index) {
    return read(session->params, jit->model().params[index]);
  }

  std::string element;
  std::unique_ptr<JitModule> jit;
  std::unique_ptr<Session> session;
};

struct Moments {
  explicit Moments(const std::vector<double> &values) {
    for (double v : values)
      mean += v / values.size();
    double fourth = 0;
    for (double v : values) {
      deviation += std::pow(v - mean, 2) / values.size();
      fourth += std::pow(v - mean, 4) / values.size();
      largest = std::max(largest, std::abs(v));
    }
    kurtosis = fourth / (deviation * deviation);
    deviation = std::sqrt(deviation);
  }
  double mean = 0, deviation = 0, kurtosis = 0, largest = 0;
};

/// The draws that keel.random documents: two uniforms in (0, 1).
struct Uniforms {
  Uniforms(int64_t seed, const std::string &name, uint64_t index) {
    uint64_t stream = keel_fnv1a(name.data(), name.size());
    const uint32_t counter[] = {uint32_t(index), uint32_t(index >> 32),
                                uint32_t(stream), uint32_t(stream >> 32)};
    const uint32_t key[] = {uint32_t(seed), uint32_t(seed >> 32)};
    uint32_t words[4];
    keel_philox(counter, key, words);
    u = unit(words[0], words[1]);
    v = unit(words[2], words[3]);
  }
  static double unit(uint32_t a, uint32_t b) {
    return ((a >> 6) * 0x1p26 + (b >> 6) + 0.5) * 0x1p-52;
  }
  double u, v;
};

} // namespace

static double drawNormal(const Uniforms &x) {
  return std::sqrt(-2 * std::log(x.u)) * std::cos(2 * std::numbers::pi * x.v);
}

/// The distribution of each: deviation, kurtosis, largest magnitude allowed.
TEST(Initializer, HasItsMoments) {
  // The deviation of a standard normal cut at two, and its kurtosis.
  const double cut = 0.8796256610342398, kurtosis = 2.3666;
  struct Case {
    std::string text;
    double deviation, kurtosis, largest;
  };
  const Case cases[] = {
      {"uniform<low = -2.0, high = 2.0>", 2 / std::sqrt(3.0), 1.8, 2},
      {"normal<mean = 0.0, stddev = 0.5>", 0.5, 3, INFINITY},
      {"truncated_normal<stddev = 0.5>", 0.5, kurtosis, 1 / cut},
      {"xavier_uniform", std::sqrt(2.0 / (kIn + kOut)), 1.8,
       std::sqrt(6.0 / (kIn + kOut))},
      {"xavier_normal", std::sqrt(2.0 / (kIn + kOut)), 3, INFINITY},
      {"he_uniform", std::sqrt(2.0 / kIn), 1.8, std::sqrt(6.0 / kIn)},
      {"he_normal", std::sqrt(2.0 / kIn), 3, INFINITY},
      {"lecun_normal", std::sqrt(1.0 / kIn), 3, INFINITY},
      {"variance_scaling<scale = 3.0, mode = fan_out, distribution = "
       "truncated_normal>",
       std::sqrt(3.0 / kOut), kurtosis, 2 * std::sqrt(3.0 / kOut) / cut},
      {"variance_scaling<scale = 0.5, mode = fan_avg, distribution = uniform>",
       std::sqrt(1.0 / (kIn + kOut)), 1.8, std::sqrt(3.0 / (kIn + kOut))},
  };
  std::vector<std::string> texts;
  for (const Case &c : cases)
    texts.push_back(c.text);
  for (const char *element : {"f32", "f64"}) {
    Drawn drawn(element, texts);
    ASSERT_TRUE(drawn.jit);
    for (size_t i = 0; i < texts.size(); ++i) {
      SCOPED_TRACE(texts[i]);
      std::vector<double> values = drawn.get(i);
      ASSERT_EQ(values.size(), size_t(kCount));
      Moments m(values);
      // Five standard errors of 60000 draws; those of the moments of a normal
      // are above those of the others.
      double error = 5 / std::sqrt(double(kCount));
      EXPECT_NEAR(m.mean, 0, error * cases[i].deviation);
      EXPECT_NEAR(m.deviation, cases[i].deviation,
                  error * cases[i].deviation / std::sqrt(2.0));
      EXPECT_NEAR(m.kurtosis, cases[i].kurtosis, error * std::sqrt(24.0));
      // Rounded to f32, a bound may be reached.
      EXPECT_LE(m.largest, cases[i].largest * (1 + 1e-7));
    }
  }
}

TEST(Initializer, MeanAndConstants) {
  Drawn drawn("f64", {"normal<mean = 3.0, stddev = 0.1>", "zeros", "ones",
                      "constant<0.375>", "uniform<low = 1.0, high = 5.0>"});
  ASSERT_TRUE(drawn.jit);
  EXPECT_NEAR(Moments(drawn.get(0)).mean, 3, 5 * 0.1 / std::sqrt(kCount));
  EXPECT_EQ(drawn.get(1), std::vector<double>(kCount, 0.0));
  EXPECT_EQ(drawn.get(2), std::vector<double>(kCount, 1.0));
  EXPECT_EQ(drawn.get(3), std::vector<double>(kCount, 0.375));
  EXPECT_NEAR(Moments(drawn.get(4)).mean, 3, 5 * 1.16 / std::sqrt(kCount));
}

/// Exact numbers only on the way, so that all bits agree.
TEST(Initializer, UniformIsPhiloxBitForBit) {
  for (const char *element : {"f64", "f32"}) {
    Drawn drawn(element, {"uniform<low = -1.0, high = 1.0>",
                          "uniform<low = 0.25, high = 4.25>"});
    ASSERT_TRUE(drawn.jit);
    for (int w : {0, 1}) {
      std::vector<double> values = drawn.get(w);
      double low = w ? 0.25 : -1.0, width = w ? 4 : 2;
      for (int i = 0; i < kCount; ++i) {
        Uniforms x(kSeed, "w" + std::to_string(w), i);
        // No fused multiply-add, as the documented formula has none.
        volatile double product = width * x.u;
        double expected = low + product;
        ASSERT_EQ(values[i],
                  element == std::string("f32") ? float(expected) : expected)
            << i;
      }
    }
  }
}

/// With the C library's log and cos: theirs and ours are within one unit in
/// the last place of the true ones, and the formula adds a few roundings.
/// Near its zero the cosine's error is that of its argument, so the measure
/// is the radius.
TEST(Initializer, NormalIsBoxAndMuller) {
  for (const char *element : {"f64", "f32"}) {
    Drawn drawn(element, {"normal<mean = 0.0, stddev = 1.0>"});
    ASSERT_TRUE(drawn.jit);
    std::vector<double> values = drawn.get(0);
    double ulp = element == std::string("f32") ? 0x1p-24 : 0x1p-53;
    for (int i = 0; i < kCount; ++i) {
      Uniforms x(kSeed, "w0", i);
      double radius = std::sqrt(-2 * std::log(x.u));
      ASSERT_NEAR(values[i], drawNormal(x), 8 * ulp * std::max(radius, 1e-6))
          << i;
    }
  }
}

/// Phi(z) gives back the uniform that z was drawn from.
TEST(Initializer, TruncatedNormalInvertsItsDistribution) {
  Drawn drawn("f64", {"truncated_normal<stddev = 1.0>"});
  ASSERT_TRUE(drawn.jit);
  std::vector<double> values = drawn.get(0);
  auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  for (int i = 0; i < kCount; ++i) {
    double z = values[i] * 0.87962566103423978;
    double u = (phi(z) - phi(-2)) / (phi(2) - phi(-2));
    // The inverse is good to 1e-16 relative, erfc to as much.
    ASSERT_NEAR(u, Uniforms(kSeed, "w0", i).u, 1e-14) << i;
  }
}

TEST(Initializer, DependsOnSeedAndNameAlone) {
  Drawn drawn("f32", {"he_normal", "he_normal"});
  ASSERT_TRUE(drawn.jit);
  Session again(drawn.jit->model(), 3), other(drawn.jit->model());
  again.init(kSeed);
  other.init(kSeed + 1);
  EXPECT_TRUE(again.params == drawn.session->params);
  EXPECT_FALSE(other.params == drawn.session->params);
  EXPECT_NE(drawn.get(0), drawn.get(1));
}
