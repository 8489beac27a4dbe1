//===- Whole.h - Running a model on whole tensors -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_WHOLE_H
#define KEEL_RUNTIME_WHOLE_H

#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Weights.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Whether a model cannot be run row by row: none of its inputs and outputs has
/// a batch, and their leading axes are not one and the same.
int keel_model_is_whole(const keel_model *model);

/// Reads a .npy file for each input, in the model's element type. `inputs` has
/// room for one array an input. Errors: those of the files, other shapes, what
/// the type cannot hold, NaN or infinity, inputs without a file.
int keel_inputs_open(const keel_model *model, const keel_named_file *files,
                     int32_t num_files, keel_array *inputs, keel_error *error);

/// The outputs of one call. `outputs` has room for one array an output.
int keel_infer_whole(const keel_model *model, keel_context *context,
                     const keel_weights *weights, const keel_array *inputs,
                     keel_array *outputs, keel_error *error);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_WHOLE_H
