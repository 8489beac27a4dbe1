//===- Mapping.cpp - Files too large to be copied into memory -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace keel;

int keel_mapping_open(const char *path, Mapping *mapping, keel_error *error) {
  *mapping = {};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return keel_fail_errno(error, path, "cannot be opened");
  struct stat status;
  void *data = MAP_FAILED;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
    data =
        mmap(nullptr, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  int failed = 0;
  if (data == MAP_FAILED)
    failed = keel_fail_errno(error, path, "cannot be mapped into memory");
  else
    *mapping = {data, (int64_t)status.st_size};
  close(file);
  return failed;
}

void keel_mapping_free(Mapping *mapping) {
  if (mapping->data)
    munmap(mapping->data, (size_t)mapping->size);
  *mapping = {};
}

void keel_mapping_forget(const void *begin, int64_t bytes) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)begin;
  uintptr_t start = at / page * page;
  madvise((void *)start, at - start + (size_t)bytes, MADV_DONTNEED);
}

int64_t keel_get_memory(void) {
  int64_t bytes = INT64_MAX;
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  if (!multiply(pages, size, &bytes) || bytes == 0)
    bytes = INT64_MAX;
  struct rlimit data, space;
  if (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur <= (rlim_t)bytes)
    bytes = (int64_t)data.rlim_cur;
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur <= (rlim_t)bytes)
    bytes = (int64_t)space.rlim_cur;
  return bytes;
}

bool keel_is_large_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size >= keel_get_memory() / 4;
}
