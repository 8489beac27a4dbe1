//===- SettingsTest.cpp - Numbers: their shortest text, and back ----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "gtest/gtest.h"
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

using namespace mlir;
using namespace keel;

namespace {

class SettingsTest : public ::testing::Test {
protected:
  SettingsTest() { context.loadDialect<KeelDialect>(); }

  /// What `#keel.constant<TEXT>` holds, or nothing where it is refused.
  std::optional<double> parse(const std::string &text) {
    ScopedDiagnosticHandler silence(&context,
                                    [](Diagnostic &) { return success(); });
    auto attr = llvm::dyn_cast_or_null<ConstantAttr>(
        parseAttribute("#keel.constant<" + text + ">", &context));
    return attr ? std::optional(attr.getValue().value) : std::nullopt;
  }

  /// MLIR's own parser reads the text as the same bits, and so does Keel's.
  void expectRoundTrip(double value) {
    std::string text = formatReal(value);
    auto builtin =
        llvm::dyn_cast_or_null<FloatAttr>(parseAttribute(text, &context));
    ASSERT_TRUE(builtin) << text;
    EXPECT_EQ(std::bit_cast<uint64_t>(builtin.getValueAsDouble()),
              std::bit_cast<uint64_t>(value))
        << text;
    std::optional<double> own = parse(text);
    ASSERT_TRUE(own) << text;
    EXPECT_EQ(std::bit_cast<uint64_t>(*own), std::bit_cast<uint64_t>(value))
        << text;
  }

  MLIRContext context;
};

TEST_F(SettingsTest, FormatsTheShortestForm) {
  EXPECT_EQ(formatReal(0.0), "0.0");
  EXPECT_EQ(formatReal(-0.0), "-0.0");
  EXPECT_EQ(formatReal(1.0), "1.0");
  EXPECT_EQ(formatReal(0.1), "0.1");
  EXPECT_EQ(formatReal(-0.9), "-0.9");
  EXPECT_EQ(formatReal(0.001), "0.001");
  EXPECT_EQ(formatReal(1.0e-5), "1.0e-5");
  EXPECT_EQ(formatReal(2.5e-7), "2.5e-7");
  EXPECT_EQ(formatReal(100.0), "100.0");
  EXPECT_EQ(formatReal(10000.0), "1.0e4");
  EXPECT_EQ(formatReal(12345.0), "12345.0");
  EXPECT_EQ(formatReal(1.0e300), "1.0e300");
  EXPECT_EQ(formatReal(1.0 / 3.0), "0.3333333333333333");
}

TEST_F(SettingsTest, FormatsTheEndsOfTheRange) {
  EXPECT_EQ(formatReal(std::numeric_limits<double>::denorm_min()), "5.0e-324");
  EXPECT_EQ(formatReal(std::numeric_limits<double>::max()),
            "1.7976931348623157e308");
  EXPECT_EQ(formatReal(std::numeric_limits<double>::min()),
            "2.2250738585072014e-308");
}

TEST_F(SettingsTest, NamesWhatIsNotFinite) {
  EXPECT_EQ(formatReal(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(formatReal(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(formatReal(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST_F(SettingsTest, RoundTripsChosenNumbers) {
  for (double value :
       {0.0, -0.0, 0.1, 1.0e-5, 1.0e300, 10000.0, 123456789.0, 1.0e20, 1.0e21,
        1.0e22, 9007199254740993.0, std::numeric_limits<double>::denorm_min(),
        4.9e-320, std::numeric_limits<double>::min(),
        std::numeric_limits<double>::max(),
        std::numeric_limits<double>::epsilon()})
    for (double signedValue : {value, -value})
      expectRoundTrip(signedValue);
}

TEST_F(SettingsTest, RoundTripsRandomBits) {
  std::mt19937_64 random(1);
  for (int count = 0; count < 20000;) {
    double value = std::bit_cast<double>(random());
    if (!std::isfinite(value))
      continue;
    expectRoundTrip(value);
    ++count;
  }
}

TEST_F(SettingsTest, RoundTripsRandomSettings) {
  // The magnitudes that settings have, which bits alone hardly ever hit.
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> mantissa(-1.0, 1.0), power(-8.0, 6.0);
  for (int count = 0; count < 20000; ++count)
    expectRoundTrip(mantissa(random) * std::pow(10.0, power(random)));
}

TEST_F(SettingsTest, ParsesEveryForm) {
  EXPECT_EQ(parse("1"), 1.0);
  EXPECT_EQ(parse("-1"), -1.0);
  EXPECT_EQ(parse("-0.1"), -0.1);
  EXPECT_EQ(parse("1.0e-3"), 1.0e-3);
  EXPECT_EQ(parse("1e-3"), 1.0e-3);
  EXPECT_EQ(parse("1E3"), 1.0e3);
  EXPECT_EQ(parse("1e+3"), 1.0e3);
  EXPECT_EQ(parse("-7e2"), -7.0e2);
  EXPECT_EQ(parse("0e99999"), 0.0);
  EXPECT_EQ(parse("1e-99999"), 0.0);
  EXPECT_EQ(parse("0.5 : f32"), 0.5);
  EXPECT_EQ(parse("255 : ui8"), 255.0);
}

TEST_F(SettingsTest, RoundsOnce) {
  // 3 * 10^-1 and 2^63 - 1 scaled: a product of doubles would be off by one.
  EXPECT_EQ(parse("3e-1"), 0.3);
  EXPECT_EQ(parse("9223372036854775807e-17"), 92.23372036854775807);
  EXPECT_EQ(parse("9007199254740993e22"), 9007199254740993e22);
}

TEST_F(SettingsTest, RefusesWhatIsNoNumber) {
  for (const char *text : {"",
                           "e",
                           "1e",
                           "1e-",
                           "1 e x",
                           "e3",
                           "1e3.5",
                           "nan",
                           "inf",
                           "-inf",
                           "true",
                           "\"1\"",
                           "f32",
                           "1e999",
                           "-1e999",
                           "1.0e999",
                           "0x7FF0000000000000 : f64",
                           "0xFFF8000000000000 : f64",
                           "[1]",
                           "1,",
                           "99999999999999999999",
                           "1e99999999999999999999",
                           "1 : i1"})
    EXPECT_FALSE(parse(text)) << text;
}

TEST_F(SettingsTest, ComparesBits) {
  // 0.0 and -0.0 are two attributes, so that neither prints as the other.
  EXPECT_NE(parseAttribute("#keel.constant<0.0>", &context),
            parseAttribute("#keel.constant<-0.0>", &context));
  EXPECT_EQ(parseAttribute("#keel.constant<1>", &context),
            parseAttribute("#keel.constant<1.0>", &context));
}

} // namespace
