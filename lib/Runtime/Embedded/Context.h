//===- Context.h - What an emitted object's context holds -----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// This folder is compiled for every target, most of it without the target's C
// library: what its files include is the compiler's own.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_EMBEDDED_CONTEXT_H
#define KEEL_LIB_RUNTIME_EMBEDDED_CONTEXT_H

#include "keel/Runtime/Embedded.h"

/// The first bytes of a context's memory; the arenas follow.
struct keel_embedded_context {
  keel_context host;
  const keel_embedded *program;
  keel_embedded_parallel_for parallelFor;
  void *user;
  void *params, *states, *slots, *grads, *folded, *scratch;
  /// What infer takes: this context's, another's, or the object's own.
  const void *inferParams, *inferStates;
  int64_t step;
  int64_t seed; ///< of the initial weights, and what dropout draws by
  bool isOwned; ///< the memory is to be freed
  bool hasWeights;
  bool isFolded; ///< `folded` belongs to the weights
  bool isShared; ///< the weights are another context's
  char message[KEEL_EMBEDDED_MESSAGE_BYTES];
};

static_assert(sizeof(keel_embedded_context) <= KEEL_EMBEDDED_HEADER_BYTES);

extern "C" {

/// Makes what infer takes for params, once for new weights.
void keel_embedded_prepare(keel_embedded_context *context);

} // extern "C"

namespace keel {

/// Says what is wrong and returns the code.
inline int32_t fail(keel_embedded_context *context, keel_status status,
                    const char *message) {
  size_t size = 0;
  for (; message[size] && size + 1 < sizeof(context->message); ++size)
    context->message[size] = message[size];
  context->message[size] = '\0';
  return status;
}

/// The weights are new: what was folded of the old ones is not theirs.
inline void takeWeights(keel_embedded_context *context) {
  context->hasWeights = true;
  context->isFolded = false;
}

} // namespace keel

#endif // KEEL_LIB_RUNTIME_EMBEDDED_CONTEXT_H
