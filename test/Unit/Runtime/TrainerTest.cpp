//===- TrainerTest.cpp - Tests of the training loop -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerFixture.h"
#include "keel/Runtime/Evaluate.h"

#include <set>

#include <poll.h>
#include <pty.h>
#include <unistd.h>

using namespace keel::test;

namespace {

class Trainer : public TrainerFixture {
protected:
  /// The log's lines, parsed; the caller frees nothing.
  struct Line {
    keel_json json = {};
    ~Line() { keel_json_free(&json); }
    std::set<std::string> keys() const {
      std::set<std::string> all;
      for (int64_t i = json.values[0].child; i >= 0; i = json.values[i].next)
        all.insert(json.values[i].key);
      return all;
    }
    const keel_json_value *get(const char *key) const {
      return keel_json_get(&json, &json.values[0], key);
    }
    double number(const char *key) const {
      const keel_json_value *value = get(key);
      return value && value->kind == KEEL_JSON_NUMBER ? value->number : NAN;
    }
  };
  std::vector<std::unique_ptr<Line>> readLog(const std::string &path) {
    std::vector<std::unique_ptr<Line>> lines;
    std::istringstream text(read(path));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(std::make_unique<Line>());
      EXPECT_EQ(keel_json_parse(line.data(), (int64_t)line.size(), nullptr,
                                &lines.back()->json, &error),
                0)
          << line;
    }
    return lines;
  }
};

TEST_F(Trainer, LearnsToClassify) {
  openClasses(90);
  options.epochs = 20;
  options.standardize = 1;
  ASSERT_EQ(train(), 0) << message();
  keel_evaluation result;
  ASSERT_EQ(keel_evaluate(&model, &context, &weights, &data, &result, &error),
            0);
  // The clouds are four wide and ten apart: all rows can be told.
  EXPECT_EQ(result.accuracy, 1.0);
  EXPECT_LT(result.loss, 0.1);
  EXPECT_EQ(report.steps, 20 * 12);
  EXPECT_EQ(report.epochs, 20);
  EXPECT_EQ(report.samples, 20 * 90);
}

TEST_F(Trainer, LearnsALine) {
  model = Regression::model();
  open(model, write("line.csv", csv(60, false)), &data);
  options.epochs = 100;
  options.standardize = 1;
  ASSERT_EQ(train(), 0) << message();
  // A line without noise, text of six digits, f32: the loss goes to rounding.
  EXPECT_LT(report.train_loss, 1e-8);
}

TEST_F(Trainer, StandardizationStatistics) {
  open(model, write("s.csv", "1,5,0\n3,5,1\n"), &data);
  options.epochs = 0;
  options.standardize = 1;
  ASSERT_EQ(train(), 0) << message();
  auto *states = (Classifier::States *)weights.states;
  EXPECT_EQ(states->mean[0], 2.0f);
  EXPECT_EQ(states->variance[0], 1.0f);
  EXPECT_EQ(states->mean[1], 5.0f);
  EXPECT_EQ(states->variance[1], 1.0f); // constant: deviation 1
}

TEST_F(Trainer, LastPartialBatchIsTrainedOn) {
  openClasses(20);
  std::vector<int64_t> rows;
  options.user = &rows;
  options.on_step = [](void *user, const keel_step_record *record,
                       keel_text *) {
    ((std::vector<int64_t> *)user)->push_back(record->rows);
  };
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(rows, (std::vector<int64_t>{8, 8, 4}));
}

TEST_F(Trainer, ASingleLastRowJoinsTheBatchBefore) {
  openClasses(17);
  model.min_train_rows = 2;
  std::vector<int64_t> rows;
  options.user = &rows;
  options.on_step = [](void *user, const keel_step_record *record,
                       keel_text *) {
    ((std::vector<int64_t> *)user)->push_back(record->rows);
  };
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(rows, (std::vector<int64_t>{8, 9}));
  EXPECT_EQ(keel_max_batch_rows(17, 8, 2), 9);
  EXPECT_EQ(keel_max_batch_rows(17, 8, 1), 8);
  EXPECT_EQ(keel_max_batch_rows(16, 8, 2), 8);
  EXPECT_EQ(keel_max_batch_rows(3, 8, 2), 3);
  EXPECT_EQ(keel_epoch_batches(17, 8, 2), 2);
  EXPECT_EQ(keel_epoch_batches(17, 8, 1), 3);

  model.max_rows = 8;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(),
            "error: a batch has up to 9 rows, the model was compiled "
            "for at most 8");
  options.batch_size = 1;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "error: the batch size is 1, batch normalization needs "
                       "at least 2 rows");
}

