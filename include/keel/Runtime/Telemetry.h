//===- Telemetry.h - What a training step tells of each layer -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_RUNTIME_TELEMETRY_H
#define KEEL_RUNTIME_TELEMETRY_H

#include "keel/Runtime/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The sums of one layer that telemetry's grad_step leaves, f64 each, -1 where
/// the layer has none.
enum {
  KEEL_SUM_VALUE = 0,       ///< squares of the op's result
  KEEL_SUM_GRADIENT = 1,    ///< squares of the gradient with respect to it
  KEEL_COUNT_SATURATED = 2, ///< elements of the derivative next to 0
  KEEL_COUNT_DEAD = 3,      ///< units whose derivative is 0 for all rows
  KEEL_LAYER_VALUES = 4
};

/// The same of telemetry's apply_step.
enum {
  KEEL_SUM_WEIGHT_GRADIENT = 0, ///< squares of the weight's gradient
  KEEL_SUM_CHANGE = 1,          ///< squares of the weight's change
  KEEL_SUM_WEIGHT = 2,          ///< squares of the weight before it
  KEEL_LAYER_UPDATES = 3
};

/// An op of a model, as telemetry tells of it.
typedef struct keel_layer {
  const char *name;       ///< its result's, without %
  int64_t units;          ///< elements of a row of its result
  int64_t fixed_elements; ///< of its result where no axis is `?`, else 0
  int64_t weights;        ///< elements of its weight, 0 where it has none
} keel_layer;

/// The functions that measure a step of a model, and where in the grads arena
/// they leave what they measure.
typedef struct keel_telemetry {
  const keel_layer *layers;
  int32_t num_layers;
  int64_t values_offset;  ///< KEEL_LAYER_VALUES doubles a layer
  int64_t updates_offset; ///< KEEL_LAYER_UPDATES doubles a layer
  /// The model's grad_step, which also leaves the values.
  void (*grad_step)(keel_context *, const void *params, const void *states,
                    void *grads, void *scratch, const void *const *inputs,
                    const void *const *labels, int64_t rows, int64_t t,
                    keel_result *);
  /// Leaves the updates that the model's apply_step is going to make if all
  /// gradients are finite; writes nothing else but its scratch, which is
  /// apply_step's.
  void (*apply_step)(keel_context *, void *params, void *states, void *slots,
                     void *grads, int64_t t, keel_result *);
} keel_telemetry;

/// What a step tells of one layer. A number that the layer does not have is
/// -1; one that is not finite is infinite or NaN.
typedef struct keel_layer_record {
  double gradient_rms;   ///< with respect to the weight, else to the result
  double update_rms;     ///< of the weight's change in this step
  double weight_rms;     ///< of the weight before the step
  double activation_rms; ///< of the op's result
  double saturated;      ///< share of the result's elements
  double dead;           ///< share of its units
  /// With respect to the result, whether there is a weight or not.
  double result_gradient_rms;
} keel_layer_record;

/// Adds what grad_step left in `grads` for one micro-batch of `weight` of the
/// step's rows to `values`, KEEL_LAYER_VALUES a layer, 0 at first.
void keel_telemetry_add(const keel_telemetry *telemetry, const void *grads,
                        double weight, double *values);

/// One record a layer, from the values of `rows` rows in `calls` micro-batches
/// and what apply_step left in `grads`.
void keel_telemetry_summarize(const keel_telemetry *telemetry,
                              const void *grads, const double *values,
                              int64_t rows, int64_t calls,
                              keel_layer_record *records);

#ifdef __cplusplus
}
#endif

#endif // KEEL_RUNTIME_TELEMETRY_H
