//===- File.cpp - Whole files in and out ----------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "keel/Runtime/Array.h"
#include "keel/Runtime/Model.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace keel;

static constexpr size_t largePage = 2 << 20;

/// More than the machine has is refused here: a system that promises memory
/// which it lacks kills the process that touches it.
static bool isBeyondMachine(int64_t bytes) {
  int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page > 0 && bytes / page >= pages;
}

void *keel_allocate(int64_t bytes) {
  if (bytes < 0 || bytes > INT64_MAX - KEEL_ARENA_ALIGNMENT ||
      isBeyondMachine(bytes))
    return nullptr;
  size_t size = ((size_t)bytes + KEEL_ARENA_ALIGNMENT - 1) /
                KEEL_ARENA_ALIGNMENT * KEEL_ARENA_ALIGNMENT;
  if (size == 0)
    size = KEEL_ARENA_ALIGNMENT;
  // A product reads columns of weights a page apart: with small pages it waits
  // for their addresses.
  bool isLarge = size >= 2 * largePage && size <= SIZE_MAX - largePage;
  if (isLarge)
    size = (size + largePage - 1) / largePage * largePage;
  void *memory =
      aligned_alloc(isLarge ? largePage : KEEL_ARENA_ALIGNMENT, size);
  if (!memory)
    return nullptr;
#ifdef MADV_HUGEPAGE
  if (isLarge)
    madvise(memory, size, MADV_HUGEPAGE); // only advice: it may fail
#endif
  memset(memory, 0, size);
  return memory;
}

int keel_fail_memory(keel_error *error, const char *file, int64_t bytes) {
  return keel_fail(error, file, "out of memory, %lld bytes are needed",
                   (long long)bytes);
}

int keel_read_file(const char *path, Vec<char> *contents, keel_error *error) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return keel_fail_errno(error, path, "cannot be opened");
  struct stat status;
  int failed = 0;
  if (fstat(file, &status) != 0)
    failed = keel_fail_errno(error, path, "cannot be read");
  else if (S_ISDIR(status.st_mode))
    failed = keel_fail(error, path, "is a directory, expected a file");
  else if ((S_ISREG(status.st_mode) && status.st_size > keel_get_memory()) ||
           !contents->reserve(
               S_ISREG(status.st_mode) ? (int64_t)status.st_size + 2 : 65536))
    failed = keel_fail_memory(error, path, status.st_size);
  contents->size = 0;
  while (!failed) {
    if (!contents->reserve(contents->size + 2)) {
      failed = keel_fail_memory(error, path, contents->size + 2);
      break;
    }
    ssize_t got = read(file, contents->data + contents->size,
                       (size_t)(contents->capacity - contents->size - 1));
    if (got == 0)
      break;
    if (got > 0)
      contents->size += got;
    else if (errno != EINTR)
      failed = keel_fail_errno(error, path, "cannot be read");
  }
  close(file);
  if (!failed)
    contents->data[contents->size] = '\0';
  return failed;
}

int keel_output_open(OutputFile *file, const char *path, keel_error *error) {
  if (strlen(path) + 1 > sizeof(file->path))
    return keel_fail(error, path, "the path is longer than %zu bytes",
                     sizeof(file->path) - 1);
  // A link stays a link: what it points to is replaced.
  char *resolved = realpath(path, nullptr);
  snprintf(file->path, sizeof(file->path), "%s", resolved ? resolved : path);
  free(resolved);

  struct stat status;
  file->direct = stat(file->path, &status) == 0 && !S_ISREG(status.st_mode);
  int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
  int descriptor = -1;
  if (file->direct) {
    descriptor = open(file->path, flags, 0666);
  } else {
    for (int attempt = 0; attempt < 100 && descriptor < 0; ++attempt) {
      snprintf(file->temporary, sizeof(file->temporary), "%s.%ld-%d.tmp",
               file->path, (long)getpid(), attempt);
      descriptor = open(file->temporary, flags | O_EXCL, 0666);
      if (descriptor < 0 && errno != EEXIST)
        break;
    }
  }
  if (descriptor < 0)
    return keel_fail_errno(error, path, "cannot be written");
  if (!file->direct)
    flock(descriptor, LOCK_EX | LOCK_NB); // says that the writer is alive
  file->stream = fdopen(descriptor, "wb");
  if (!file->stream) {
    close(descriptor);
    if (!file->direct)
      unlink(file->temporary);
    return keel_fail_errno(error, path, "cannot be written");
  }
  return 0;
}

