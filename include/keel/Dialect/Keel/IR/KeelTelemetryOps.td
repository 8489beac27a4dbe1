//===- KeelTelemetryOps.td - What telemetry counts -*- tablegen -*---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELTELEMETRYOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELTELEMETRYOPS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

def Keel_CountSaturatedOp : Keel_Op<"count_saturated", [Pure]> {
  let summary = "how many elements are below a limit in magnitude, in f64";
  let description = [{
    `sum (|x| < limit)`: of an activation's derivative, the elements that let
    next to nothing through. A NaN does not count.

    Constraints:
    - (C1) `limit` is not negative.

    Example: `%n = keel.count_saturated %d {limit = 0.05} : tensor<?x128xf32>`
  }];
  let arguments = (ins Keel_Tensor:$input, F64Attr:$limit);
  let results = (outs Keel_Scalar:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
  let hasVerifier = 1;
}

def Keel_CountDeadOp : Keel_Op<"count_dead", [Pure]> {
  let summary = "how many units are 0 for a whole batch, in f64";
  let description = [{
    `sum_j (max_n |x[n, j]| = 0)`: of an activation's derivative, the units that
    no row of the batch changes. A unit with a NaN does not count.

    Example: `%n = keel.count_dead %d : tensor<?x128xf32>`
  }];
  let arguments = (ins Keel_Activation:$input);
  let results = (outs Keel_Scalar:$result);
  let assemblyFormat = !strconcat(
    "$input ",
    KeelSettings,
    " `:` type($input)");
}

#endif // KEEL_DIALECT_KEEL_IR_KEELTELEMETRYOPS_TD