TEST_F(Trainer, AccumulationEqualsTheLargeBatch) {
  openClasses(44); // steps of 32 and 12 rows; micro-batches of 8 and a last 4
  options.epochs = 3;
  options.batch_size = 32;
  ASSERT_EQ(train(), 0) << message();
  auto large = *(Classifier::Params *)weights.params;
  options.batch_size = 8;
  options.accumulate = 4;
  ASSERT_EQ(train(), 0) << message();
  auto *small = (Classifier::Params *)weights.params;
  EXPECT_EQ(report.steps, 6);
  // Sums of 32 terms of size 1 in another order, six steps: some 2^-19.
  for (int i = 0; i < 6; ++i)
    EXPECT_NEAR((&small->weight[0][0])[i], (&large.weight[0][0])[i], 2e-5);
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(small->bias[i], large.bias[i], 2e-6);
}

TEST_F(Trainer, AccumulationChainsStates) {
  open(model, write("c.csv", "10,0,0\n20,0,1\n"), &data);
  options.batch_size = 1;
  options.accumulate = 2;
  options.shuffle = 0;
  ASSERT_EQ(train(), 0) << message();
  // 0.1 * 10 = 1, then 0.9 * 1 + 0.1 * 20 = 2.9; untouched states stay.
  auto *states = (Classifier::States *)weights.states;
  EXPECT_FLOAT_EQ(states->seen[0], 2.9f);
  EXPECT_EQ(states->variance[0], 1.0f);
}

TEST_F(Trainer, TheSeedDecides) {
  openClasses(50);
  ASSERT_EQ(train(), 0);
  std::string first = bits();
  ASSERT_EQ(train(), 0);
  EXPECT_EQ(bits(), first);
  options.seed = 1;
  ASSERT_EQ(train(), 0);
  EXPECT_NE(bits(), first);
}

TEST_F(Trainer, LogHoldsThePinnedKeys) {
  openClasses(40);
  std::string log = path("run.jsonl");
  options.log = log.c_str();
  options.epochs = 2;
  options.validation_fraction = 0.25;
  keel_key_value setting = {"optimizer", "sgd<learning_rate = 0.1>"};
  options.settings = &setting;
  options.num_settings = 1;
  ASSERT_EQ(train(), 0) << message();
  auto lines = readLog(log);
  ASSERT_EQ(lines.size(), 1u + 2 * 4 + 2);
  EXPECT_EQ(lines[0]->number("batch_size"), 8);
  EXPECT_EQ(lines[0]->number("rows"), 30);
  EXPECT_STREQ(lines[0]->get("optimizer")->string, setting.value);
  EXPECT_STREQ(lines[0]->get("model_hash")->string, "0123");
  EXPECT_EQ(lines[1]->keys(),
            (std::set<std::string>{"step", "epoch", "loss", "learning_rate",
                                   "gradient_norm", "clipped",
                                   "samples_per_second"}));
  EXPECT_EQ(lines[1]->number("step"), 1);
  EXPECT_EQ(lines[1]->number("epoch"), 1);
  EXPECT_EQ(lines[1]->number("learning_rate"), 0.1);
  EXPECT_EQ(lines[5]->keys(),
            (std::set<std::string>{"epoch", "train_loss", "validation_loss",
                                   "validation_accuracy", "weights_hash"}));
  // The epoch's loss is its steps' mean, weighted by rows: 8, 8, 8, 6.
  double mean = 0;
  for (int i = 1; i <= 4; ++i)
    mean += lines[i]->number("loss") * (i < 4 ? 8 : 6) / 30;
  EXPECT_NEAR(lines[5]->number("train_loss"), mean, 1e-12 * mean);
  EXPECT_EQ(lines[10]->number("epoch"), 2);
  EXPECT_EQ(lines[10]->number("validation_loss"), report.validation_loss);
}

