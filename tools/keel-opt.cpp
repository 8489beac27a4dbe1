//===- keel-opt.cpp - Keel's passes on IR, for tests and pass authors -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/InitAll.h"
#include "mlir/IR/Dialect.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  keel::registerAllDialects(registry);
  keel::registerAllPasses();
  return mlir::failed(
      mlir::MlirOptMain(argc, argv, "Keel optimizer driver\n", registry));
}
