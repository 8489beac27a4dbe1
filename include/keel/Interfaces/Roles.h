//===- Roles.h - What a step's arguments and results are ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// From stage `graph` on, a step's tensors, and its scalars `step` and `seed`,
// are single arguments and results that carry a role, and most a name, as
// attributes. The arena layout, the compiled model's table and the step's ABI
// all follow from them.

#ifndef KEEL_INTERFACES_ROLES_H
#define KEEL_INTERFACES_ROLES_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/StringRef.h"

namespace keel {

/// Argument or result attribute: one of the roles below.
inline constexpr llvm::StringLiteral kRoleAttr = "keel.role";
/// Argument or result attribute: the parameter's, state's, slot's, input's,
/// label's or output's name.
inline constexpr llvm::StringLiteral kNameAttr = "keel.name";

/// Argument attribute: false on a parameter that is not trained.
inline constexpr llvm::StringLiteral kTrainableAttr = "keel.trainable";
/// Argument attribute: true on a vector that weight decay applies to.
inline constexpr llvm::StringLiteral kDecayAttr = "keel.decay";
/// Result attribute of @fold: the names of what a folded parameter comes from.
inline constexpr llvm::StringLiteral kFoldedFromAttr = "keel.folded_from";

/// i64, on an operation that draws random numbers: which ones. Such operations
/// differ in constants of their bodies alone, which CSE finds by comparing each
/// with all others; with this, their hashes differ.
inline constexpr llvm::StringLiteral kDrawAttr = "keel.draw";

/// Module attributes: what stage `graph` keeps of the model's own.
inline constexpr llvm::StringLiteral kModelNameAttr = "keel.model_name";
inline constexpr llvm::StringLiteral kOptimizerAttr = "keel.optimizer";
inline constexpr llvm::StringLiteral kClipAttr = "keel.clip";
/// For each label what its integers are less than, 0 where it holds floats.
inline constexpr llvm::StringLiteral kLabelClassesAttr = "keel.label_classes";
/// For each label a keel_accuracy of keel/Runtime/Model.h.
inline constexpr llvm::StringLiteral kLabelAccuraciesAttr =
    "keel.label_accuracies";
/// For each label the name of the output that it is compared with.
inline constexpr llvm::StringLiteral kLabelOutputsAttr = "keel.label_outputs";
inline constexpr llvm::StringLiteral kMinTrainRowsAttr = "keel.min_train_rows";
inline constexpr llvm::StringLiteral kNonfiniteIsErrorAttr =
    "keel.nonfinite_is_error";

namespace role {
inline constexpr llvm::StringLiteral kParam = "param";
inline constexpr llvm::StringLiteral kState = "state";
inline constexpr llvm::StringLiteral kSlot = "slot";
inline constexpr llvm::StringLiteral kInput = "input";
inline constexpr llvm::StringLiteral kLabel = "label";
inline constexpr llvm::StringLiteral kOutput = "output";
/// A parameter of @infer that @fold computes from those that were trained.
inline constexpr llvm::StringLiteral kFolded = "folded";
/// A parameter's gradient; its name is the parameter's.
inline constexpr llvm::StringLiteral kGrad = "grad";
/// A state's value after the step, before it is committed.
inline constexpr llvm::StringLiteral kNewState = "new_state";
/// i64: the number of steps done before this one.
inline constexpr llvm::StringLiteral kStep = "step";
/// i64: what initial values and dropout masks are drawn from.
inline constexpr llvm::StringLiteral kSeed = "seed";
/// i64: where the batch's first row stands in the whole step's batch.
inline constexpr llvm::StringLiteral kFirstRow = "first_row";
/// tensor<f64>: the mean loss.
inline constexpr llvm::StringLiteral kLoss = "loss";
/// tensor<i64>: the elements of the label that are predicted right.
inline constexpr llvm::StringLiteral kCorrect = "correct";
/// tensor<f64>: the global gradient norm before clipping.
inline constexpr llvm::StringLiteral kNorm = "norm";
/// tensor<i64>: KEEL_FLAG_* of keel/Runtime/Model.h.
inline constexpr llvm::StringLiteral kFlags = "flags";
/// f64 sums that telemetry is made of, named as in namespace telemetry.
inline constexpr llvm::StringLiteral kTelemetry = "telemetry";
} // namespace role

/// The step's functions at stage `graph`.
namespace step {
inline constexpr llvm::StringLiteral kInit = "init";
inline constexpr llvm::StringLiteral kInfer = "infer";
inline constexpr llvm::StringLiteral kEval = "eval";
inline constexpr llvm::StringLiteral kGradStep = "grad_step";
inline constexpr llvm::StringLiteral kApplyStep = "apply_step";
inline constexpr llvm::StringLiteral kTrainStep = "train_step";
inline constexpr llvm::StringLiteral kFold = "fold";
inline constexpr llvm::StringLiteral kLearningRate = "learning_rate";
/// @grad_step that also measures what it computes.
inline constexpr llvm::StringLiteral kTelemetryGradStep = "telemetry_grad_step";
/// Measures what @apply_step is going to do, and does not do it.
inline constexpr llvm::StringLiteral kTelemetryApplyStep =
    "telemetry_apply_step";
} // namespace step

/// The vectors of role `telemetry`: keel/Runtime/Telemetry.h says what a layer
/// has in each.
namespace telemetry {
inline constexpr llvm::StringLiteral kValues = "values";
inline constexpr llvm::StringLiteral kUpdates = "updates";
} // namespace telemetry

/// The argument with that role of the function whose body begins with `block`,
/// the first one if there are several; null if there is none.
mlir::Value findStepArgument(mlir::Block *block, llvm::StringRef role);

} // namespace keel

#endif // KEEL_INTERFACES_ROLES_H
