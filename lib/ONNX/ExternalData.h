//===- ExternalData.h - Elements in files beside the model ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_ONNX_EXTERNALDATA_H
#define KEEL_LIB_ONNX_EXTERNALDATA_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <utility>
#include <vector>

namespace keel::onnx {

/// Where a tensor's elements are: `location`, `offset`, `length`.
struct ExternalData {
  std::vector<std::pair<std::string, std::string>> entries;

  /// Reads exactly `expected` bytes of a file that is in `folder` once links
  /// are followed.
  llvm::Error read(llvm::StringRef folder, int64_t expected,
                   std::string &bytes) const;

private:
  llvm::StringRef find(llvm::StringRef key) const;
};

} // namespace keel::onnx

#endif // KEEL_LIB_ONNX_EXTERNALDATA_H
