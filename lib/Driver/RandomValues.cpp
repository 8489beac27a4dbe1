//===- RandomValues.cpp - Made-up numbers for tensors ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomValues.h"
#include "keel/Runtime/Model.h"
#include "keel/Runtime/Random.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace keel;

Stream::Stream(llvm::StringRef name, uint64_t seed)
    : hash(keel_fnv1a(name.data(), name.size())), seed(seed) {}

double Stream::uniform(uint64_t index, int word) const {
  uint32_t bits[4];
  keel_element_bits(seed, hash, index, bits);
  return (double(bits[word]) + 0.5) * 0x1p-32;
}

double Stream::normal(uint64_t index) const {
  return std::sqrt(-2.0 * std::log(uniform(index))) *
         std::cos(2.0 * llvm::numbers::pi * uniform(index, 1));
}

void keel::storeElement(void *data, int32_t dtype, int64_t index,
                        double value) {
  switch (dtype) {
  case KEEL_F32:
    static_cast<float *>(data)[index] = float(value);
    break;
  case KEEL_F64:
    static_cast<double *>(data)[index] = value;
    break;
  case KEEL_I32:
    static_cast<int32_t *>(data)[index] = int32_t(value);
    break;
  case KEEL_I64:
    static_cast<int64_t *>(data)[index] = int64_t(value);
    break;
  default:
    static_cast<uint8_t *>(data)[index] = uint8_t(value);
  }
}

bool keel::isReal(int32_t dtype) {
  return dtype == KEEL_F32 || dtype == KEEL_F64;
}
