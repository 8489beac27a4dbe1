//===- Number.cpp - Decimal numbers from text -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <locale.h>

/// Powers of ten that a double holds exactly.
static const double powersOfTen[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static inline bool isDigit(char c) { return c >= '0' && c <= '9'; }
static inline bool isSpace(char c) { return c == ' ' || c == '\t'; }

/// The program around us may have set a locale whose decimal point is a comma.
static double parseAnywhere(const char *text, char **end) {
#ifdef KEEL_EMBEDDED
  // An emitted object keeps nothing between its calls.
  locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  if (!plain)
    return strtod(text, end);
  double value = strtod_l(text, end, plain);
  freelocale(plain);
  return value;
#else
  static locale_t cached = nullptr;
  locale_t plain = __atomic_load_n(&cached, __ATOMIC_ACQUIRE);
  if (!plain) {
    plain = newlocale(LC_ALL_MASK, "C", nullptr);
    if (!plain)
      return strtod(text, end);
    locale_t expected = nullptr;
    if (!__atomic_compare_exchange_n(&cached, &expected, plain, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      freelocale(plain);
      plain = expected;
    }
  }
  return strtod_l(text, end, plain);
#endif
}

/// Digits, point and exponent where one multiplication or division of exact
/// doubles gives the correctly rounded result (Clinger's fast path). False
/// leaves the text to strtod.
static bool parseFast(const char *p, const char *end, double *value) {
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+'))
    ++p;
  uint64_t mantissa = 0;
  int digits = 0, seen = 0, exponent = 0;
  for (; p < end && isDigit(*p); ++p, ++seen) {
    mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    if ((digits += mantissa != 0) > 18)
      return false;
  }
  if (p < end && *p == '.')
    for (++p; p < end && isDigit(*p); ++p, ++seen, --exponent) {
      mantissa = mantissa * 10 + (uint64_t)(*p - '0');
      if ((digits += mantissa != 0) > 18)
        return false;
    }
  if (!seen)
    return false;
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    bool down = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
      ++p;
    int written = 0;
    const char *first = p;
    for (; p < end && isDigit(*p) && p - first < 4; ++p)
      written = written * 10 + (*p - '0');
    if (p == first)
      return false;
    exponent += down ? -written : written;
  }
  if (p != end || mantissa > (1ull << 53) || exponent < -22 || exponent > 22)
    return false;
  double result = (double)mantissa;
  result = exponent < 0 ? result / powersOfTen[-exponent]
                        : result * powersOfTen[exponent];
  *value = negative ? -result : result;
  return true;
}

bool keel_parse_number(const char *text, const char *end, double *value) {
  while (text < end && isSpace(*text))
    ++text;
  while (text < end && isSpace(end[-1]))
    --end;
  if (text == end)
    return false;
  if (parseFast(text, end, value))
    return true;
  // strtod also knows hexadecimal and "nan(...)", which are no data.
  for (const char *p = text; p < end; ++p)
    if (*p == 'x' || *p == 'X' || *p == '(')
      return false;
  if ((unsigned char)*text <= ' ')
    return false;
  char *stop = nullptr;
  double parsed = parseAnywhere(text, &stop);
  if (stop != end)
    return false;
  *value = parsed;
  return true;
}
