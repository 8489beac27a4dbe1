//===- Input.h - The bytes of a fuzzer as a file, and checks --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_FUZZ_INPUT_H
#define KEEL_TEST_FUZZ_INPUT_H

#include "keel/Runtime/Array.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace keel::fuzz {

/// Ends the run, with the input kept, where a promise does not hold.
inline void require(bool holds) {
  if (!holds)
    std::abort();
}

/// A file in memory that has a path: the readers take one.
class InputFile {
public:
  InputFile(const uint8_t *data, size_t size)
      : descriptor(memfd_create("input", MFD_CLOEXEC)) {
    require(descriptor >= 0);
    while (size > 0) {
      ssize_t written = write(descriptor, data, size);
      require(written > 0);
      data += written;
      size -= size_t(written);
    }
    name = "/proc/self/fd/" + std::to_string(descriptor);
  }
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;
  ~InputFile() { close(descriptor); }
  const char *path() const { return name.c_str(); }

private:
  int descriptor;
  std::string name;
};

/// A folder for what is written: in $TMPDIR, which run_fuzzers.py makes and
/// removes, for libFuzzer ends the process without destructors.
inline const std::string &getFolder() {
  static const std::string folder = [] {
    const char *base = std::getenv("TMPDIR");
    std::string path = std::string(base ? base : "/tmp") + "/keel-fuzz-XXXXXX";
    require(mkdtemp(path.data()));
    return path;
  }();
  return folder;
}

/// What a reader that returned `failed` owes its caller: a message or none.
inline void requireMessage(int failed, const keel_error &error) {
  char text[8192];
  if (failed)
    require(std::strlen(keel_error_format(&error, text, sizeof(text))) > 0);
}

/// Every byte of a result is there and initialized.
inline void requireWhole(const keel_array &array) {
  require(array.bytes ==
          keel_array_elements(&array) * keel_dtype_size(array.dtype));
  volatile double sink = 0;
  for (int64_t i = 0, end = keel_array_elements(&array); i < end; ++i)
    sink = keel_array_element(&array, i);
  (void)sink;
}

} // namespace keel::fuzz

#endif // KEEL_TEST_FUZZ_INPUT_H
