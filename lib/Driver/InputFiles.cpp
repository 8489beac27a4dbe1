//===- InputFiles.cpp - The files that flags name -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputFiles.h"
#include "CompiledModel.h"

using namespace mlir;
using namespace keel;

NamedFiles::NamedFiles(ArrayRef<std::string> flags) {
  storage.reserve(2 * flags.size());
  for (const std::string &text : flags) {
    auto [name, path] = StringRef(text).split('=');
    bool named = !path.empty() && !name.contains('/');
    const std::string &kept = storage.emplace_back(named ? name.str() : "");
    const std::string &file = storage.emplace_back(named ? path.str() : text);
    files.push_back({named ? kept.c_str() : nullptr, file.c_str()});
  }
}

Arrays::~Arrays() {
  for (keel_array &array : *this)
    keel_array_free(&array);
}

LogicalResult KnownInputs::read(ArrayRef<std::string> flags) {
  NamedFiles files(flags);
  arrays.reserve(flags.size());
  for (const keel_named_file &file : files.get()) {
    if (!StringRef(file.path).ends_with(".npy"))
      return options.inputs.clear(), success();
    keel_error error = {};
    keel_array &array = arrays.emplace_back(keel_array{});
    if (keel_npy_read(file.path, &array, &error) != 0) {
      failInput(error);
      return failure();
    }
    options.inputs.push_back({file.name ? file.name : "", &array});
  }
  return success();
}
