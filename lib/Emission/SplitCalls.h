//===- SplitCalls.h - Short functions out of long lists of calls -*- C++ -*-=//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_EMISSION_SPLITCALLS_H
#define KEEL_LIB_EMISSION_SPLITCALLS_H

namespace llvm {
class Module;
}

namespace keel {

/// Makes functions of a block that calls very many of the module's functions,
/// as a step of a deep network calls its kernels. Instruction selection and
/// scheduling look at a whole block at once, in more time an instruction the
/// longer it is.
void splitCalls(llvm::Module &module);

} // namespace keel

#endif // KEEL_LIB_EMISSION_SPLITCALLS_H
