//===- KeelOps.td - Table of contents: one file a family -*- tablegen -*---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELOPS_TD
#define KEEL_DIALECT_KEEL_IR_KEELOPS_TD

include "keel/Dialect/Keel/IR/KeelStateOps.td"         // model, param, state, random
include "keel/Dialect/Keel/IR/KeelDenseOps.td"         // dense
include "keel/Dialect/Keel/IR/KeelActivationOps.td"    // relu, tanh, ...
include "keel/Dialect/Keel/IR/KeelNormalizationOps.td" // batch_norm, layer_norm, ...
include "keel/Dialect/Keel/IR/KeelStructureOps.td"     // add
include "keel/Dialect/Keel/IR/KeelLossOps.td"          // softmax_cross_entropy, ...
include "keel/Dialect/Keel/IR/KeelGradientOps.td"      // adjoints, clipping
include "keel/Dialect/Keel/IR/KeelActivationGradOps.td" // those of activations
include "keel/Dialect/Keel/IR/KeelFoldOps.td"          // fold_norm, fold_columns, fold_rows
include "keel/Dialect/Keel/IR/KeelOptimizerOps.td"     // sgd_update, adam_update
include "keel/Dialect/Keel/IR/KeelTelemetryOps.td"     // count_saturated, count_dead

#endif // KEEL_DIALECT_KEEL_IR_KEELOPS_TD
