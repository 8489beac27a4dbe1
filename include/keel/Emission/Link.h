//===- Link.h - Archives, libraries and programs of objects ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_EMISSION_LINK_H
#define KEEL_EMISSION_LINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace keel {

/// A static archive whose one member is `object`, by the name `member`.
llvm::Expected<std::string> makeArchive(llvm::StringRef object,
                                        llvm::StringRef member);

/// Links a shared library of `object` by the system's C compiler for `triple`.
/// `path` appears whole or not at all.
llvm::Error linkLibrary(llvm::StringRef object, llvm::StringRef triple,
                        llvm::StringRef path);

/// Links a program of `object`, which holds a `keel_program`, and the runtime.
llvm::Error linkProgram(llvm::StringRef object, llvm::StringRef triple,
                        llvm::StringRef path);

} // namespace keel

#endif // KEEL_EMISSION_LINK_H
