//===- TinyModel.h - A compiled model, written by hand --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One dense layer of two inputs on standardized data with SGD and momentum:
// softmax cross-entropy over three classes, or mean squared error of one
// output. A state follows the batches' means as batch normalization's do.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_UNIT_RUNTIME_TINYMODEL_H
#define KEEL_TEST_UNIT_RUNTIME_TINYMODEL_H

#include "keel/Runtime/Model.h"
#include "keel/Runtime/Random.h"

#include <cmath>
#include <cstddef>
#include <cstring>

namespace keel::test {

template <int Outputs> struct Tiny {
  static constexpr bool classifier = Outputs > 1;
  static constexpr float rate = 0.1f, momentum = 0.9f;

  struct Params {
    alignas(64) float weight[2][Outputs];
    alignas(64) float bias[Outputs];
  };
  struct States {
    alignas(64) float seen[2];
    alignas(64) float mean[2];
    alignas(64) float variance[2];
  };
  struct Grads {
    Params gradients;
    States pending;
  };

  static void init(keel_context *, void *params, void *states, void *slots,
                   int64_t seed) {
    auto *p = (Params *)params;
    auto *s = (States *)states;
    std::memset(slots, 0, sizeof(Params));
    for (int i = 0; i < 2 * Outputs; ++i) {
      uint32_t bits[4];
      keel_element_bits((uint64_t)seed, keel_fnv1a("weight", 6), (uint64_t)i,
                        bits);
      (&p->weight[0][0])[i] = (float)bits[0] * 0x1p-32f - 0.5f;
    }
    std::memset(p->bias, 0, sizeof(p->bias));
    *s = {{0, 0}, {0, 0}, {1, 1}};
  }

  static void forward(const Params *p, const States *s, const float *x,
                      float *scaled, float *y) {
    for (int i = 0; i < 2; ++i)
      scaled[i] = (x[i] - s->mean[i]) / std::sqrt(s->variance[i] + 1e-5f);
    for (int o = 0; o < Outputs; ++o)
      y[o] = p->bias[o] + scaled[0] * p->weight[0][o] +
             scaled[1] * p->weight[1][o];
  }

  /// The loss of a row; `y` becomes its gradient. `right` counts.
  static double lossOf(float *y, const void *labels, int64_t row,
                       int64_t *right) {
    if constexpr (!classifier) {
      float difference = y[0] - ((const float *)labels)[row];
      y[0] = 2 * difference;
      return (double)difference * difference;
    } else {
      int32_t label = ((const int32_t *)labels)[row];
      int best = 0;
      for (int o = 1; o < Outputs; ++o)
        best = y[o] > y[best] ? o : best;
      *right += best == label;
      float top = y[best], sum = 0;
      for (int o = 0; o < Outputs; ++o)
        sum += std::exp(y[o] - top);
      double loss = std::log(sum) + top - y[label];
      for (int o = 0; o < Outputs; ++o)
        y[o] = std::exp(y[o] - top) / sum - (o == label ? 1.0f : 0.0f);
      return loss;
    }
  }

  static void gradStep(keel_context *, const void *params, const void *states,
                       void *grads, void *, const void *const *inputs,
                       const void *const *labels, int64_t rows, int64_t,
                       keel_result *result) {
    auto *g = (Grads *)grads;
    auto *s = (const States *)states;
    std::memset(&g->gradients, 0, sizeof(Params));
    double loss = 0, means[2] = {0, 0};
    int64_t right = 0;
    for (int64_t r = 0; r < rows; ++r) {
      const float *x = (const float *)inputs[0] + 2 * r;
      float scaled[2], y[Outputs];
      forward((const Params *)params, s, x, scaled, y);
      loss += lossOf(y, labels[0], r, &right);
      for (int o = 0; o < Outputs; ++o) {
        float share = y[o] / (float)rows;
        g->gradients.bias[o] += share;
        g->gradients.weight[0][o] += share * scaled[0];
        g->gradients.weight[1][o] += share * scaled[1];
      }
      means[0] += x[0];
      means[1] += x[1];
    }
    for (int i = 0; i < 2; ++i)
      g->pending.seen[i] =
          0.9f * s->seen[i] + 0.1f * (float)(means[i] / (double)rows);
    *result = {loss / (double)rows, 0};
  }

  static void applyStep(keel_context *, void *params, void *states, void *slots,
                        void *grads, int64_t, keel_result *result) {
    auto *g = (Grads *)grads;
    auto *p = (Params *)params;
    auto *v = (Params *)slots;
    double squares = 0;
    auto each = [&](auto visit) {
      for (int i = 0; i < 2 * Outputs; ++i)
        visit((&p->weight[0][0])[i], (&v->weight[0][0])[i],
              (&g->gradients.weight[0][0])[i]);
      for (int o = 0; o < Outputs; ++o)
        visit(p->bias[o], v->bias[o], g->gradients.bias[o]);
    };
    each([&](float &, float &, float gradient) {
      squares += (double)gradient * gradient;
    });
    *result = {std::sqrt(squares), 0};
    if (!std::isfinite(squares)) {
      result->flags = KEEL_FLAG_NONFINITE;
      return;
    }
    each([&](float &param, float &velocity, float gradient) {
      velocity = momentum * velocity + gradient;
      param -= rate * velocity;
    });
    std::memcpy(((States *)states)->seen, g->pending.seen,
                sizeof(g->pending.seen));
  }

  static void eval(keel_context *, const void *params, const void *states,
                   void *, const void *const *inputs, const void *const *labels,
                   int64_t rows, keel_result *result) {
    *result = {};
    for (int64_t r = 0; r < rows; ++r) {
      float scaled[2], y[Outputs];
      forward((const Params *)params, (const States *)states,
              (const float *)inputs[0] + 2 * r, scaled, y);
      result->value += lossOf(y, labels[0], r, &result->flags);
    }
    result->value /= (double)rows;
  }

  static void infer(keel_context *, const void *params, const void *states,
                    void *, const void *const *inputs, void *const *outputs,
                    int64_t rows) {
    for (int64_t r = 0; r < rows; ++r) {
      float scaled[2];
      forward((const Params *)params, (const States *)states,
              (const float *)inputs[0] + 2 * r, scaled,
              (float *)outputs[0] + Outputs * r);
    }
  }

  static double learningRate(int64_t) { return 0.1; }

  static keel_model model() {
    static const int64_t input[] = {-1, 2}, output[] = {-1, Outputs};
    static const int64_t weight[] = {2, Outputs}, bias[] = {Outputs};
    static const int64_t column[] = {2};
    static const keel_tensor params[] = {
        {"fc.weight", KEEL_F32, 2, weight, offsetof(Params, weight)},
        {"fc.bias", KEEL_F32, 1, bias, offsetof(Params, bias)}};
    static const keel_tensor states[] = {
        {"seen.mean", KEEL_F32, 1, column, offsetof(States, seen)},
        {"input.mean", KEEL_F32, 1, column, offsetof(States, mean)},
        {"input.variance", KEEL_F32, 1, column, offsetof(States, variance)}};
    static const keel_tensor slots[] = {{"optimizer/momentum/fc.weight",
                                         KEEL_F32, 2, weight,
                                         offsetof(Params, weight)},
                                        {"optimizer/momentum/fc.bias", KEEL_F32,
                                         1, bias, offsetof(Params, bias)}};
    static const keel_tensor inputs[] = {{"x", KEEL_F32, 2, input, 0}};
    static const keel_tensor outputs[] = {{"y", KEEL_F32, 2, output, 0}};
    static const keel_tensor labels[] = {
        classifier ? keel_tensor{"label", KEEL_I32, 1, input, 0}
                   : keel_tensor{"label", KEEL_F32, 2, output, 0}};
    static const int64_t labelClasses[] = {classifier ? Outputs : 0};
    static const int32_t labelAccuracies[] = {classifier ? KEEL_ACCURACY_ARGMAX
                                                         : KEEL_ACCURACY_NONE};
    static const char *const labelOutputs[] = {"y"};
    keel_model model = {};
    model.name = classifier ? "classifier" : "regression";
    model.params = params, model.num_params = 2;
    model.states = states, model.num_states = 3;
    model.slots = slots, model.num_slots = 2;
    model.inputs = inputs, model.num_inputs = 1;
    model.outputs = outputs, model.num_outputs = 1;
    model.labels = labels, model.num_labels = 1;
    model.params_bytes = model.slots_bytes = sizeof(Params);
    model.states_bytes = sizeof(States);
    model.grads_bytes = sizeof(Grads);
    model.grads_used = sizeof(Params);
    model.pending_offset = offsetof(Grads, pending);
    model.max_rows = 64;
    model.min_train_rows = 1;
    model.label_classes = labelClasses;
    model.label_accuracies = labelAccuracies;
    model.label_outputs = labelOutputs;
    model.init = init;
    model.grad_step = gradStep;
    model.apply_step = applyStep;
    model.eval = eval;
    model.infer = infer;
    model.learning_rate = learningRate;
    return model;
  }
};

using Classifier = Tiny<3>;
using Regression = Tiny<1>;

} // namespace keel::test

#endif // KEEL_TEST_UNIT_RUNTIME_TINYMODEL_H
