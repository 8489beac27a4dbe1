//===- Driver.h - The keel program ----------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DRIVER_DRIVER_H
#define KEEL_DRIVER_DRIVER_H

namespace keel {

/// Runs one subcommand and returns the exit code: 0 done, 1 the input is
/// wrong, 2 the command line is wrong.
int keelMain(int argc, char **argv);

} // namespace keel

#endif // KEEL_DRIVER_DRIVER_H