/// What `path` holds becomes `path` + `keep`, and stays at `path` meanwhile
/// where the file system has links.
static bool keepPrevious(const OutputFile &file) {
  char previous[sizeof(file.path) + 64], link[sizeof(file.temporary) + 64];
  snprintf(previous, sizeof(previous), "%s%s", file.path, file.keep);
  snprintf(link, sizeof(link), "%s%s", file.temporary, file.keep);
  if (::link(file.path, link) != 0)
    return errno == ENOENT || rename(file.path, previous) == 0;
  bool good = rename(link, previous) == 0;
  // A rename between two names of one file does nothing.
  unlink(link);
  return good;
}

/// A rename is on disk only when its directory is.
static void syncDirectory(const char *path) {
  char directory[4096];
  snprintf(directory, sizeof(directory), "%s", path);
  char *slash = strrchr(directory, '/');
  if (!slash)
    snprintf(directory, sizeof(directory), ".");
  else
    slash[slash == directory ? 1 : 0] = '\0';
  int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  fsync(descriptor);
  close(descriptor);
}

int keel_output_commit(OutputFile *file, keel_error *error) {
  bool good = !ferror(file->stream) && fflush(file->stream) == 0;
  if (good && !file->direct)
    good = fsync(fileno(file->stream)) == 0;
  int reason = errno;
  if (fclose(file->stream) != 0 && good) {
    good = false;
    reason = errno;
  }
  file->stream = nullptr;
  if (good && !file->direct && file->keep && !keepPrevious(*file)) {
    good = false;
    reason = errno;
  }
  if (good && !file->direct && rename(file->temporary, file->path) != 0) {
    good = false;
    reason = errno;
  }
  if (!good) {
    if (!file->direct)
      unlink(file->temporary);
    errno = reason;
    return keel_fail_errno(error, file->path, "cannot be written");
  }
  if (!file->direct)
    syncDirectory(file->path);
  return 0;
}

void keel_output_discard(OutputFile *file) {
  if (!file->stream)
    return;
  fclose(file->stream);
  file->stream = nullptr;
  if (!file->direct)
    unlink(file->temporary);
}

/// Whether `name` is that of a temporary file of `base`.
static bool isTemporary(const char *name, const char *base) {
  size_t length = strlen(base);
  long process;
  int attempt, end = 0;
  return !strncmp(name, base, length) &&
         sscanf(name + length, ".%ld-%d.tmp%n", &process, &attempt, &end) ==
             2 &&
         end > 0;
}

void keel_output_clean(const char *path) {
  char *resolved = realpath(path, nullptr);
  char directory[4096];
  snprintf(directory, sizeof(directory), "%s", resolved ? resolved : path);
  free(resolved);
  char *slash = strrchr(directory, '/');
  char base[256];
  snprintf(base, sizeof(base), "%s", slash ? slash + 1 : directory);
  snprintf(slash ? slash + 1 : directory, 2, "%s", slash ? "" : ".");
  DIR *entries = opendir(directory);
  if (!entries)
    return;
  while (const dirent *entry = readdir(entries)) {
    if (!isTemporary(entry->d_name, base))
      continue;
    int file = openat(dirfd(entries), entry->d_name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
      continue;
    // A writer holds the lock as long as it lives.
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
      unlinkat(dirfd(entries), entry->d_name, 0);
    close(file);
  }
  closedir(entries);
}
