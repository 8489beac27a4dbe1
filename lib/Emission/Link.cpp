//===- Link.cpp - Archives, libraries and programs of objects -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Link.h"
#include "EmbeddedCode.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace keel;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

llvm::Expected<std::string> keel::makeArchive(StringRef object,
                                              StringRef member) {
  llvm::NewArchiveMember entry(llvm::MemoryBufferRef(object, member));
  auto buffer = llvm::writeArchiveToBuffer(
      entry, llvm::SymtabWritingMode::NormalSymtab,
      llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  if (!buffer)
    return buffer.takeError();
  return (*buffer)->getBuffer().str();
}

namespace {

/// A file that is removed at the end of its scope.
class TemporaryFile {
public:
  llvm::Error write(StringRef suffix, StringRef bytes) {
    int descriptor = -1;
    if (std::error_code code =
            fs::createTemporaryFile("keel", suffix, descriptor, path))
      return llvm::createStringError(code, "a temporary file cannot be made: " +
                                               code.message());
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << bytes;
    os.close();
    if (!os.has_error())
      return llvm::Error::success();
    std::string message = os.error().message();
    os.clear_error();
    return llvm::createStringError(path + " cannot be written: " + message);
  }
  ~TemporaryFile() {
    if (!path.empty())
      fs::remove(path);
  }
  StringRef get() const { return path; }
  std::string read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().trim().str() : "";
  }

private:
  llvm::SmallString<128> path;
};

} // namespace

static bool isHost(StringRef name) {
  llvm::Triple triple(name), host(llvm::sys::getProcessTriple());
  return triple.getArch() == host.getArch() && triple.getOS() == host.getOS();
}

/// The C compiler that links for `triple`.
static llvm::Expected<std::string> findCompiler(StringRef name) {
  llvm::Triple triple(name);
  std::string compiler =
      isHost(name) ? "cc" : (triple.getArchName() + "-linux-gnu-gcc").str();
  if (!isHost(name) && !triple.isOSLinux())
    return llvm::createStringError("nothing is linked for '" + name +
                                   "': emit an obj or archive");
  if (auto path = llvm::sys::findProgramByName(compiler))
    return *path;
  return llvm::createStringError(
      "linking needs a C compiler, and '" + compiler +
      "' is not on the path: install it, or emit an obj or archive, which "
      "need none");
}

/// Runs the compiler with `-o` beside `path`, and renames what it made.
static llvm::Error link(StringRef compiler, llvm::ArrayRef<StringRef> arguments,
                        StringRef path) {
  llvm::SmallString<128> made;
  if (std::error_code code = fs::createUniqueFile(path + ".%%%%%%.tmp", made))
    return llvm::createStringError(
        code, path + ": cannot be written: " + code.message());
  llvm::scope_exit remove([&] { fs::remove(made); });
  // The compiler makes it anew, with the rights of a program.
  fs::remove(made);
  TemporaryFile messages;
  if (llvm::Error error = messages.write("txt", ""))
    return error;
  llvm::SmallVector<StringRef> line = {compiler, "-o", made};
  llvm::append_range(line, arguments);
  std::string problem;
  int code = llvm::sys::ExecuteAndWait(
      compiler, line, std::nullopt,
      {StringRef(""), messages.get(), messages.get()}, 0, 0, &problem);
  if (code != 0)
    return llvm::createStringError("linking by " + compiler +
                                   " failed: " + problem + messages.read());
  if (std::error_code failed = fs::rename(made, path))
    return llvm::createStringError(
        failed, path + ": cannot be written: " + failed.message());
  remove.release();
  return llvm::Error::success();
}

llvm::Error keel::linkLibrary(StringRef object, StringRef triple,
                              StringRef path) {
  auto compiler = findCompiler(triple);
  if (!compiler)
    return compiler.takeError();
  TemporaryFile file;
  if (llvm::Error error = file.write("o", object))
    return error;
  std::string name = ("-Wl,-soname," + llvm::sys::path::filename(path)).str();
  return link(*compiler,
              {"-shared", "-s", "-Wl,--no-undefined", name, file.get(), "-lm"},
              path);
}

llvm::Error keel::linkProgram(StringRef object, StringRef triple,
                              StringRef path) {
  if (!isHost(triple))
    return llvm::createStringError(
        "programs are made for this machine alone, not for '" + triple +
        "': emit an obj or archive");
  auto compiler = findCompiler(triple);
  if (!compiler)
    return compiler.takeError();
  TemporaryFile file, archive;
  if (llvm::Error error = file.write("o", object))
    return error;
  if (llvm::Error error = archive.write("a", getProgramArchive()))
    return error;
  return link(*compiler,
              {"-s", "-pthread", "-Wl,--gc-sections", "-Wl,--as-needed",
               file.get(), archive.get(), "-lm"},
              path);
}
