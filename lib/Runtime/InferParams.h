//===- InferParams.h - What infer takes for params ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_INFERPARAMS_H
#define KEEL_LIB_RUNTIME_INFERPARAMS_H

#include "Support.h"
#include "keel/Runtime/Weights.h"

namespace keel {

/// The parameters that were trained, or what fold makes of them, in an arena of
/// its own.
struct InferParams {
  const void *params = nullptr;
  void *folded = nullptr;

  ~InferParams() { free(folded); }

  int create(const keel_model *model, keel_context *context,
             const keel_weights *weights, void *scratch, keel_error *error) {
    params = weights->params;
    if (!model->fold)
      return 0;
    folded = keel_allocate(model->folded_bytes);
    if (!folded)
      return keel_fail_memory(error, nullptr, model->folded_bytes);
    model->fold(context, weights->params, weights->states, folded, scratch);
    params = folded;
    return 0;
  }
};

} // namespace keel

#endif // KEEL_LIB_RUNTIME_INFERPARAMS_H
