//===- keel.cpp - The keel program ----------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Driver/Driver.h"

int main(int argc, char **argv) { return keel::keelMain(argc, argv); }
