//===- Main.cpp - Where an emitted program begins -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Program.h"

int main(int argc, char **argv) {
  return keel_program_main(&keel_this_program, argc, argv);
}
