//===- Model.h - What compiled code and the runtime know of each other ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C ABI between a compiled model and everything that drives it: the step's
// functions, the flat arenas they work on, and the table that describes both.
// The driver fills a `keel_model` from the JIT, an emitted program carries one
// as a constant; the runtime's trainer takes either.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_MODEL_H
#define KEEL_RUNTIME_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Every tensor in an arena starts at a multiple of this many bytes, and so
/// does every arena.
#define KEEL_ARENA_ALIGNMENT 64

/// Element types. The numbers are part of the ABI.
typedef enum keel_dtype {
  KEEL_F32 = 0,
  KEEL_F64 = 1,
  KEEL_I32 = 2,
  KEEL_I64 = 3,
  KEEL_U8 = 4,
  KEEL_BOOL = 5 ///< a byte, 0 or 1
} keel_dtype;

/// Work on the half-open range [begin, end).
typedef void (*keel_body)(void *closure, int64_t begin, int64_t end);

/// What compiled code needs of its host. `parallel_for` calls `body` on
/// disjoint ranges that cover [begin, end) and returns when all are done; it
/// may run them on any threads, in any order. Generated code reads
/// `parallel_for` at offset 0. One context serves one caller at a time.
/// Dropout masks depend on `seed`, on the step and on a row's place in the
/// whole step's batch; `first_row` is the place of the rows that a call is
/// given. They stand at the same places for every size of a pointer.
typedef struct keel_context {
  void (*parallel_for)(struct keel_context *context, keel_body body,
                       void *closure, int64_t begin, int64_t end);
#if UINTPTR_MAX < UINT64_MAX
  uint32_t padding;
#endif
  void *pool; ///< owned by whoever made the context
  int64_t seed;
  int64_t first_row;
} keel_context;

/// One tensor of a model: `shape[i]` is -1 where it is the batch.
typedef struct keel_tensor {
  const char *name; ///< "fc1.weight"; an optimizer slot:
                    ///< "optimizer/momentum/fc1.weight"
  int32_t dtype;    ///< keel_dtype
  int32_t rank;
  const int64_t *shape;
  int64_t offset; ///< bytes from the start of its arena; 0 for inputs, labels
                  ///< and outputs
} keel_tensor;

/// What a step reports. `flags` is a set of KEEL_FLAG_*.
typedef struct keel_result {
  double value;  ///< grad_step, train_step, eval: the loss, mean over the
                 ///< rows, summed over the outputs; apply_step: the global
                 ///< gradient norm before clipping
  int64_t flags; ///< eval: how many elements of the first label that has an
                 ///< accuracy were predicted right
} keel_result;

enum {
  KEEL_FLAG_NONFINITE = 1, ///< a gradient was not finite, nothing was updated
  KEEL_FLAG_CLIPPED = 2,   ///< clipping changed a gradient
  KEEL_FLAG_UNDECIDED = 4  ///< train_step: a gradient may not be finite,
                           ///< nothing was updated
};

/// Whether accuracy means something, and for which labels.
typedef enum keel_accuracy {
  KEEL_ACCURACY_NONE = 0,   ///< regression
  KEEL_ACCURACY_ARGMAX = 1, ///< integer classes
  KEEL_ACCURACY_SIGN = 2    ///< float targets in [0, 1]; right is a logit > 0
                            ///< where the target is above 1/2
} keel_accuracy;

/// A compiled model. All arenas are the caller's, KEEL_ARENA_ALIGNMENT aligned.
/// Functions that the model was not compiled with are null.
typedef struct keel_model {
  const char *name;

  const keel_tensor *params;
  const keel_tensor *states;
  const keel_tensor *slots;
  const keel_tensor *inputs;
  const keel_tensor *outputs;
  const keel_tensor *labels;
  /// For each label what its integers are less than, 0 where it holds floats.
  const int64_t *label_classes;
  /// For each label a keel_accuracy. `eval` counts for the first that is not
  /// KEEL_ACCURACY_NONE.
  const int32_t *label_accuracies;
  /// For each label the name of the output that it is compared with.
  const char *const *label_outputs;
  const keel_tensor
      *folded; ///< what `infer` takes in place of params, where `fold` is there
  int32_t num_params, num_states, num_slots, num_inputs, num_outputs,
      num_labels, num_folded;

  int64_t params_bytes, states_bytes, slots_bytes;
  int64_t grads_bytes; ///< gradients in the params' layout, then the new
                       ///< states, then apply_step's scratch
  int64_t
      grads_used; ///< the leading bytes of the grads arena that hold gradients
  int64_t pending_offset; ///< where the new states start in the grads arena
  int64_t folded_bytes;   ///< 0 where there is no `fold`
  int64_t scratch_bytes;  ///< the most that any function needs

  int64_t max_rows;           ///< the most rows one call takes
  int64_t min_train_rows;     ///< 2 where an unfrozen batch norm trains, else 1
  int32_t nonfinite_is_error; ///< on_nonfinite = "error"

  /// Fills params, states and slots with their initial values.
  void (*init)(keel_context *, void *params, void *states, void *slots,
               int64_t seed);
  /// One forward and backward pass over `rows` rows. Writes gradients and the
  /// new states into `grads`; changes neither params nor states. `t` is the
  /// number of steps done before this one. A state that training does not
  /// update need not be written.
  void (*grad_step)(keel_context *, const void *params, const void *states,
                    void *grads, void *scratch, const void *const *inputs,
                    const void *const *labels, int64_t rows, int64_t t,
                    keel_result *);
  /// Clips the gradients and updates params, states and slots, unless a
  /// gradient is not finite: then it changes nothing and sets
  /// KEEL_FLAG_NONFINITE. `t` is the number of steps done before this one.
  void (*apply_step)(keel_context *, void *params, void *states, void *slots,
                     void *grads, int64_t t, keel_result *);
  /// grad_step and apply_step in one, without the norm: a gradient need not go
  /// to memory before its update. The same bits in params, states and slots.
  /// Where it cannot be sure beforehand that the loss and all gradients are
  /// finite it changes nothing and sets KEEL_FLAG_UNDECIDED; the two functions
  /// then decide. Null where clipping needs all gradients before the first
  /// update.
  void (*train_step)(keel_context *, void *params, void *states, void *slots,
                     void *scratch, const void *const *inputs,
                     const void *const *labels, int64_t rows, int64_t t,
                     keel_result *);
  /// The loss and how many elements of the label were predicted right, in
  /// inference mode.
  void (*eval)(keel_context *, const void *params, const void *states,
               void *scratch, const void *const *inputs,
               const void *const *labels, int64_t rows, keel_result *);
  /// Computes the parameters that `infer` takes, once after weights are loaded.
  /// Null where nothing was folded: `infer` then takes params as they are.
  void (*fold)(keel_context *, const void *params, const void *states,
               void *folded, void *scratch);
  /// The outputs, in inference mode; `params` are the folded ones where there
  /// is a `fold`.
  void (*infer)(keel_context *, const void *params, const void *states,
                void *scratch, const void *const *inputs, void *const *outputs,
                int64_t rows);
  /// The learning rate of the step that `t` steps were done before: the
  /// compiled schedule times the base rate, for the log. May be null.
  double (*learning_rate)(int64_t t);
} keel_model;

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_MODEL_H
