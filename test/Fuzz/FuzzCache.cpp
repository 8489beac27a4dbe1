//===- FuzzCache.cpp - Entries of the code cache, and model tables --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parsing.h"
#include "keel/Execution/CodeCache.h"
#include "keel/Execution/ModelTable.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace keel;
using namespace keel::fuzz;

/// The input as an entry of the cache: with a wrong hash nothing is taken.
static void loadDamaged(const CodeCache &cache, llvm::StringRef key,
                        llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream os(cache.getPath(key), error);
  require(!error);
  os << bytes;
  os.close();
  (void)cache.load(key);
}

/// The input as the table of an entry whose hash is right.
static void loadWhole(const CodeCache &cache, llvm::StringRef key,
                      llvm::StringRef table) {
  require(cache.store(key, table, "object"));
  auto code = cache.load(key);
  require(code && code->table == table &&
          code->object->getBuffer() == "object");
  Context &context = Context::getShared();
  auto parsed = ModelTable::parse(code->table, *context.get());
  if (!parsed)
    llvm::consumeError(parsed.takeError());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static CodeCache cache(getFolder() + "/cache");
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  std::string key = CodeKey().add("key").get();
  loadWhole(cache, key, bytes);
  loadDamaged(cache, key, bytes);
  return 0;
}
