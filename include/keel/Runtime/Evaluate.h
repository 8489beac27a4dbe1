//===- Evaluate.h - Running a model over rows -----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_EVALUATE_H
#define KEEL_RUNTIME_EVALUATE_H

#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Weights.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct keel_evaluation {
  double loss;          ///< mean over the rows
  double accuracy;      ///< correct / predictions; NaN for regression
  int32_t has_accuracy; ///< 0 for regression
  int64_t correct;      ///< predictions that are right
  int64_t predictions;  ///< elements of the labels: one class, or a target each
  int64_t samples;      ///< rows
} keel_evaluation;

/// Loss and accuracy in inference mode, in blocks of at most max_rows rows.
/// Errors: the model was compiled without eval, data without labels, a static
/// batch that does not divide the rows, out of memory.
int keel_evaluate(const keel_model *model, keel_context *context,
                  const keel_weights *weights, const keel_dataset *dataset,
                  keel_evaluation *evaluation, keel_error *error);

/// The outputs of all rows, in blocks of at most max_rows. `outputs` has room
/// for one array an output; each becomes [rows, the output's shape]. A static
/// batch is filled up with rows whose outputs are dropped.
int keel_infer_rows(const keel_model *model, keel_context *context,
                    const keel_weights *weights, const keel_dataset *dataset,
                    keel_array *outputs, keel_error *error);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_EVALUATE_H