TEST_F(Trainer, NonFiniteGradientsAreSkippedAndSaid) {
  openClasses(16);
  model.grad_step = [](keel_context *c, const void *p, const void *s, void *g,
                       void *x, const void *const *i, const void *const *l,
                       int64_t rows, int64_t t, keel_result *result) {
    Classifier::gradStep(c, p, s, g, x, i, l, rows, t, result);
    if (t == 1) {
      ((Classifier::Grads *)g)->gradients.bias[0] = INFINITY;
      result->value = INFINITY;
    }
  };
  std::string log = path("run.jsonl");
  options.log = log.c_str();
  options.steps = 1;
  ASSERT_EQ(train(), 0);
  std::string before = bits();
  options.steps = 2;
  testing::internal::CaptureStderr();
  ASSERT_EQ(train(), 0);
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(bits(), before); // the second step changed nothing
  EXPECT_EQ(report.nonfinite_steps, 1);
  EXPECT_NE(said.find("warning: step 2: a gradient is not finite"), said.npos);
  auto lines = readLog(log);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[2]->get("loss")->kind, KEEL_JSON_NULL);
  ASSERT_NE(lines[2]->get("nonfinite"), nullptr);
  EXPECT_EQ(lines[2]->get("nonfinite")->kind, KEEL_JSON_TRUE);
  EXPECT_EQ(lines[1]->get("nonfinite"), nullptr);
}

TEST_F(Trainer, ALossThatIsNotFiniteIsSaidOrStopsTheRun) {
  openClasses(16);
  model.grad_step = [](keel_context *c, const void *p, const void *s, void *g,
                       void *x, const void *const *i, const void *const *l,
                       int64_t rows, int64_t t, keel_result *result) {
    Classifier::gradStep(c, p, s, g, x, i, l, rows, t, result);
    if (t > 0)
      result->value = INFINITY; // of finite gradients
  };
  std::string log = path("run.jsonl");
  options.log = log.c_str();
  options.steps = 3;
  testing::internal::CaptureStderr();
  ASSERT_EQ(train(), 0);
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("warning: step 2: the loss is not finite"), said.npos);
  EXPECT_EQ(said.find("step 3:"), said.npos);
  EXPECT_NE(said.find("warning: 2 of 3 steps had a loss that is not finite"),
            said.npos);
  EXPECT_EQ(report.nonfinite_steps, 0); // none was skipped
  auto lines = readLog(log);
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(lines[2]->get("loss")->kind, KEEL_JSON_NULL);
  ASSERT_NE(lines[2]->get("nonfinite"), nullptr);
  model.nonfinite_is_error = 1;
  EXPECT_NE(train(), 0);
  EXPECT_NE(message().find("step 2: the loss is not finite"), std::string::npos)
      << message();
}

