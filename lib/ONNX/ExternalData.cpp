//===- ExternalData.cpp - Elements in files beside the model --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExternalData.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace keel::onnx;
using llvm::Error;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

template <typename... Args>
static Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

StringRef ExternalData::find(StringRef key) const {
  for (const auto &[name, value] : entries)
    if (name == key)
      return value;
  return "";
}

/// The file that `location` names, if it is a plain file inside `folder`.
static llvm::Expected<std::string> resolve(StringRef folder,
                                           StringRef location) {
  if (folder.empty())
    return fail("has external data, and the model was not read from a folder");
  if (location.empty() || location.contains('\0') ||
      path::is_absolute(location))
    return fail("external data must name a file in the model's folder, got "
                "'{0}'",
                location);
  llvm::SmallString<256> joined(folder), real, root;
  path::append(joined, location);
  if (std::error_code error = fs::real_path(folder, root))
    return fail("external data '{0}': {1}", location, error.message());
  if (std::error_code error = fs::real_path(joined, real))
    return fail("external data '{0}': {1}", location, error.message());
  StringRef rest = real;
  bool inside =
      root == "/" || (rest.consume_front(root) && rest.starts_with("/"));
  if (!inside)
    return fail("external data '{0}' is outside the model's folder", location);
  if (!fs::is_regular_file(real))
    return fail("external data '{0}' is no file", location);
  return real.str().str();
}

Error ExternalData::read(StringRef folder, int64_t expected,
                         std::string &bytes) const {
  StringRef location = find("location");
  llvm::Expected<std::string> file = resolve(folder, location);
  if (!file)
    return file.takeError();
  uint64_t offset = 0, length = uint64_t(expected), size = 0;
  for (auto [key, number] : {std::pair("offset", &offset), {"length", &length}})
    if (StringRef text = find(key);
        !text.empty() && text.getAsInteger(10, *number))
      return fail("external data '{0}' has the {1} '{2}', which is no number",
                  location, key, text);
  if (length != uint64_t(expected))
    return fail("external data '{0}' has {1} bytes, its shape needs {2}",
                location, length, expected);
  if (std::error_code error = fs::file_size(*file, size))
    return fail("external data '{0}': {1}", location, error.message());
  if (offset > size || length > size - offset)
    return fail("external data '{0}' is cut short: bytes {1} to {2} are "
                "wanted, it has {3}",
                location, offset, offset + length, size);
  auto buffer = llvm::MemoryBuffer::getFileSlice(*file, length, offset);
  if (!buffer)
    return fail("external data '{0}': {1}", location,
                buffer.getError().message());
  bytes = (*buffer)->getBuffer().str();
  return Error::success();
}
