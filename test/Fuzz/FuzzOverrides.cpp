//===- FuzzOverrides.cpp - The attributes that flags give -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver/Overrides.h"
#include "Parsing.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

using namespace keel::fuzz;

static constexpr char kModel[] = R"(
keel.model @m(%x: tensor<?x2xf32>) -> tensor<?x3xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.zeros) : tensor<2x3xf32>
  %b = keel.param "b" init(#keel.zeros) : tensor<3xf32>
  %y = keel.dense %x, %w, %b
      : tensor<?x2xf32>, tensor<2x3xf32>, tensor<3xf32>
  keel.return %y : tensor<?x3xf32>
})";

/// Four lines: --loss, --optimizer, --schedule and --clip.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef rest(reinterpret_cast<const char *>(data), size);
  keel::Overrides flags;
  for (std::string *flag :
       {&flags.loss, &flags.optimizer, &flags.schedule, &flags.clip}) {
    auto [line, more] = rest.split('\n');
    *flag = line.str();
    rest = more;
  }
  Context &context = Context::getShared();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(kModel, context.get());
  require(bool(module));
  (void)flags.apply(*module->getOps<keel::ModelOp>().begin());
  return 0;
}
