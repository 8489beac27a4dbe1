//===- CodeCacheTest.cpp - Keys, entries and the bound of the cache -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Execution/CodeCache.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <sys/stat.h>
#include <sys/time.h>

using namespace keel;

namespace {

/// An entry's bytes before its table and object.
constexpr uint64_t kHeaderBytes = 56;

std::string makeKey(llvm::StringRef text) { return CodeKey().add(text).get(); }

class CodeCacheTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("keel-cache", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  /// A cache in a folder that is not there yet.
  CodeCache open(uint64_t maxBytes = CodeCache::kMaxBytes) {
    return CodeCache((folder + "/a/b").str(), maxBytes);
  }

  /// Makes an entry `seconds` old.
  static void age(const CodeCache &cache, const std::string &key,
                  int64_t seconds) {
    timeval now;
    gettimeofday(&now, nullptr);
    now.tv_sec -= seconds;
    timeval times[] = {now, now};
    ASSERT_EQ(utimes(cache.getPath(key).c_str(), times), 0);
  }

  llvm::SmallString<128> folder;
};

} // namespace

TEST(CodeKey, FieldsDoNotRunTogether) {
  EXPECT_EQ(CodeKey().add("a").add("b").get(),
            CodeKey().add("a").add("b").get());
  EXPECT_NE(CodeKey().add("ab").add("").get(),
            CodeKey().add("a").add("b").get());
  EXPECT_NE(CodeKey().add("a").add("b").get(),
            CodeKey().add("b").add("a").get());
  EXPECT_NE(CodeKey().add("").get(), CodeKey().get());
  EXPECT_EQ(makeKey("a").size(), 64u);
}

TEST(CodeKey, BuildIdIsThatOfTheLibraries) {
  EXPECT_EQ(CodeCache::getBuildId().size(), 64u);
  EXPECT_EQ(CodeCache::getBuildId(), CodeCache::getBuildId());
}

TEST_F(CodeCacheTest, KeepsWhatWasStored) {
  CodeCache cache = open();
  std::string key = makeKey("one"), object("\0code\xff", 6);
  EXPECT_FALSE(cache.load(key));
  ASSERT_TRUE(cache.store(key, "table", object));
  std::optional<CachedCode> code = cache.load(key);
  ASSERT_TRUE(code);
  EXPECT_EQ(code->table, "table");
  EXPECT_EQ(code->object->getBuffer(), object);
  EXPECT_FALSE(cache.load(makeKey("two")));
  ASSERT_TRUE(cache.store(key, "", ""));
  ASSERT_TRUE(cache.load(key));
  EXPECT_EQ(cache.load(key)->table, "");
}

TEST_F(CodeCacheTest, EveryDamagedByteIsFound) {
  CodeCache cache = open();
  std::string key = makeKey("one");
  ASSERT_TRUE(cache.store(key, "tab", "code"));
  auto buffer = llvm::MemoryBuffer::getFile(cache.getPath(key));
  ASSERT_TRUE(bool(buffer));
  std::string whole = (*buffer)->getBuffer().str();
  ASSERT_EQ(whole.size(), kHeaderBytes + 7);
  auto write = [&](llvm::StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(cache.getPath(key), error) << bytes;
    ASSERT_FALSE(error);
  };
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] ^= 0x40;
    write(damaged);
    EXPECT_FALSE(cache.load(key)) << "byte " << i;
    write(llvm::StringRef(whole).take_front(i));
    EXPECT_FALSE(cache.load(key)) << "cut to " << i << " bytes";
  }
  write(whole + "x");
  EXPECT_FALSE(cache.load(key));
  write(whole);
  EXPECT_TRUE(cache.load(key));
}

TEST_F(CodeCacheTest, OthersMayNotWriteAnEntry) {
  CodeCache cache = open();
  std::string key = makeKey("one");
  ASSERT_TRUE(cache.store(key, "", "code"));
  ASSERT_EQ(chmod(cache.getPath(key).c_str(), 0620), 0);
  EXPECT_FALSE(cache.load(key));
  ASSERT_TRUE(cache.store(key, "", "code"));
  EXPECT_TRUE(cache.load(key));
}

TEST_F(CodeCacheTest, TheLongestUnusedEntryIsDropped) {
  // Room for two entries of 100 bytes.
  CodeCache cache = open(2 * (kHeaderBytes + 100));
  std::string object(100, 'x'), one = makeKey("1"), two = makeKey("2"),
                                three = makeKey("3");
  ASSERT_TRUE(cache.store(one, "", object));
  ASSERT_TRUE(cache.store(two, "", object));
  age(cache, one, 200);
  age(cache, two, 100);
  // Used, so no longer the oldest.
  ASSERT_TRUE(cache.load(one));
  ASSERT_TRUE(cache.store(three, "", object));
  EXPECT_TRUE(cache.load(one));
  EXPECT_FALSE(cache.load(two));
  EXPECT_TRUE(cache.load(three));
  // What never fits drops nothing.
  EXPECT_FALSE(cache.store(two, "", std::string(1000, 'x')));
  EXPECT_TRUE(cache.load(one));
  EXPECT_TRUE(cache.load(three));
}

TEST_F(CodeCacheTest, LeavesOtherFilesAlone) {
  CodeCache cache = open(kHeaderBytes + 100);
  std::string key = makeKey("1");
  ASSERT_TRUE(cache.store(key, "", "code"));
  std::error_code error;
  std::string other = (folder + "/a/b/notes.txt").str();
  llvm::raw_fd_ostream(other, error) << std::string(1000, 'x');
  ASSERT_TRUE(cache.store(makeKey("2"), "", std::string(100, 'x')));
  EXPECT_TRUE(llvm::sys::fs::exists(other));
  EXPECT_FALSE(cache.load(key));
}

TEST(CodeCache, AFolderThatCannotBeMadeIsNoError) {
  CodeCache cache("/proc/keel");
  std::string key = makeKey("one");
  EXPECT_FALSE(cache.load(key));
  EXPECT_FALSE(cache.store(key, "", "code"));
}
