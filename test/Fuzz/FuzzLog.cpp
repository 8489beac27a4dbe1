//===- FuzzLog.cpp - Logs, as keel verify-run reads them ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver/RunLog.h"
#include "Input.h"

using namespace keel::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  InputFile input(data, size);
  keel::RunLog log(input.path());
  require(log.open() == keel::kDone);
  keel::TrainRequest request;
  if (log.readRequest(request) != keel::kDone)
    return 0;
  require(request.steps > 0);
  while (log.next())
    require(keel::print(log.line.get("step")).size() > 0);
  require(!log.isBroken()); // readRequest has looked ahead
  return 0;
}
