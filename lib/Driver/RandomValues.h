//===- RandomValues.h - Made-up numbers for tensors -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_RANDOMVALUES_H
#define KEEL_LIB_DRIVER_RANDOMVALUES_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace keel {

/// Random numbers by name and index, whatever else is drawn.
class Stream {
public:
  explicit Stream(llvm::StringRef name, uint64_t seed = 0);

  /// In (0, 1); two words are independent.
  double uniform(uint64_t index, int word = 0) const;
  double normal(uint64_t index) const;

private:
  uint64_t hash, seed;
};

/// Writes an element of the type `dtype`, a keel_dtype.
void storeElement(void *data, int32_t dtype, int64_t index, double value);

/// Whether the type `dtype` has fractions.
bool isReal(int32_t dtype);

} // namespace keel

#endif // KEEL_LIB_DRIVER_RANDOMVALUES_H
