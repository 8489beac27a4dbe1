//===- EmbeddedCode.h - Bitcode that emitted objects hold -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_EMISSION_EMBEDDEDCODE_H
#define KEEL_LIB_EMISSION_EMBEDDEDCODE_H

#include "keel/Runtime/Model.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace keel {

class ArtifactInterface;
struct ArtifactOptions;

/// lib/Runtime/Embedded for a target, an error where there is none.
llvm::Expected<std::unique_ptr<llvm::Module>>
readEmbeddedCode(llvm::StringRef triple, llvm::LLVMContext &context);

/// What this machine's programs are linked with.
llvm::StringRef getProgramArchive();

/// A null pointer of `module`.
llvm::Constant *getNull(llvm::Module &module);

/// The fields of a keel_embedded.
llvm::SmallVector<llvm::Constant *> addProgram(llvm::Module &module,
                                               const ArtifactInterface &names,
                                               const ArtifactOptions &options);

/// The table of a model, with those functions of `module` that it has. They
/// are local from here on.
llvm::Constant *addModelTable(llvm::Module &module, const keel_model &model);

/// A string in `module`.
llvm::Constant *addString(llvm::Module &module, llvm::StringRef text);

/// Bytes in `module`, aligned as arenas are; null where there are none.
llvm::Constant *addArena(llvm::Module &module, llvm::ArrayRef<char> bytes,
                         llvm::StringRef name);

/// A constant variable of `module`.
llvm::GlobalVariable *addConstant(llvm::Module &module, llvm::Constant *value,
                                  llvm::StringRef name);

} // namespace keel

#endif // KEEL_LIB_EMISSION_EMBEDDEDCODE_H
