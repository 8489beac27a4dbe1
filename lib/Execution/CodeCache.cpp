//===- CodeCache.cpp - Compiled code kept between runs --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Execution/CodeCache.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <link.h>
#include <unistd.h>
#include <vector>

using namespace keel;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static constexpr llvm::StringLiteral kMagic = "keelcod1", kSuffix = ".code",
                                     kTemporary = ".tmp";
/// Magic, the lengths of table and object, and the hash.
static constexpr size_t kHeaderBytes = 8 + 8 + 8 + 32;

static std::string encode(uint64_t number) {
  char bytes[8];
  llvm::support::endian::write64le(bytes, number);
  return std::string(bytes, 8);
}

CodeKey &CodeKey::add(llvm::StringRef field) {
  hash.update(encode(field.size()));
  hash.update(field);
  return *this;
}

std::string CodeKey::get() {
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

CodeCache::CodeCache(std::string folder, uint64_t maxBytes)
    : folder(std::move(folder)), maxBytes(maxBytes) {}

std::string CodeCache::getDefaultFolder() {
  llvm::SmallString<128> result;
  // A relative one is to be ignored, says the XDG base directory specification.
  if (const char *base = std::getenv("XDG_CACHE_HOME");
      base && path::is_absolute(base)) {
    result = base;
  } else {
    if (!path::home_directory(result))
      return "";
    path::append(result, ".cache");
  }
  path::append(result, "keel");
  return result.str().str();
}

namespace {

/// What is read of the libraries of this process.
struct LoadedLibraries {
  std::vector<std::string> buildIds;
  bool hasOwn = false;
};

} // namespace

/// The ELF note NT_GNU_BUILD_ID of a library, empty if it has none.
static llvm::StringRef findBuildId(const dl_phdr_info &library) {
  for (const ElfW(Phdr) &header :
       llvm::ArrayRef(library.dlpi_phdr, library.dlpi_phnum)) {
    if (header.p_type != PT_NOTE)
      continue;
    const char *at =
        reinterpret_cast<const char *>(library.dlpi_addr + header.p_vaddr);
    const char *end = at + header.p_memsz;
    while (end - at >= ptrdiff_t(sizeof(ElfW(Nhdr)))) {
      const auto &note = *reinterpret_cast<const ElfW(Nhdr) *>(at);
      const char *name = at + sizeof note;
      const char *data = name + llvm::alignTo<4>(note.n_namesz);
      at = data + llvm::alignTo<4>(note.n_descsz);
      if (at <= end && note.n_type == NT_GNU_BUILD_ID &&
          llvm::StringRef(name, note.n_namesz) == llvm::StringRef("GNU\0", 4))
        return {data, note.n_descsz};
    }
  }
  return {};
}

static bool contains(const dl_phdr_info &library, uintptr_t address) {
  return llvm::any_of(llvm::ArrayRef(library.dlpi_phdr, library.dlpi_phnum),
                      [&](const ElfW(Phdr) & header) {
                        uintptr_t begin = library.dlpi_addr + header.p_vaddr;
                        return header.p_type == PT_LOAD && address >= begin &&
                               address < begin + header.p_memsz;
                      });
}

std::string CodeCache::getBuildId() {
  LoadedLibraries libraries;
  dl_iterate_phdr(
      [](dl_phdr_info *library, size_t, void *result) {
        // The program itself, and what the kernel brings, compile nothing.
        llvm::StringRef name = library->dlpi_name;
        auto &libraries = *static_cast<LoadedLibraries *>(result);
        bool isOwn =
            contains(*library, reinterpret_cast<uintptr_t>(&kHeaderBytes));
        if (!isOwn && (name.empty() || name.contains("vdso")))
          return 0;
        llvm::StringRef id = findBuildId(*library);
        libraries.buildIds.push_back(id.str());
        libraries.hasOwn |= isOwn && !id.empty();
        return 0;
      },
      &libraries);
  if (!libraries.hasOwn)
    return "";
  llvm::sort(libraries.buildIds);
  CodeKey key;
  for (const std::string &id : libraries.buildIds)
    key.add(id);
  return key.get();
}

std::string CodeCache::getPath(llvm::StringRef key) const {
  llvm::SmallString<128> result(folder);
  path::append(result, key + kSuffix);
  return result.str().str();
}

/// All of an entry before its table and object.
static std::string makeHeader(llvm::StringRef key, llvm::StringRef table,
                              llvm::StringRef object) {
  llvm::SHA256 hash;
  hash.update(key);
  hash.update(table);
  hash.update(object);
  std::string header =
      kMagic.str() + encode(table.size()) + encode(object.size());
  header += llvm::toStringRef(hash.final());
  return header;
}

std::optional<CachedCode> CodeCache::load(llvm::StringRef key) const {
  std::string file = getPath(key);
  fs::file_status status;
  // Code that another user could have written is not run.
  if (fs::status(file, status) || status.getUser() != geteuid() ||
      (status.permissions() & (fs::group_write | fs::others_write)))
    return std::nullopt;
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return std::nullopt;
  llvm::StringRef bytes = (*buffer)->getBuffer();
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic))
    return std::nullopt;
  uint64_t size = llvm::support::endian::read64le(bytes.data() + 8);
  llvm::StringRef payload = bytes.drop_front(kHeaderBytes);
  if (size > payload.size())
    return std::nullopt;
  llvm::StringRef table = payload.take_front(size),
                  object = payload.drop_front(size);
  if (bytes.take_front(kHeaderBytes) != makeHeader(key, table, object))
    return std::nullopt;
  // The entry counts as used now.
  int descriptor = -1;
  if (!fs::openFileForReadWrite(file, descriptor, fs::CD_OpenExisting,
                                fs::OF_None)) {
    fs::setLastAccessAndModificationTime(descriptor,
                                         std::chrono::system_clock::now());
    ::close(descriptor);
  }
  return CachedCode{table.str(),
                    llvm::MemoryBuffer::getMemBufferCopy(object, "keel")};
}