TEST_F(Trainer, NonFiniteGradientsStopWhereAsked) {
  openClasses(16);
  model.nonfinite_is_error = 1;
  model.grad_step = [](keel_context *, const void *, const void *, void *g,
                       void *, const void *const *, const void *const *,
                       int64_t, int64_t, keel_result *result) {
    ((Classifier::Grads *)g)->gradients.bias[0] = NAN;
    *result = {1.0, 0};
  };
  std::string output = path("w.safetensors");
  options.output = output.c_str();
  EXPECT_NE(train(), 0);
  EXPECT_NE(message().find("step 1: a gradient is not finite"),
            std::string::npos);
  EXPECT_EQ(weights.params, nullptr);
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST_F(Trainer, EarlyStoppingAndTheBestEpoch) {
  openClasses(48);
  // The validation loss gets worse from the third evaluation on.
  static int calls;
  calls = 0;
  model.eval = [](keel_context *, const void *, const void *, void *,
                  const void *const *, const void *const *, int64_t,
                  keel_result *result) {
    ++calls;
    *result = {std::abs(calls - 2.0) + 1.0, 0};
  };
  options.validation_fraction = 0.25;
  options.epochs = 50;
  options.early_stopping = 3;
  options.keep_best = 1;
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(report.stopped_early, 1);
  EXPECT_EQ(report.epochs, 5);
  EXPECT_EQ(report.best_epoch, 2);
  EXPECT_EQ(report.validation_loss, 1.0);
  std::string best = bits();
  options.early_stopping = 0;
  options.keep_best = 0;
  options.epochs = 2;
  ASSERT_EQ(train(), 0);
  EXPECT_EQ(bits(), best);
}

TEST_F(Trainer, PlainLinesOffATerminal) {
  openClasses(40);
  options.quiet = 0;
  options.epochs = 2;
  options.validation_fraction = 0.25;
  testing::internal::CaptureStderr();
  int failed = train();
  std::string said = testing::internal::GetCapturedStderr();
  ASSERT_EQ(failed, 0) << message();
  EXPECT_EQ(said.find('\r'), said.npos);
  EXPECT_EQ(
      said.rfind("no output is named: nothing is kept\nepoch 1/2: train loss ",
                 0),
      0u)
      << said;
  EXPECT_NE(said.find("\nepoch 2/2: train loss "), said.npos);
  EXPECT_NE(said.find(", validation loss "), said.npos);
  EXPECT_NE(said.find("%, "), said.npos);
}

TEST_F(Trainer, ABarOnATerminal) {
  openClasses(40);
  options.quiet = 0;
  options.steps = 3;
  options.on_step = [](void *, const keel_step_record *, keel_text *) {
    usleep(110000); // the bar moves ten times a second
  };
  int terminal = -1, ours = -1, before = dup(STDERR_FILENO);
  ASSERT_EQ(openpty(&terminal, &ours, nullptr, nullptr, nullptr), 0);
  dup2(ours, STDERR_FILENO);
  int failed = train();
  dup2(before, STDERR_FILENO);
  // What was written arrives in pieces.
  std::string text;
  for (pollfd ready = {terminal, POLLIN, 0}; poll(&ready, 1, 500) > 0;) {
    char piece[512];
    ssize_t count = ::read(terminal, piece, sizeof(piece));
    if (count <= 0)
      break;
    text.append(piece, (size_t)count);
  }
  for (int descriptor : {terminal, ours, before})
    close(descriptor);
  ASSERT_EQ(failed, 0) << message();
  ASSERT_GT(text.size(), 4u);
  EXPECT_NE(text.find("\r\033[Kepoch 1 [####....................]  20%  loss "),
            text.npos)
      << text;
  EXPECT_NE(text.find(" samples/s"), text.npos);
  EXPECT_EQ(text.substr(text.size() - 4), "\r\033[K"); // nothing stays
}

TEST_F(Trainer, DataWithoutLabelsIsAnError) {
  openClasses(9);
  keel_dataset unlabelled = data;
  unlabelled.num_labels = 0;
  options.data = &unlabelled;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "error: the data has 1 inputs and 0 labels, model "
                       "'classifier' has 1 and 1");
  options.data = nullptr;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "error: there are no rows to train on");
}

TEST_F(Trainer, ContradictionsAreErrors) {
  openClasses(9);
  options.keep_best = 1;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "error: keeping the best weights needs validation data: "
                       "give a file or a fraction");
  options.keep_best = 0;
  options.checkpoint_every = 2;
  EXPECT_NE(train(), 0);
  options.checkpoint_every = 0;
  options.validation_fraction = 0.01;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "error: a validation fraction of 0.01 leaves no rows to "
                       "validate on: there are 9 rows");
  options.validation_fraction = 0;
  std::string nowhere = path("no/such/w.safetensors");
  options.output = nowhere.c_str();
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "no/such/w.safetensors: error: cannot be written: no "
                       "such file or directory");
}

} // namespace
