//===- CodeCache.h - Compiled code kept between runs ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Entries are named by a hash of everything that they were made of, so one is
// never out of date. It is written to a temporary file and renamed, and on
// reading its lengths and hash are checked: a damaged one is as good as none.
// Nothing here is an error: where the folder cannot be used, code is compiled.

#ifndef KEEL_EXECUTION_CODECACHE_H
#define KEEL_EXECUTION_CODECACHE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include <memory>
#include <optional>
#include <string>

namespace keel {

/// The hash of what code is made of. Two lists of fields have the same key only
/// if they are the same.
class CodeKey {
public:
  CodeKey &add(llvm::StringRef field);
  /// The key as 64 hexadecimal digits.
  std::string get();

private:
  llvm::SHA256 hash;
};

/// Compiled code, and the text of its model's table.
struct CachedCode {
  std::string table;
  std::unique_ptr<llvm::MemoryBuffer> object;
};

class CodeCache {
public:
  /// Entries beyond this are dropped, those first that were not used longest.
  static constexpr uint64_t kMaxBytes = uint64_t(512) << 20;

  explicit CodeCache(std::string folder, uint64_t maxBytes = kMaxBytes);

  /// $XDG_CACHE_HOME/keel, else ~/.cache/keel, else empty.
  static std::string getDefaultFolder();
  /// A hash of the build IDs of the libraries in this process, Keel's and
  /// LLVM's among them. Empty if Keel's has none: nothing may be kept then.
  static std::string getBuildId();

  std::optional<CachedCode> load(llvm::StringRef key) const;
  /// Whether the entry is there now.
  bool store(llvm::StringRef key, llvm::StringRef table,
             llvm::StringRef object) const;
  std::string getPath(llvm::StringRef key) const;

private:
  void evict() const;

  std::string folder;
  uint64_t maxBytes;
};

} // namespace keel

#endif // KEEL_EXECUTION_CODECACHE_H