bool CodeCache::store(llvm::StringRef key, llvm::StringRef table,
                      llvm::StringRef object) const {
  std::string header = makeHeader(key, table, object);
  if (header.size() + table.size() + object.size() > maxBytes ||
      fs::create_directories(folder, /*IgnoreExisting=*/true, fs::owner_all))
    return false;
  llvm::SmallString<128> model(folder);
  path::append(model, key.take_front(16) + "-%%%%%%%%" + kTemporary);
  auto file = fs::TempFile::create(model, fs::owner_read | fs::owner_write);
  if (!file) {
    llvm::consumeError(file.takeError());
    return false;
  }
  llvm::raw_fd_ostream os(file->FD, /*shouldClose=*/false);
  os << header << table << object;
  os.flush();
  bool failed = os.has_error();
  os.clear_error();
  if (llvm::Error error = failed ? file->discard() : file->keep(getPath(key))) {
    llvm::consumeError(std::move(error));
    llvm::consumeError(file->discard());
    return false;
  }
  evict();
  return !failed;
}

/// Drops entries, oldest first, until what is left fits; and what a process
/// that died left of a temporary file.
void CodeCache::evict() const {
  struct File {
    std::string path;
    llvm::sys::TimePoint<> time;
    uint64_t bytes;
  };
  std::vector<File> files;
  uint64_t total = 0;
  auto now = std::chrono::system_clock::now();
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    auto status = it->status();
    if (!status || status->type() != fs::file_type::regular_file)
      continue;
    llvm::StringRef name = it->path();
    auto time = status->getLastModificationTime();
    if (name.ends_with(kTemporary) && now - time > std::chrono::hours(1))
      fs::remove(name);
    if (!name.ends_with(kSuffix))
      continue;
    files.push_back({it->path(), time, status->getSize()});
    total += status->getSize();
  }
  llvm::sort(files,
             [](const File &a, const File &b) { return a.time < b.time; });
  for (const File &file : files) {
    if (total <= maxBytes)
      break;
    if (!fs::remove(file.path))
      total -= file.bytes;
  }
}
