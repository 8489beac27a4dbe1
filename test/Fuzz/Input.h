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
#include <filesystem>
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

/// A folder in memory for what is written, removed at the end of the process.
inline const std::string &getFolder() {
  struct Folder {
    std::string path = "/dev/shm/keel-fuzz-XXXXXX";
    Folder() { require(mkdtemp(path.data())); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static Folder folder;
  return folder.path;
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
