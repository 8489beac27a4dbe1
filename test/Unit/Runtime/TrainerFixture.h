//===- TrainerFixture.h - A trainer on small data -------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_UNIT_RUNTIME_TRAINERFIXTURE_H
#define KEEL_TEST_UNIT_RUNTIME_TRAINERFIXTURE_H

#include "Temporary.h"
#include "TinyModel.h"
#include "keel/Runtime/Json.h"
#include "keel/Runtime/ThreadPool.h"
#include "keel/Runtime/Trainer.h"

namespace keel::test {

class TrainerFixture : public Temporary {
protected:
  TrainerFixture() {
    keel_pool_context(nullptr, &context);
    keel_train_options_init(&options);
    options.context = &context;
    options.data = &data;
    options.batch_size = 8;
    options.quiet = 1;
    options.model_hash = "0123";
  }
  ~TrainerFixture() override {
    keel_dataset_free(&data);
    keel_weights_free(&weights);
  }

  /// Three clouds of points, or a line through them.
  std::string csv(int rows, bool classes, unsigned seed = 1) {
    std::string text;
    auto noise = [&] {
      seed = seed * 1664525u + 1013904223u;
      return (double)(seed >> 8) / (1 << 24) - 0.5;
    };
    for (int i = 0; i < rows; ++i) {
      int kind = i % 3;
      double x = 10 * (kind == 1) + 4 * noise(),
             y = 10 * (kind == 2) + 4 * noise();
      text += std::to_string(x) + "," + std::to_string(y) + ",";
      text += (classes ? std::to_string(kind) : std::to_string(2 * x - y + 1)) +
              "\n";
    }
    return text;
  }

  void open(const keel_model &model, const std::string &path,
            keel_dataset *dataset) {
    keel_named_file file = {nullptr, path.c_str()};
    keel_dataset_options wanted = {};
    wanted.data = &file;
    wanted.num_data = 1;
    wanted.want_labels = 1;
    ASSERT_EQ(keel_dataset_open(&model, &wanted, dataset, &error), 0)
        << message();
  }

  void openClasses(int rows) {
    open(model, write("data.csv", csv(rows, true)), &data);
  }

  int train() {
    keel_weights_free(&weights);
    return keel_train(&model, &options, &weights, &report, &error);
  }

  /// All arenas of the trained model.
  std::string bits() const {
    return std::string((const char *)weights.params,
                       (size_t)model.params_bytes) +
           std::string((const char *)weights.states,
                       (size_t)model.states_bytes) +
           std::string((const char *)weights.slots, (size_t)model.slots_bytes);
  }

  keel_model model = Classifier::model();
  keel_context context;
  keel_train_options options;
  keel_train_report report = {};
  keel_dataset data = {};
  keel_weights weights = {};
};

} // namespace keel::test

#endif // KEEL_TEST_UNIT_RUNTIME_TRAINERFIXTURE_H
