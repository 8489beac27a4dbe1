//===- Temporary.h - Files for a test -------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_UNIT_RUNTIME_TEMPORARY_H
#define KEEL_TEST_UNIT_RUNTIME_TEMPORARY_H

#include "keel/Runtime/Error.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <stdlib.h>

namespace keel::test {

/// A directory of its own for every test, removed with all that is in it.
class Temporary : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "keel-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::string path(const std::string &name) const {
    return (directory / name).string();
  }
  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  static std::string read(const std::string &path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
  }
  size_t files() const {
    size_t count = 0;
    for ([[maybe_unused]] auto &entry :
         std::filesystem::directory_iterator(directory))
      ++count;
    return count;
  }

  /// The last error without the directory's name.
  std::string message() const {
    char text[8192];
    std::string full = keel_error_format(&error, text, sizeof(text));
    std::string prefix = directory.string() + "/";
    for (size_t at; (at = full.find(prefix)) != std::string::npos;)
      full.erase(at, prefix.size());
    return full;
  }

  /// Calls `open` with every prefix of `bytes`, and with every byte changed in
  /// some ways: it must return, whatever it says. Returns how many failed.
  template <typename Open>
  size_t damage(const std::string &name, const std::string &bytes, Open open) {
    size_t failed = 0;
    for (size_t length = 0; length < bytes.size(); ++length)
      failed += open(write(name, bytes.substr(0, length))) != 0;
    for (size_t i = 0; i < bytes.size(); ++i)
      for (unsigned char flip : {0x01, 0x80, 0xff}) {
        std::string changed = bytes;
        changed[i] = (char)(changed[i] ^ flip);
        open(write(name, changed));
      }
    return failed;
  }

  std::filesystem::path directory;
  keel_error error = {};
};

} // namespace keel::test

#endif // KEEL_TEST_UNIT_RUNTIME_TEMPORARY_H
