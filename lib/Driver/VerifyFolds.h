//===- VerifyFolds.h - Folded inference against unfolded ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_VERIFYFOLDS_H
#define KEEL_LIB_DRIVER_VERIFYFOLDS_H

#include "Command.h"
#include "ModelFile.h"

namespace keel {

/// Compiles the model's inference for this machine, folded and unfolded, runs
/// both on random rows and compares: an output may differ by 1e-5 of its
/// largest value in f32, by 1e-12 in f64. Parameters and states come from
/// `weights` or, where that is empty, are drawn. Returns the code to exit with.
int verifyFolds(ModelFile &file, const std::string &weights,
                const CommonFlags &common);

} // namespace keel

#endif // KEEL_LIB_DRIVER_VERIFYFOLDS_H
